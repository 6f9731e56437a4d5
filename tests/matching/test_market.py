"""What a market does, told as small stories."""

import pytest

from events.facts import (
    JobAmended,
    JobCancelled,
    PolicyChanged,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.outcomes import (
    BookingCancelled,
    BookingConfirmed,
    BookingRefused,
    EmployerBlocked,
    EmployerCleared,
    JobExpired,
    JobFilled,
    JobUnfilled,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.values import Interval, Pay, Policy, Skill
from matching.plan import Plan
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, NOW, ZONE


@pytest.fixture
def town() -> Scenario:
    return Scenario()


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


def test_the_first_acceptance_wins_and_the_others_are_told(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    late = town.offer_of("W-2")
    town.accepts("W-1")
    assert town.said(BookingConfirmed)[0].remaining == 0
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["job_filled"]
    assert len(town.said(JobFilled)) == 1
    town.accepts("W-2", late)
    assert town.said(BookingRefused)[0].reason == "job_filled"


def test_overlapping_offers_of_a_booked_worker_are_withdrawn(town: Scenario) -> None:
    town.available("W-1")
    town.posted(job_id="J-1")
    town.posted(job_id="J-2")
    first, _ = town.market.state.workers["W-1"].open_offers
    town.accepts("W-1", first)
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["worker_booked"]


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


def test_a_declined_offer_goes_to_the_next_and_never_back(town: Scenario) -> None:
    town.happens(PolicyChanged(policy=Policy(fill_confidence=0.01)))
    town.available("W-1")
    town.available("W-2")
    town.posted()
    first = town.asked()[0]
    town.declines(first)
    assert town.asked() == [{"W-1": "W-2", "W-2": "W-1"}[first]]
    town.available(first)
    assert town.asked() == []
    town.declines(next(iter({"W-1", "W-2"} - {first})))
    assert len(town.said(JobUnfilled)) == 1


def test_better_terms_ask_those_again_who_declined(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.declines("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_000)))
    assert town.asked() == ["W-1"]


def test_worse_pay_asks_nobody_again_who_declined(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.declines("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=14_000)))
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=15_000)))
    assert town.asked() == []


def test_somebody_who_asks_for_other_things_may_be_asked_again(town: Scenario) -> None:
    town.available("W-1", pay_floor_fen_day=12_000)
    town.posted()
    town.declines("W-1")
    town.available("W-1", pay_floor_fen_day=12_000)
    assert town.asked() == []
    town.available("W-1", pay_floor_fen_day=10_000)
    assert town.asked() == ["W-1"]


def test_a_no_to_the_old_terms_is_no_answer_to_the_new_ones(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    old = town.offer_of("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_000)))
    new = town.offer_of("W-1")
    town.declines("W-1", old)
    assert town.offer_of("W-1") == new
    town.accepts("W-1", new)
    assert len(town.said(BookingConfirmed)) == 1


def test_an_acceptance_before_the_cancellation_is_booked_and_then_cancelled(
    town: Scenario,
) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    assert len(town.said(BookingConfirmed)) == 1
    town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["job_cancelled"]
    assert town.market.state.workers["W-1"].bookings == {}


def test_an_acceptance_after_the_cancellation_is_refused(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    offer_id = town.offer_of("W-1")
    town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["job_cancelled"]
    town.accepts("W-1", offer_id)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["withdrawn"]
    assert town.market.state.workers["W-1"].bookings == {}


def test_of_a_yes_and_a_no_the_first_is_the_answer_and_a_later_no_cancels(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    yes_first, no_first = town.offer_of("W-1"), town.offer_of("W-2")
    town.declines("W-2", no_first)
    town.accepts("W-2", no_first)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["declined"]
    town.accepts("W-1", yes_first)
    town.declines("W-1", yes_first)
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["worker_declined"]


def test_of_two_who_say_yes_to_one_place_the_first_in_the_log_has_it() -> None:
    for first, second in (("W-1", "W-2"), ("W-2", "W-1")):
        town = Scenario()
        town.available("W-1")
        town.available("W-2")
        town.posted()
        late = town.offer_of(second)
        town.accepts(first)
        town.accepts(second, late)
        assert [refused.worker_id for refused in town.said(BookingRefused)] == [second]
        assert list(town.market.state.jobs["J-1"].booked) == [first]


def test_an_unanswered_offer_expires_and_the_next_is_asked(town: Scenario) -> None:
    town.happens(PolicyChanged(policy=Policy(fill_confidence=0.01)))
    town.available("W-1")
    town.available("W-2")
    town.posted()
    (first,) = town.asked()
    offer_id = town.offer_of(first)
    town.passes(hours=0.5)
    assert [gone.worker_id for gone in town.said(OfferExpired)] == [first]
    assert town.asked() == [{"W-1": "W-2", "W-2": "W-1"}[first]]
    town.accepts(first, offer_id)
    assert town.said(BookingRefused)[0].reason == "expired"


def test_a_worker_holds_at_most_so_many_open_offers(town: Scenario) -> None:
    town.available("W-1")
    for number in range(5):
        town.posted(job_id=f"J-{number}")
    assert len(town.market.state.workers["W-1"].open_offers) == 3


def test_a_freed_worker_is_offered_a_job_that_still_wants_somebody(town: Scenario) -> None:
    town.available("W-1")
    for number in range(4):
        town.posted(job_id=f"J-{number}")
    oldest = next(iter(town.market.state.workers["W-1"].open_offers))
    town.declines("W-1", oldest)
    assert [offer.job_id for offer in town.said(OfferMade)] == ["J-3"]


def test_a_drop_out_reopens_the_place_for_the_next(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    booked = town.offer_of("W-1")
    town.accepts("W-1")
    town.declines("W-1", booked)
    assert town.said(BookingCancelled)[0].reason == "worker_declined"
    assert town.asked() == ["W-2"]


def test_a_late_no_is_remembered(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    late, booked = town.offer_of("W-1"), town.offer_of("W-2")
    town.accepts("W-2")
    assert town.declines("W-1", late) == []
    assert town.rejection is None
    town.declines("W-2", booked)
    assert town.asked() == []


def test_a_cancelled_job_frees_everybody(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    assert [gone.worker_id for gone in town.said(BookingCancelled)] == ["W-1"]
    assert [gone.worker_id for gone in town.said(OfferWithdrawn)] == ["W-2"]


def test_another_day_cancels_bookings_and_asks_again(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    shifts = (Interval(start=NOW + 48 * HOUR, end=NOW + 57 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=shifts))
    assert town.said(BookingCancelled)[0].reason == "terms_changed"
    assert town.asked() == ["W-1"]


def test_more_pay_keeps_the_bookings(town: Scenario) -> None:
    town.available("W-1")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_000)))
    assert town.said(BookingCancelled) == []
    assert len(town.said(MatchRanked)) == 1


def test_headcount_cannot_go_below_what_is_booked(town: Scenario) -> None:
    for number in (1, 2):
        town.available(f"W-{number}")
    town.posted(headcount=3)
    town.accepts("W-1")
    town.accepts("W-2")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, headcount=1))
    assert town.rejection is not None
    assert town.rejection.code == "headcount_below_booked"
    town.happens(JobAmended(job_id="J-1", zone=ZONE, headcount=2))
    assert len(town.said(JobFilled)) == 1


def test_a_posting_ends_at_its_first_shift(town: Scenario) -> None:
    town.available("W-1")
    town.posted(headcount=2, expires_at=None)
    town.passes(hours=24)
    (expired,) = town.said(JobExpired)
    assert (expired.headcount, expired.booked) == (2, 0)
    town.available("W-2")
    assert town.said(MatchRanked)[0].pool == 0


def test_a_posting_that_comes_too_late_is_ranked_and_offered_to_nobody(town: Scenario) -> None:
    town.available("W-1")
    past = (Interval(start=NOW - 9 * HOUR, end=NOW - HOUR),)
    town.posted(shifts=past)
    assert len(town.said(MatchRanked)) == len(town.said(JobExpired)) == 1
    assert town.asked() == []


def test_new_availability_withdraws_offers_it_no_longer_allows(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.available("W-1", pay_floor_fen_day=20_000)
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["terms_changed"]


@pytest.mark.parametrize("job_first", [True, False])
def test_an_availability_that_comes_too_late_only_ends_the_one_before(
    town: Scenario, job_first: bool
) -> None:
    town.available("W-1")
    if job_first:
        town.posted()
        assert town.asked() == ["W-1"]
    town.available("W-1", valid_until=NOW)
    assert [offer.worker_id for offer in town.said(OfferWithdrawn)] == ["W-1"] * job_first
    assert town.market.state.workers["W-1"].available is None
    town.posted(job_id="J-2")
    assert town.asked() == []


def test_availability_ends_with_its_last_window(town: Scenario) -> None:
    town.available("W-1", windows=(Interval(start=NOW, end=NOW + 2 * HOUR),))
    town.passes(hours=3)
    town.posted()
    assert town.said(MatchRanked)[0].pool == 0


def test_a_worker_who_leaves_keeps_bookings_unless_told_otherwise(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.happens(WorkerUnavailable(worker_id="W-1", zone=ZONE))
    assert town.said(BookingCancelled) == []
    town.happens(WorkerUnavailable(worker_id="W-1", zone=ZONE, cancel_bookings=True))
    assert town.said(BookingCancelled)[0].reason == "worker_unavailable"


def test_a_forgotten_worker_leaves_nothing_behind(town: Scenario) -> None:
    for number in (1, 2):
        town.available(f"W-{number}")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.happens(WorkerForgotten(worker_id="W-1", zone=ZONE))
    assert b"W-1" not in repr(town.market.snapshot()).encode()
    assert town.market.state.jobs["J-1"].booked_places == 1


def test_work_done_and_no_shows_make_a_track_record(town: Scenario) -> None:
    town.available("W-1")
    town.posted(job_id="J-1")
    town.accepts("W-1")
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=5))
    town.posted(job_id="J-2")
    town.accepts("W-1")
    town.happens(WorkNoShow(job_id="J-2", worker_id="W-1", zone=ZONE))
    record = town.market.state.workers["W-1"].record
    assert (record.completed, record.no_shows, record.stars) == (1, 1, 5)
    assert record.employers == {"E-1": 1}
    town.happens(WorkCompleted(job_id="J-2", worker_id="W-1", zone=ZONE))
    assert town.rejection is not None
    assert town.rejection.code == "unknown_booking"


def test_whoever_has_had_a_place_is_not_offered_another_of_the_same_job(town: Scenario) -> None:
    """A second booking took the place of the first, and a place more could be booked."""
    town.available("W-1")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.available("W-1")
    assert town.asked() == []
    assert town.market.state.jobs["J-1"].open_places == 1


def test_open_wage_claims_block_an_employer_until_they_are_closed(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    for number in range(3):
        town.happens(WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE))
    assert town.said(EmployerBlocked)[0].open_claims == 3
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["employer_blocked"]
    town.posted(job_id="J-2")
    assert town.said(MatchRanked)[0].excluded == {"employer_blocked": 1}
    town.happens(WageClaimClosed(claim_id="C-0", employer_id="E-1", zone=ZONE))
    assert town.said(EmployerCleared)[0].open_claims == 2
    assert town.asked() == ["W-1", "W-1"]


def test_a_crew_takes_its_places_whole(town: Scenario) -> None:
    town.crew("W-1", size=3)
    town.posted(job_id="J-1", headcount=2, accepts_crews=True)
    assert town.said(MatchRanked)[0].excluded == {"crew": 1}
    town.posted(job_id="J-2", headcount=3, accepts_crews=True)
    town.accepts("W-1")
    assert town.said(BookingConfirmed)[0].places == 3
    assert len(town.said(JobFilled)) == 1


def test_the_same_event_twice_changes_nothing(town: Scenario) -> None:
    town.happens(JOB, id="same")
    before = town.market.snapshot().jobs.copy()
    assert town.happens(JOB, id="same") == []
    assert town.rejection is None
    assert town.market.state.jobs == before


def test_the_same_job_posted_again_is_refused(town: Scenario) -> None:
    town.posted()
    town.posted()
    assert town.rejection is not None
    assert town.rejection.code == "job_exists"


def test_closed_jobs_are_forgotten_after_a_week(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(hours=24 * 10)
    assert town.market.state.jobs == {}
    assert town.market.state.offers == {}
    assert town.market.state.workers["W-1"].bookings == {}


def test_a_crew_comes_whole_or_not_at_all(town: Scenario) -> None:
    town.crew("W-lead", 3)
    town.posted(headcount=2, accepts_crews=True)
    assert town.asked() == []
    town.posted(job_id="J-2", headcount=3, accepts_crews=True)
    assert [(offer.worker_id, offer.places) for offer in town.said(OfferMade)] == [("W-lead", 3)]


def test_part_of_a_crew_comes_where_that_is_fine(town: Scenario) -> None:
    town.crew("W-lead", 3)
    town.posted(headcount=2, accepts_crews=True, partial_crews=True)
    assert [(offer.worker_id, offer.places) for offer in town.said(OfferMade)] == [("W-lead", 2)]
    town.accepts("W-lead")
    assert town.market.state.jobs["J-1"].status == "filled"
