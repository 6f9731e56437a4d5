"""What a worker's page is told of the jobs that fit: that they have said no to one, too."""

import pytest

from events.codec import decode_outcome
from events.envelope import Record
from events.facts import (
    ClockTicked,
    Fact,
    JobAmended,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
)
from events.outcomes import OfferMade
from events.topics import EVENTS
from events.values import Interval, Pay, Policy
from tests.gateway.serving import gateway_of
from tests.gateway.two_stations import OWN, Town, posted, registered
from tests.projecting import answered, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

JOB = posted("J-1", OWN)
BOTH_ASKED: tuple[Fact, ...] = (
    ClockTicked(now=NOW),
    registered("W-1", OWN),
    registered("W-2", OWN),
    JOB,
)


def log_of(*facts: Fact) -> list[Record]:
    return answered(record_of(fact, offset) for offset, fact in enumerate(facts))


def offer_to(worker_id: str) -> str:
    outcomes = [decode_outcome(one)[1] for one in log_of(*BOTH_ASKED) if one.topic != EVENTS]
    made = [one for one in outcomes if isinstance(one, OfferMade) and one.worker_id == worker_id]
    return made[0].offer_id


def no_to(offer_id: str) -> OfferDeclined:
    return OfferDeclined(offer_id=offer_id, worker_id="W-1", zone=ZONE)


def yes_to(offer_id: str) -> OfferAccepted:
    return OfferAccepted(offer_id=offer_id, worker_id="W-1", zone=ZONE)


async def said_no(redis_url: str, worker_id: str, *facts: Fact) -> str:
    """What a worker's page is told of the job after more facts."""
    project(redis_url, log_of(*BOTH_ASKED, *facts))
    async with gateway_of(redis_url) as gateway:
        town = Town(gateway.client, gateway.parts, gateway.log)
        await town.signed_in(worker_id)
        view = (await town.client.get("/api/worker/matches")).json()
    [terms] = view["terms"]
    told: str = terms["said_no"]
    return told


@pytest.mark.parametrize(("worker_id", "told"), [("W-1", "declined"), ("W-2", "")])
async def test_who_has_refused_a_job_is_told_so_and_nobody_else(
    redis_url: str, worker_id: str, told: str
) -> None:
    assert await said_no(redis_url, worker_id, no_to(offer_to("W-1"))) == told


async def test_who_has_cancelled_is_told_so(redis_url: str) -> None:
    offer = offer_to("W-1")
    assert await said_no(redis_url, "W-1", yes_to(offer), no_to(offer)) == "cancelled"


async def test_who_holds_a_booking_has_said_no_to_nothing(redis_url: str) -> None:
    assert await said_no(redis_url, "W-1", yes_to(offer_to("W-1"))) == ""


async def test_who_is_asked_again_on_other_terms_has_not_said_no_to_them(redis_url: str) -> None:
    better = JobAmended(job_id=JOB.job_id, zone=ZONE, pay=Pay(amount_fen=18_000))
    assert await said_no(redis_url, "W-1", no_to(offer_to("W-1")), better) == ""


@pytest.mark.parametrize(
    ("fen_a_day", "told"),
    [((18_000,), ""), ((14_000,), "declined"), ((18_000, 15_000), "declined")],
)
async def test_who_may_be_asked_on_other_terms_has_not_said_no_to_them(
    redis_url: str, fen_a_day: tuple[int, ...], told: str
) -> None:
    """Offers of a round come later: until then it is a job that fits, or one that was refused."""
    rounds = PolicyChanged(zone=ZONE, policy=Policy(mode="batch"))
    amended = (
        JobAmended(job_id=JOB.job_id, zone=ZONE, pay=Pay(amount_fen=fen)) for fen in fen_a_day
    )
    facts: tuple[Fact, ...] = (no_to(offer_to("W-1")), rounds, *amended)
    outcomes = [
        decode_outcome(one)[1] for one in log_of(*BOTH_ASKED, *facts) if one.topic != EVENTS
    ]
    asked = [one for one in outcomes if isinstance(one, OfferMade) and one.worker_id == "W-1"]
    assert len(asked) == 1
    assert await said_no(redis_url, "W-1", *facts) == told


async def test_work_at_the_time_of_a_booking_does_not_fit_any_more(redis_url: str) -> None:
    """It was shown as work that one would be asked for in turn, and counted when it was not."""
    day_after = (Interval(start=NOW + 48 * HOUR, end=NOW + 56 * HOUR),)
    jobs = (JOB, posted("J-2", OWN), posted("J-3", OWN, shifts=day_after))
    facts: tuple[Fact, ...] = (ClockTicked(now=NOW), *jobs, registered("W-1", OWN))
    assert await _fitting(redis_url, facts) == {"J-1", "J-2", "J-3"}
    outcomes = [decode_outcome(one)[1] for one in log_of(*facts) if one.topic != EVENTS]
    [offer] = [one for one in outcomes if isinstance(one, OfferMade) and one.job_id == "J-1"]
    assert await _fitting(redis_url, (*facts, yes_to(offer.offer_id))) == {"J-1", "J-3"}


async def _fitting(redis_url: str, facts: tuple[Fact, ...]) -> set[str]:
    project(redis_url, log_of(*facts))
    async with gateway_of(redis_url) as gateway:
        town = Town(gateway.client, gateway.parts, gateway.log)
        await town.signed_in("W-1")
        view = (await town.client.get("/api/worker/matches")).json()
    lines = view["matches"]["ranking"]
    assert view["matches"]["feasible"] == len(lines)
    return {line["job_id"] for line in lines}
