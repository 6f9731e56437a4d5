"""Protection in the life of a market: what bookings, amendments and work done lead to."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.facts import JobAmended, WageClaimOpened, WorkCompleted
from events.outcomes import (
    BookingCancelled,
    EmployerBlocked,
    MatchRanked,
    OfferMade,
    OfferWithdrawn,
)
from events.values import Interval, Pay
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, NOW, ZONE

MIDNIGHT = NOW - 8 * HOUR  # the beginning of a Monday in China


def shift(first: int, last: int) -> dict[str, Any]:
    """A shift at local hours, counted from Monday, and a pay that suffices for any day."""
    interval = Interval(start=MIDNIGHT + first * HOUR, end=MIDNIGHT + last * HOUR)
    return {"shifts": (interval,), "pay": Pay(amount_fen=16_000)}


def booked(first: int, last: int) -> Scenario:
    """A town where W-1 is booked for J-1 at local hours."""
    town = Scenario()
    town.available()
    town.posted(**shift(first, last))
    town.accepts("W-1")
    return town


def test_a_booking_rules_out_other_days_that_leave_no_rest() -> None:
    town = booked(34, 42)  # Tuesday, 10:00 to 18:00
    town.posted(job_id="J-2", **shift(52, 60))  # Wednesday at 04:00: ten hours
    assert town.said(MatchRanked)[0].excluded == {"rest": 1}
    town.posted(job_id="J-3", **shift(53, 61))
    assert town.asked() == ["W-1"]


def test_a_booking_rules_out_more_than_eleven_hours_a_day() -> None:
    town = booked(30, 36)  # Tuesday, 06:00 to 12:00
    town.posted(job_id="J-2", **shift(36, 42))
    assert town.said(MatchRanked)[0].excluded == {"hours": 1}
    town.posted(job_id="J-3", **shift(36, 41))
    assert town.asked() == ["W-1"]


def test_an_open_offer_that_a_booking_makes_unlawful_is_withdrawn() -> None:
    town = Scenario()
    town.available()
    for number, (first, last) in enumerate(((32, 41), (42, 46), (58, 62)), 1):
        town.posted(job_id=f"J-{number}", **shift(first, last))
    offers = {job_id: id for id, job_id in town.market.state.workers["W-1"].open_offers.items()}
    town.accepts("W-1", offers["J-1"])
    withdrawn = [(gone.job_id, gone.reason) for gone in town.said(OfferWithdrawn)]
    assert withdrawn == [("J-2", "worker_booked")]  # thirteen hours; the third leaves seventeen


def test_work_done_counts_until_the_next_day_and_after_a_rest() -> None:
    town = booked(30, 40)  # Tuesday, 06:00 to 16:00
    town.passes(40 - 8)  # it is Tuesday, 16:00
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.market.state.workers["W-1"].bookings == {}
    town.posted(job_id="J-2", **shift(42, 44))
    assert town.said(MatchRanked)[0].excluded == {"hours": 1}
    town.posted(job_id="J-3", **shift(50, 56))
    assert town.said(MatchRanked)[0].excluded == {"rest": 1}
    town.posted(job_id="J-4", **shift(51, 57))
    assert town.asked() == ["W-1"]


def test_who_stops_early_has_worked_so_long_and_is_free_again() -> None:
    town = booked(30, 40)
    town.passes(33 - 8)  # Tuesday, 09:00
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.market.state.workers["W-1"].worked == ((NOW + 22 * HOUR, NOW + 25 * HOUR),)
    town.posted(job_id="J-2", **shift(34, 43))
    assert town.said(MatchRanked)[0].excluded == {"hours": 1}
    town.posted(job_id="J-3", **shift(34, 42))
    assert town.asked() == ["W-1"]


def test_work_of_long_ago_is_forgotten() -> None:
    town = booked(30, 40)
    town.passes(40 - 8)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.posted(job_id="J-2", **shift(80, 84))
    town.accepts("W-1")
    town.passes(84 - 40)
    town.happens(WorkCompleted(job_id="J-2", worker_id="W-1", zone=ZONE))
    assert len(town.market.state.workers["W-1"].worked) == 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("posted"), st.integers(1, 60), st.integers(1, 11)),
            st.tuples(st.just("accepted"), st.integers(0, 7), st.just(0)),
            st.tuples(st.just("done"), st.integers(0, 7), st.just(0)),
            st.tuples(st.just("passes"), st.integers(1, 9), st.just(0)),
        ),
        max_size=40,
    )
)
def test_who_says_yes_to_everything_still_rests(steps: list[tuple[str, int, int]]) -> None:
    """The scenario checks after every event that bookings and work done leave rest and hours."""
    town = Scenario()
    workers = [f"W-{number}" for number in range(2)]
    for worker_id in workers:
        town.available(worker_id)
    for number, (step, first, hours) in enumerate(steps):
        worker = town.market.state.workers[workers[first % 2]]
        match step:
            case "posted":
                begin = (town.engine.now - MIDNIGHT) // HOUR + first
                town.posted(job_id=f"J-{number}", headcount=2, **shift(begin, begin + hours))
            case "accepted" if worker.open_offers:
                offers = list(worker.open_offers)
                town.accepts(workers[first % 2], offers[first % len(offers)])
            case "done" if worker.bookings:
                jobs = list(worker.bookings)
                job_id, worker_id = jobs[first % len(jobs)], workers[first % 2]
                town.happens(WorkCompleted(job_id=job_id, worker_id=worker_id, zone=ZONE))
            case "passes":
                town.passes(first)


def test_who_says_they_are_a_child_loses_what_they_are_booked_for() -> None:
    town = booked(32, 41)
    town.available(birth_year=2012)
    cancelled = [(gone.worker_id, gone.reason) for gone in town.said(BookingCancelled)]
    assert cancelled == [("W-1", "terms_changed")]
    assert town.said(MatchRanked)[0].excluded == {"age": 1}


def test_what_is_only_asked_for_by_the_employer_ends_no_booking() -> None:
    town = booked(32, 41)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, minimum_age=40))
    town.available(birth_year=2000)
    assert town.said(BookingCancelled) == []


def test_work_that_becomes_dangerous_is_agreed_on_anew() -> None:
    town = Scenario()
    town.available("W-1", birth_year=2009, certificates=("electrician",))
    town.posted()
    town.accepts("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, certificates=("electrician",)))
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["terms_changed"]
    assert town.said(OfferMade) == []
    assert town.said(MatchRanked)[0].excluded == {"age": 1}


def test_each_open_claim_costs_value_and_the_third_blocks() -> None:
    values = []
    town = Scenario()
    town.available()
    for number in range(3):
        town.posted(job_id=f"J-{number}", headcount=1)
        values.append(town.said(MatchRanked)[0].ranking[0].score)
        claim = WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE)
        town.happens(msgspec.structs.replace(claim, amount_fen=20_000))
    assert values[0] > values[1] > values[2]
    assert [blocked.open_claims for blocked in town.said(EmployerBlocked)] == [3]
    assert town.market.state.workers["W-1"].open_offers == {}
    town.posted(job_id="J-9")
    assert town.said(MatchRanked)[0].excluded == {"employer_blocked": 1}
    assert JOB.employer_id == "E-1"
