"""Tiers of offers: who is asked for waiting, what silence counts, who is asked again."""

import msgspec
import pytest

from events.facts import JobAmended, OfferDeclined, PolicyChanged, WorkerUnavailable
from events.outcomes import BookingCancelled, OfferExpired, OfferMade
from events.values import Interval, Pay, Place, Policy
from matching.invariants.inspector import Inspector
from matching.ranking import Ranking
from matching.state import Job
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, NOW, ZONE

TIER = 0.25
POLICY = Policy(
    tier_ms=int(TIER * HOUR),
    offer_ttl_ms=6 * HOUR,
    waiting_weight=0.0,
    fill_confidence=0.3,
)
FAR_AHEAD = (Interval(start=NOW + 200 * HOUR, end=NOW + 208 * HOUR),)


@pytest.fixture
def town() -> Scenario:
    town = Scenario()
    follows(town)
    return town


def follows(town: Scenario, **changes: object) -> None:
    town.happens(PolicyChanged(policy=msgspec.structs.replace(POLICY, **changes)))


def away(km: float) -> Place:
    return Place(lat=JOB.place.lat + km / 111.195, lon=JOB.place.lon)


def test_silence_counts_half_after_a_round_so_the_next_are_asked(town: Scenario) -> None:
    follows(town, fill_confidence=0.5)
    for number in range(6):
        town.available(f"W-{number}")
    town.posted()
    first = town.asked()
    town.passes(TIER / 2)
    assert town.asked() == []
    town.passes(TIER / 2)
    assert town.asked() != []
    assert not set(first) & set(town.asked())
    assert {offer.tier for offer in town.said(OfferMade)} == {2}


def test_rounds_left_out_by_a_leap_of_the_clock_are_one(town: Scenario) -> None:
    town.available("W-0")
    town.posted()
    town.passes(3.1 * TIER)
    assert town.market.state.jobs["J-1"].tier == 4
    assert town.engine.next_deadline() == NOW + int(4 * TIER * HOUR)


def test_rounds_go_on_the_same_after_a_restart(town: Scenario) -> None:
    for number in range(6):
        town.available(f"W-{number}", place=away(number))
    town.posted(headcount=2)
    again = Scenario()
    again.engine.restore(town.engine.snapshot())
    again._inspector, again._offset = Inspector(again.engine), town._offset
    for _ in range(4):
        assert again.passes(TIER) == town.passes(TIER)
    assert again.engine.state_hash() == town.engine.state_hash()


def test_who_has_waited_longest_is_asked_beside_the_best(town: Scenario) -> None:
    follows(town, waiting_full_ms=HOUR)
    town.available("W-long", place=away(15))
    town.passes(0.5)
    town.available("W-short", place=away(15))
    town.passes(1)
    town.available("W-best")
    town.posted()
    assert [(offer.worker_id, offer.via) for offer in town.said(OfferMade)] == [
        ("W-best", "ranking"),
        ("W-long", "waiting"),
    ]


def test_nobody_has_waited_long_enough(town: Scenario) -> None:
    follows(town, waiting_full_ms=2 * HOUR)
    town.available("W-long", place=away(15))
    town.passes(1)
    town.available("W-best")
    town.posted()
    assert town.asked() == ["W-best"]


def test_the_queue_of_those_who_wait_moves_on_by_one_with_every_round() -> None:
    """Bound: the k-th of the queue is asked after waiting_full_ms + k x tier_ms at the latest."""
    town = Scenario()
    follows(town, waiting_full_ms=HOUR, fill_confidence=0.01, refusal_risk=0.0)
    queue = [f"W-{number}" for number in range(8)]
    for worker_id in queue:
        town.available(worker_id, place=away(15))
        town.passes(0.001)
    town.passes(1)
    town.available("W-best", max_distance_km=5.0)
    town.posted(shifts=FAR_AHEAD)
    asked = dict.fromkeys(town.asked(), 0)
    for tier in range(1, len(queue)):
        town.passes(TIER)
        asked |= {worker_id: tier for worker_id in town.asked() if worker_id not in asked}
    assert [asked[worker_id] for worker_id in queue] == list(range(len(queue)))


def test_outages_give_the_first_their_offer_again_and_the_next_tier_asks_who_waits(
    town: Scenario,
) -> None:
    """Found by drawn streams: the bound on waiting is of the time in which a matcher works."""
    follows(town, waiting_full_ms=HOUR, offer_ttl_ms=HOUR // 2)
    town.available("W-1")
    town.available("W-2", place=away(15))
    town.posted(shifts=FAR_AHEAD)
    assert town.asked() == ["W-1"]
    for _ in range(2):
        town.passes(1)
        assert {gone.counted for gone in town.said(OfferExpired)} == {False}
        assert town.asked() == ["W-1"]
    town.passes(TIER)
    assert [(offer.worker_id, offer.via) for offer in town.said(OfferMade)] == [("W-2", "waiting")]


def test_an_offer_ends_a_wait_and_a_new_availability_does_not(town: Scenario) -> None:
    town.available("W-1")
    town.passes(1)
    town.available("W-1")
    assert town.market.state.workers["W-1"].since == NOW
    town.posted()
    assert town.market.state.workers["W-1"].since == NOW + HOUR


def test_a_drop_out_is_replaced_in_the_same_event(town: Scenario) -> None:
    for number in range(4):
        town.available(f"W-{number}")
    town.posted()
    (first,) = town.asked()
    booked = town.offer_of(first)
    town.accepts(first)
    town.happens(OfferDeclined(offer_id=booked, worker_id=first, zone=ZONE))
    assert len(town.said(BookingCancelled)) == len(town.asked()) == 1
    (second,) = town.asked()
    town.accepts(second)
    town.happens(WorkerUnavailable(worker_id=second, zone=ZONE, cancel_bookings=True))
    assert len(town.said(BookingCancelled)) == len(town.asked()) == 1
    assert not {first, second} & set(town.asked())


def test_other_terms_begin_with_the_first_round(town: Scenario) -> None:
    town.available("W-own", place=away(13))
    town.posted()
    town.passes(3 * TIER)
    assert town.market.state.jobs["J-1"].tier == 4
    shifts = (Interval(start=NOW + 30 * HOUR, end=NOW + 38 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=shifts))
    assert town.said(OfferMade)[0].tier == 1


def test_nobody_is_ranked_anew_when_all_have_been_asked(
    town: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        town.available(f"W-{number}")
    town.posted(headcount=9)
    ranked: list[str] = []
    ledger = town.market.ledger
    rank = ledger.rank_workers

    def count(job: Job) -> Ranking:
        ranked.append(job.posted.job_id)
        return rank(job)

    monkeypatch.setattr(ledger, "rank_workers", count)
    town._inspector = Inspector(town.engine, sweep_every=1_000)
    town.declines("W-0")
    town.passes(TIER)
    assert ranked == []
    town.available("W-3")
    assert town.asked() == ["W-3"]


def test_a_shorter_tier_counts_from_now_on() -> None:
    """Found by random events: an offer just made counted as if many tiers had passed."""
    town = Scenario()
    for number in range(4):
        town.available(f"W-{number}")
    town.posted()
    town.happens(PolicyChanged(zone=ZONE, policy=Policy(tier_ms=1_000, fill_confidence=0.3)))
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=16_000)))
    assert town.market.state.jobs["J-1"].tier_at == NOW + 1_000
