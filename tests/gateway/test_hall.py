"""What the hall's screen is given: the nearest of all jobs, and only what it does not have."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from events.values import Interval, Pay, Place
from gateway.access.principals import Station
from gateway.answers.terminal import KioskJob
from gateway.hall import MOST_SHOWN, TERMS_S, HallJobs
from gateway.reading import ReadModel
from gigmatch.readmodel.job import BookingDoc, JobDoc
from gigmatch.readmodel.keys import ZONES, index_key, job_key, progress_key, zone_key
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.ranking import RankingDoc
from gigmatch.readmodel.zone import ZoneDoc
from tests.gateway.serving import Gateway, gateway_of
from tests.gateway.two_stations import OWN, PLACE, posted
from tests.town import HOUR, NOW, ZONE

KIOSK = "/api/station/kiosk"
FAR = Place(lat=29.9, lon=103.445)
MANY = MOST_SHOWN + 40
HERE = Station(zone=ZONE, station_id=OWN, key_id="k")


@pytest.fixture
async def gateway(redis_url: str) -> AsyncIterator[Gateway]:
    async with gateway_of(redis_url) as made:
        await made.parts.redis.sadd(ZONES, ZONE)
        await keep_market(made)
        made.client.headers.update(await made.station(OWN))
        yield made


async def keep_market(gateway: Gateway, *blocked: str, now: int = NOW) -> None:
    market = ZoneDoc(zone=ZONE, clock=now, blocked=dict.fromkeys(blocked, 1))
    await gateway.parts.redis.set(zone_key(ZONE), msgspec.json.encode(market))


async def keep(gateway: Gateway, events: int, *jobs: JobDoc) -> None:
    """Write jobs as the projector does: along with how far it is."""
    redis = gateway.parts.redis
    async with redis.pipeline(transaction=True) as pipeline:
        for job in jobs:
            pipeline.set(job_key(ZONE, job.posted.job_id), msgspec.json.encode(job))
            pipeline.zrem(index_key("open", ZONE), job.posted.job_id)
            for key, member, score in job.entries():
                pipeline.zadd(key, {member: score})
        pipeline.set(progress_key(0), msgspec.json.encode(Progress(events=events)))
        await pipeline.execute()


def job_doc(number: int, place: Place = PLACE, **changes: Any) -> JobDoc:
    """A job that was posted at an offset; `changes` are the posting's."""
    fact = msgspec.structs.replace(posted(f"J-{number:04}", OWN), place=place, **changes)
    return JobDoc(posted=fact, offset=number, at=NOW, pay_fen_day=15_000)


def ranked(number: int) -> JobDoc:
    """With as much of a ranking as a job has where many people fit."""
    ranking = RankingDoc(
        at=NOW,
        offset=number,
        model="m" * 20_000,
        policy="",
        pool=1,
        feasible=1,
        excluded={},
        lines=(),
    )
    return msgspec.structs.replace(job_doc(number), ranking=ranking)


async def shown(gateway: Gateway) -> list[str]:
    return [job["job_id"] for job in (await gateway.client.get(KIOSK)).json()["jobs"]]


async def read_from_redis(gateway: Gateway) -> int:
    """How many bytes Redis has given to all who asked it until now."""
    return int((await gateway.parts.redis.info("stats"))["total_net_output_bytes"])


async def test_the_hall_shows_the_nearest_of_all_and_says_how_many_more(gateway: Gateway) -> None:
    over = job_doc(MANY, expires_at=NOW - HOUR)
    await keep(gateway, 1, job_doc(0), *(job_doc(n, FAR) for n in range(1, MANY)), over)
    view = (await gateway.client.get(KIOSK)).json()
    farther = [f"J-{number:04}" for number in range(MANY - 1, MANY - MOST_SHOWN, -1)]
    assert [job["job_id"] for job in view["jobs"]] == ["J-0000", *farther]
    assert [job["distance_km"] for job in view["jobs"][:2]] == [0.0, 27.2]
    assert view["more"] == MANY - MOST_SHOWN


async def test_from_a_station_that_is_not_known_the_newest_come_first(gateway: Gateway) -> None:
    await keep(gateway, 1, job_doc(0), job_doc(1, FAR), job_doc(2))
    gateway.client.headers.update(await gateway.station(f"{ZONE}-new"))
    view = (await gateway.client.get(KIOSK)).json()
    jobs = [(job["job_id"], job["distance_km"]) for job in view["jobs"]]
    assert jobs == [("J-0002", None), ("J-0001", None), ("J-0000", None)]


async def test_a_job_has_what_one_wants_to_know_of_it(gateway: Gateway) -> None:
    terms = Pay(amount_fen=15_000, settlement="weekly")
    given: dict[str, Any] = {
        "pay": terms,
        "certificates": ("health",),
        "minimum_age": 18,
        "perks": ("meal",),
    }
    await keep(gateway, 1, job_doc(120_034, **given))
    [job] = (await gateway.client.get(KIOSK)).json()["jobs"]
    assert job["number"] == "0034"
    assert (job["settlement"], job["certificates"]) == ("weekly", ["health"])
    assert (job["minimum_age"], job["perks"]) == (18, ["meal"])
    assert (job["remaining"], job["is_stopped"]) == (2, False)
    assert "E-1" not in str(job)  # the employer may be a person


async def test_an_employer_who_is_stopped_is_marked_at_once(gateway: Gateway) -> None:
    await keep(gateway, 1, job_doc(0), job_doc(1, employer_id="E-2"))
    await shown(gateway)
    await keep_market(gateway, "E-2")
    await keep(gateway, 2)
    jobs = (await gateway.client.get(KIOSK)).json()["jobs"]
    assert {job["job_id"]: job["is_stopped"] for job in jobs} == {"J-0000": False, "J-0001": True}


@pytest.mark.parametrize(
    ("title", "occupation", "work"),
    [
        ("采茶工", None, "farm"),
        ("工地小工", None, "building"),
        ("砌墙", "6-29-01-01", "building"),
        ("包装工", None, "factory"),
        ("装卸工", None, "carrying"),
        ("洗碗阿姨", None, "hospitality"),
        ("保洁", None, "service"),
        ("保安", None, "service"),
        ("???", None, "other"),
        ("采茶工", "4-01-02-01", "other"),
    ],
)
async def test_work_is_of_a_kind(
    gateway: Gateway, title: str, occupation: str | None, work: str
) -> None:
    await keep(gateway, 1, job_doc(0, title=title, occupation=occupation))
    [job] = (await gateway.client.get(KIOSK)).json()["jobs"]
    assert job["work"] == work


async def test_what_has_not_changed_is_neither_read_nor_sent_again(gateway: Gateway) -> None:
    await keep(gateway, 1, *(ranked(number) for number in range(MANY)))
    before = await read_from_redis(gateway)
    first = await gateway.client.get(KIOSK)
    whole = await read_from_redis(gateway) - before
    tag = {"if-none-match": first.headers["etag"]}
    again = await gateway.client.get(KIOSK, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert await read_from_redis(gateway) - before - whole < whole / 50
    # Another station's screen is given what this one's has read.
    neighbour = await gateway.station(f"{ZONE}-06")
    other = await gateway.client.get(KIOSK, headers={**neighbour, **tag})
    assert other.status_code == 200
    assert await read_from_redis(gateway) - before - whole < whole / 25


async def test_a_new_job_and_one_that_is_gone_are_seen_at_once_without_the_rest(
    gateway: Gateway,
) -> None:
    await keep(gateway, 1, *(ranked(number) for number in range(MOST_SHOWN - 1)))
    before = await read_from_redis(gateway)
    first = await gateway.client.get(KIOSK)
    whole = await read_from_redis(gateway) - before
    gone = msgspec.structs.replace(job_doc(0), status="cancelled")
    await keep(gateway, 2, job_doc(500), gone)
    before = await read_from_redis(gateway)
    answer = await gateway.client.get(KIOSK, headers={"if-none-match": first.headers["etag"]})
    ids = [job["job_id"] for job in answer.json()["jobs"]]
    assert ids[0] == "J-0500"
    assert "J-0000" not in ids
    assert len(ids) == MOST_SHOWN - 1
    assert await read_from_redis(gateway) - before < whole / 20


async def test_a_job_that_is_posted_anew_is_read_anew(gateway: Gateway) -> None:
    await keep(gateway, 1, job_doc(0))
    await shown(gateway)
    anew = msgspec.structs.replace(job_doc(0, title="采草莓"), offset=9)
    await keep(gateway, 2, anew)
    [job] = (await gateway.client.get(KIOSK)).json()["jobs"]
    assert (job["title"], job["number"]) == ("采草莓", "0009")


async def test_a_job_ends_by_the_markets_clock_without_being_read_again(gateway: Gateway) -> None:
    await keep(gateway, 1, job_doc(0), job_doc(1, expires_at=NOW + HOUR))
    assert await shown(gateway) == ["J-0001", "J-0000"]
    await keep_market(gateway, now=NOW + HOUR)
    assert await shown(gateway) == ["J-0000"]


async def test_terms_are_read_again_after_a_while_however_still_it_is_since(
    gateway: Gateway,
) -> None:
    at = 0.0
    jobs = HallJobs(gateway.parts.redis, ReadModel(gateway.parts.redis), lambda: at)

    async def job() -> KioskJob:
        [[found], _] = await jobs.nearest(HERE, NOW)
        return found

    await keep(gateway, 1, job_doc(0))
    assert (await job()).remaining == 2
    held = BookingDoc(offer_id="o", worker_id="W-1", places=1, at=NOW)
    changed = job_doc(0, shifts=(Interval(start=NOW + HOUR, end=NOW + 2 * HOUR),))
    await keep(gateway, 2, msgspec.structs.replace(changed, bookings={"o": held}))
    at = TERMS_S - 1
    assert (await job()).remaining == 2
    at = TERMS_S
    assert (await job()).remaining == 1
    assert (await job()).first_shift.start == NOW + HOUR


async def test_a_screen_that_has_kept_its_answer_hears_of_the_time(gateway: Gateway) -> None:
    await keep(gateway, 1, job_doc(0))
    tag = {"if-none-match": (await gateway.client.get(KIOSK)).headers["etag"]}
    await keep_market(gateway, now=NOW + 60_000)
    assert (await gateway.client.get(KIOSK, headers=tag)).status_code == 304
    await keep_market(gateway, now=NOW + 600_000)
    assert (await gateway.client.get(KIOSK, headers=tag)).json()["now"] == NOW + 600_000
