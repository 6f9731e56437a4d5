"""Batch rounds: who waits for them, who is asked in them, and that a snapshot keeps them."""

import msgspec
import pytest

from events.facts import JobCancelled, PolicyChanged
from events.outcomes import JobUnfilled, MatchRanked, OfferMade
from events.values import Interval, Place, Policy, Skill
from matching import rounds
from matching.engine import Engine
from matching.scorer import rules_only
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW, ZONE

ROUND = Policy().round_ms / HOUR
SOON = (Interval(start=NOW + 3 * HOUR, end=NOW + 11 * HOUR),)


def follows(town: Scenario, mode: str) -> None:
    policy = msgspec.convert({"mode": mode, "waiting_weight": 0.0}, Policy)
    town.happens(PolicyChanged(zone=ZONE, policy=policy))


def test_in_batch_mode_a_job_is_ranked_at_once_and_offered_in_the_next_round(
    town: Scenario,
) -> None:
    follows(town, "batch")
    town.available("W-1")
    town.posted()
    assert [ranked.feasible for ranked in town.said(MatchRanked)] == [1]
    assert (town.asked(), town.said(JobUnfilled)) == ([], [])
    town.passes(ROUND)
    assert town.asked() == ["W-1"]
    town.accepts("W-1")
    assert town.market.state.jobs["J-1"].status == "filled"


def test_a_round_sees_that_the_best_worker_for_one_job_is_the_only_one_for_another(
    town: Scenario,
) -> None:
    """The near worker is better for both jobs, but only they can drive."""
    follows(town, "batch")
    town.available("W-near", skills=(Skill(code="tea_picking"), Skill(code="driving")))
    town.available("W-far", place=Place(lat=29.70, lon=103.48))
    town.posted(job_id="J-1")
    town.posted(job_id="J-2", skills=("driving",))
    town.passes(ROUND)
    assert sorted(town.asked()) == ["W-far", "W-near"]
    jobs = town.market.state.jobs
    assert list(jobs["J-1"].open_offers) == ["W-far"]
    assert list(jobs["J-2"].open_offers) == ["W-near"]


def test_instantly_the_first_job_would_have_taken_the_only_driver(town: Scenario) -> None:
    town.available("W-near", skills=(Skill(code="tea_picking"), Skill(code="driving")))
    town.available("W-far", place=Place(lat=29.70, lon=103.48))
    town.posted(job_id="J-1")
    assert town.asked()[0] == "W-near"


def test_hybrid_offers_at_once_what_begins_soon(town: Scenario) -> None:
    follows(town, "hybrid")
    town.available("W-1")
    town.posted(job_id="J-soon", shifts=SOON)
    assert town.asked() == ["W-1"]
    town.available("W-2")
    assert list(town.market.state.jobs["J-soon"].open_offers) != []
    town.posted(job_id="J-later")
    assert town.asked() == []
    town.passes(ROUND)
    assert "J-later" in town.market.state.workers["W-2"].open_offers.values()


def test_hybrid_does_not_leave_a_job_behind_whose_time_has_come(town: Scenario) -> None:
    follows(town, "hybrid")
    town.posted()
    town.passes(ROUND)
    town.passes(20)
    town.available("W-1")
    assert town.asked() == ["W-1"]


def test_hybrid_offers_what_no_longer_waits_to_whoever_has_time_again(town: Scenario) -> None:
    """What waits was kept from event to event, and so depended on when a process was started."""
    policy = Policy(mode="hybrid", round_ms=24 * HOUR, tier_ms=24 * HOUR, max_open_offers=1)
    town.happens(PolicyChanged(zone=ZONE, policy=policy))
    town.available("W-1")
    town.posted(job_id="J-later")
    town.passes(19)
    town.posted(job_id="J-soon", shifts=(Interval(start=NOW + 22 * HOUR, end=NOW + 23 * HOUR),))
    assert [offer.job_id for offer in town.said(OfferMade)] == ["J-soon"]
    town.happens(JobCancelled(job_id="J-soon", zone=ZONE))
    assert [offer.job_id for offer in town.said(OfferMade)] == ["J-later"]


def test_back_to_instant_offers_what_was_waiting(town: Scenario) -> None:
    follows(town, "batch")
    town.available("W-1")
    town.posted()
    follows(town, "instant")
    assert town.asked() == ["W-1"]


def test_nobody_to_ask_is_said_once_and_rounds_go_on(town: Scenario) -> None:
    follows(town, "batch")
    town.posted()
    town.passes(ROUND)
    assert len(town.said(JobUnfilled)) == 1
    town.passes(ROUND)
    assert town.said(JobUnfilled) == []
    town.available("W-1")
    town.passes(ROUND)
    assert town.asked() == ["W-1"]


def test_a_round_after_a_clock_that_stood_still_asks_for_nothing_that_is_over(
    town: Scenario,
) -> None:
    """The round was due first, and offered work that had begun to people who had gone."""
    follows(town, "batch")
    town.available("W-1")
    town.available("W-2", valid_until=NOW + 40 * HOUR)
    town.posted()
    town.posted(
        job_id="J-2", shifts=(Interval(start=NOW + 80 * HOUR, end=NOW + 85 * HOUR),), headcount=2
    )
    town.passes(48)
    assert [(offer.job_id, offer.worker_id) for offer in town.said(OfferMade)] == [("J-2", "W-1")]
    assert town.market.state.jobs["J-1"].status == "expired"


def test_without_jobs_there_are_no_rounds(town: Scenario) -> None:
    follows(town, "batch")
    town.available("W-1")
    assert town.market.state.next_round == 0
    town.posted()
    assert town.engine.next_deadline() == town.market.state.next_round > NOW


def test_a_market_restored_between_rounds_holds_the_next_one_the_same_way(town: Scenario) -> None:
    follows(town, "batch")
    for number in range(5):
        town.available(f"W-{number}", place=Place(lat=29.60 + number / 100, lon=103.48))
        town.posted(job_id=f"J-{number}", headcount=number % 2 + 1)
    again = Engine(0, 1, rules_only)
    again.restore(town.engine.snapshot())
    assert again.state_hash() == town.engine.state_hash()
    town.passes(ROUND)
    other = Scenario()
    other.engine, other._offset = again, town._offset - 1
    other.passes(ROUND)
    assert other.outcomes == town.outcomes
    assert len(town.asked()) == 5


def test_a_market_that_comes_back_holds_no_round_that_the_other_does_not(town: Scenario) -> None:
    """Found by the simulation of the whole pipeline: a restore set a round for every open job."""
    policy = Policy(mode="batch", round_ms=60_000, fill_confidence=0.3, offer_ttl_ms=60_000)
    town.happens(PolicyChanged(zone=ZONE, policy=policy))
    town.available("W-1")
    town.posted()
    town.passes(1 / 60)
    assert town.asked() == ["W-1"]
    assert town.market.state.next_round == 0
    blobs = town.engine.snapshot()
    again = Engine(0, 1, rules_only)
    again.restore(blobs)
    assert again.markets[ZONE].state.next_round == 0
    assert again.state_hash() == town.engine.state_hash()


def test_an_offer_that_runs_out_is_followed_by_another_round(town: Scenario) -> None:
    """Else the place would stay empty until something else happened to the job."""
    policy = Policy(mode="batch", round_ms=60_000, fill_confidence=0.3, offer_ttl_ms=60_000)
    town.happens(PolicyChanged(zone=ZONE, policy=policy))
    town.available("W-1")
    town.available("W-2")
    town.posted()
    town.passes(1 / 60)
    first = town.asked()
    assert len(first) == 1
    town.passes(1 / 60)
    town.passes(1 / 60)
    assert sorted(first + town.asked()) == ["W-1", "W-2"]


def test_whoever_said_no_makes_room_for_the_next_among_those_looked_at(
    town: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best thousand were looked at, and had all declined: nobody else was ever asked."""
    monkeypatch.setattr(rounds, "MOST_PAIRS", 2)
    follows(town, "batch")
    for number in range(5):
        town.available(f"W-{number}", place=Place(lat=29.60 + 0.04 * (number // 2), lon=103.48))
    town.posted()
    asked: list[str] = []
    for _ in range(5):
        town.passes(ROUND)
        asked += (now := town.asked())
        for worker_id in now:
            town.declines(worker_id)
    assert sorted(asked) == [f"W-{number}" for number in range(5)]


def test_a_shorter_round_counts_from_now_on(town: Scenario) -> None:
    day = Policy(mode="batch", round_ms=24 * HOUR)
    town.happens(PolicyChanged(zone=ZONE, policy=day))
    town.available("W-1")
    town.posted()
    follows(town, "batch")
    town.passes(ROUND)
    assert town.asked() == ["W-1"]


def test_a_job_whose_only_worker_is_asked_for_another_is_not_said_to_have_nobody(
    town: Scenario,
) -> None:
    follows(town, "batch")
    town.available("W-1")
    town.posted(job_id="J-1")
    town.posted(job_id="J-2")
    town.passes(ROUND)
    assert town.asked() == ["W-1"]
    assert town.said(JobUnfilled) == []


def test_a_crew_fills_its_places_in_a_round_and_no_more_are_asked_than_there_is_room(
    town: Scenario,
) -> None:
    """Offers were counted as one place each: the crews of another job came on top of these."""
    follows(town, "batch")
    for number in range(4):
        town.crew(f"W-crew-{number}", 5)
    town.available("W-1", place=Place(lat=29.60, lon=103.48))
    town.posted(headcount=5, accepts_crews=True)
    town.passes(ROUND)
    offers = town.said(OfferMade)
    assert offers[0].places == 5
    taken = 1.0
    for offer in offers[:-1]:
        taken *= 1 - offer.p_accept
    assert len(offers) == 1 or 1 - taken <= Policy().refusal_risk


def test_a_crew_is_asked_before_single_workers_who_rank_higher(town: Scenario) -> None:
    """Asked in order of rank, two who are nearer left no room for the crew that fills the job."""
    follows(town, "batch")
    town.crew("W-crew", 5)
    for number in range(2):
        town.available(f"W-{number}", place=Place(lat=29.60, lon=103.48))
    town.posted(headcount=5, accepts_crews=True)
    town.passes(ROUND)
    assert town.asked()[0] == "W-crew"
