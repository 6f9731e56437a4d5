"""A market as a whole: who is asked, and what is said twice or too late."""

from events.outcomes import JobUnfilled, MatchRanked, OfferMade
from events.values import Interval, Policy, Skill
from matching.plan import Plan
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, NOW


def confidence(places: int, offers: list[OfferMade]) -> float:
    plan = Plan(places)
    for offer in offers:
        plan.add(offer.p_accept, offer.p_complete, offer.places)
    return plan.confidence


def test_a_posting_is_ranked_once_and_offered_to_the_best(town: Scenario) -> None:
    town.available("W-far", place=JOB.place.__class__(lat=29.70, lon=103.48))
    town.available("W-near")
    town.available("W-cook", skills=(Skill(code="cook"),))
    town.posted()
    (ranked,) = town.said(MatchRanked)
    assert [line.worker_id for line in ranked.ranking] == ["W-near", "W-far"]
    assert (ranked.pool, ranked.feasible, ranked.excluded) == (3, 2, {"skill": 1})
    assert town.asked()[0] == "W-near"


def test_enough_are_asked_that_those_who_come_cover_the_places(town: Scenario) -> None:
    for number in range(20):
        town.available(f"W-{number}")
    town.posted(headcount=4)
    offers = town.said(OfferMade)
    assert confidence(4, offers) >= Policy().fill_confidence
    assert confidence(4, offers[:-1]) < Policy().fill_confidence


def test_a_worker_is_told_the_open_jobs_and_gets_the_one_that_wants_somebody(
    town: Scenario,
) -> None:
    town.posted()
    assert town.said(JobUnfilled)[0].excluded == {}
    town.available()
    (ranked,) = town.said(MatchRanked)
    assert [line.job_id for line in ranked.ranking] == ["J-1"]
    assert town.asked() == ["W-1"]


def test_a_booked_worker_is_no_candidate_for_the_same_hours(town: Scenario) -> None:
    town.available("W-1")
    town.posted(job_id="J-1")
    town.accepts("W-1")
    town.posted(job_id="J-2")
    assert town.said(MatchRanked)[0].excluded == {"booked": 1}
    next_day = (Interval(start=NOW + 48 * HOUR, end=NOW + 57 * HOUR),)
    town.posted(job_id="J-3", shifts=next_day)
    assert town.said(MatchRanked)[0].feasible == 1


def test_a_quota_limits_the_bookings_held_at_one_time(town: Scenario) -> None:
    town.available("W-1", max_bookings=1)
    town.posted(job_id="J-1")
    town.accepts("W-1")
    town.posted(job_id="J-2", shifts=(Interval(start=NOW + 48 * HOUR, end=NOW + 50 * HOUR),))
    assert town.said(MatchRanked)[0].excluded == {"quota": 1}


def test_a_worker_holds_at_most_so_many_open_offers(town: Scenario) -> None:
    town.available("W-1")
    for number in range(5):
        town.posted(job_id=f"J-{number}")
    assert len(town.market.state.workers["W-1"].open_offers) == 3


def test_the_same_event_twice_changes_nothing(town: Scenario) -> None:
    town.happens(JOB, id="same")
    before = town.market.snapshot().jobs.copy()
    assert town.happens(JOB, id="same") == []
    assert town.rejection is None
    assert town.market.state.jobs == before


def test_closed_jobs_are_forgotten_after_a_week(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(hours=24 * 10)
    assert town.market.state.jobs == {}
    assert town.market.state.offers == {}
    assert town.market.state.workers["W-1"].bookings == {}
