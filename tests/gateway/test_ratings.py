"""Who has done the work rates the employer, once; others see no single rating."""

from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from events.codec import decode, decode_outcome
from events.envelope import Record
from events.facts import ClockTicked, Fact, OfferAccepted, WorkCompleted, WorkRated
from events.outcomes import OfferMade
from events.topics import EVENTS
from events.values import Interval
from gigmatch.readmodel.keys import worker_key
from gigmatch.readmodel.worker import WorkerBookingDoc, WorkerDoc
from tests.gateway.serving import gateway_of
from tests.gateway.two_stations import ABROAD, FACTS_OF_THE_TOWN, OWN, Town, posted, registered
from tests.projecting import answered, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

OVER = ClockTicked(now=NOW + 33 * HOUR)
DONE = WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE)
RATED = WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, rated_by="worker", stars=2)
BY_WORKER = "/api/worker/offers/{offer}/rating"
BY_STATION = "/api/station/workers/W-1/offers/{offer}/rating"


def happened(town: Town, redis_url: str, *facts: Fact) -> None:
    """W-1 has said yes, and more has happened since."""
    accepted = OfferAccepted(offer_id=town.offer_id, worker_id="W-1", zone=ZONE)
    project(redis_url, log_of(*FACTS_OF_THE_TOWN, accepted, *facts))


async def as_whom(town: Town, path: str) -> dict[str, str]:
    return await (town.signed_in() if path is BY_WORKER else town.station(OWN))


@pytest.mark.parametrize("path", [BY_WORKER, BY_STATION])
async def test_work_that_is_done_is_rated_once(town: Town, redis_url: str, path: str) -> None:
    headers, address = await as_whom(town, path), path.format(offer=town.offer_id)
    happened(town, redis_url, OVER)
    early = await town.command(address, headers, {"stars": 2})
    await town.refused(early, 409, "work_not_done")

    happened(town, redis_url, OVER, DONE)
    for body in ({"rated_by": "employer"}, {"job_id": "J-2"}, {"zone": "510100"}):
        lie = await town.command(address, headers, {"stars": 2} | body)
        await town.refused(lie, 403, "not_yours_to_say")
    for stars in (0, 6, None):
        answer = await town.command(address, headers, {"stars": stars})
        assert answer.status_code == 422, answer.text
    assert town.log.facts == []
    first = await town.command(address, headers, {"stars": 2}, id="once")
    again = await town.command(address, headers, {"stars": 2}, id="once")
    assert (first.status_code, again.json()["repeated"]) == (202, True)
    assert [fact for _, _, fact in town.log.facts] == [RATED]
    town.log.facts.clear()

    happened(town, redis_url, OVER, DONE, RATED)
    second = await town.command(address, headers, {"stars": 5})
    await town.refused(second, 409, "already_rated")


@pytest.mark.parametrize("path", [BY_WORKER, BY_STATION])
async def test_work_that_the_market_has_forgotten_is_not_rated_any_more(
    town: Town, redis_url: str, path: str
) -> None:
    """A booking is shown for longer than its job, and the market would refuse a word on that."""
    windows = (Interval(start=NOW + 480 * HOUR, end=NOW + 488 * HOUR),)
    stays = msgspec.structs.replace(registered("W-1", OWN), windows=windows)
    days = (ClockTicked(now=NOW + day * 24 * HOUR) for day in range(2, 13))
    happened(town, redis_url, OVER, DONE, stays, *days)
    seen = "/api/station/workers/W-1"
    view = (await town.client.get(seen, headers=await town.station(OWN))).json()
    assert [one["rated"] for one in view["bookings"]] == [None]
    assert view["jobs"] == []
    headers = await as_whom(town, path)
    answer = await town.command(path.format(offer=town.offer_id), headers, {"stars": 3})
    await town.refused(answer, 404, "unknown_work")


@pytest.mark.parametrize("path", [BY_WORKER, BY_STATION])
async def test_work_in_another_zone_is_rated_there(town: Town, redis_url: str, path: str) -> None:
    zone = ABROAD.partition("-")[0]
    happened(town, redis_url, msgspec.structs.replace(posted("J-there", ABROAD), zone=zone))
    visitor = WorkerDoc(zone=zone, worker_id="W-1", station_id=OWN, at=NOW, home=ZONE)
    visitor.bookings["J-there"] = WorkerBookingDoc(
        offer_id="O-there", places=1, at=NOW, shifts=(), status="completed"
    )
    async with Redis.from_url(redis_url) as redis:
        await redis.set(worker_key(zone, "W-1"), msgspec.json.encode(visitor))
    headers = await as_whom(town, path)
    answer = await town.command(path.format(offer="O-there"), headers, {"stars": 2})
    assert answer.status_code == 202, answer.text
    [(source, _, fact)] = town.log.facts
    assert fact == msgspec.structs.replace(RATED, job_id="J-there", zone=zone)
    assert decode(record_of(fact, source=source)).fact == fact


async def test_they_see_what_they_have_said_and_who_has_the_job_does_not(
    town: Town, redis_url: str
) -> None:
    happened(town, redis_url, OVER, DONE, RATED)
    await town.signed_in()
    [booking] = (await town.client.get("/api/worker/matches")).json()["bookings"]
    assert (booking["status"], booking["rated"]) == ("completed", 2)
    [booking] = (await job(town))["bookings"]
    assert (booking["worker_id"], booking["stars"], "rated" in booking) == ("W-1", None, False)


async def job(town: Town, job_id: str = "J-1") -> dict[str, Any]:
    path, headers = f"/api/station/jobs/{job_id}", await town.station(OWN)
    answer = await town.client.get(path, headers=headers)
    view: dict[str, Any] = answer.json()
    return view


async def test_the_station_of_a_job_speaks_for_its_employer_only(
    town: Town, redis_url: str
) -> None:
    happened(town, redis_url, OVER, DONE)
    headers, path = await town.station(OWN), "/api/station/jobs/J-1/workers/W-1/rating"
    as_worker = {"stars": 5, "rated_by": "worker"}
    await town.refused(await town.command(path, headers, as_worker), 403, "not_yours_to_say")
    assert (await town.command(path, headers, {"stars": 5})).status_code == 202
    [(_, _, fact)] = town.log.facts
    assert isinstance(fact, WorkRated)
    assert fact.rated_by == "employer"


def log_of(*facts: Fact) -> list[Record]:
    return answered(record_of(fact, offset) for offset, fact in enumerate(facts))


def all_say_yes(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Whoever has an offer says yes to it."""
    outcomes = [decode_outcome(one)[1] for one in log_of(*facts) if one.topic != EVENTS]
    return tuple(
        OfferAccepted(offer_id=one.offer_id, worker_id=one.worker_id, zone=ZONE)
        for one in outcomes
        if isinstance(one, OfferMade)
    )


@pytest.mark.parametrize(("raters", "shown"), [(2, None), (3, {"ratings": 3, "mean": 3.3})])
async def test_what_others_said_is_shown_from_three_on(
    redis_url: str, raters: int, shown: dict[str, float] | None
) -> None:
    people = [f"W-{number}" for number in range(7, 7 + raters)]
    start: tuple[Fact, ...] = (ClockTicked(now=NOW), *(registered(one, OWN) for one in people))
    start = (*start, posted("J-1", OWN, headcount=raters))
    told = zip(people, (5, 4, 1), strict=False)
    rated = tuple(
        fact
        for who, stars in told
        for fact in (
            WorkCompleted(job_id="J-1", worker_id=who, zone=ZONE),
            WorkRated(job_id="J-1", worker_id=who, zone=ZONE, rated_by="worker", stars=stars),
        )
    )
    later = (Interval(start=NOW + 48 * HOUR, end=NOW + 56 * HOUR),)
    new = (registered("W-1", OWN), posted("J-2", OWN, shifts=later))
    project(redis_url, log_of(*start, *all_say_yes(start), OVER, *rated, *new))
    async with gateway_of(redis_url) as gateway:
        town = Town(gateway.client, gateway.parts, gateway.log)
        assert (await job(town, "J-2"))["employer_rating"] == shown
        await town.signed_in()
        [terms] = (await town.client.get("/api/worker/matches")).json()["terms"]
    assert (terms["job_id"], terms["employer_rating"]) == ("J-2", shown)
