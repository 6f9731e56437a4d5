"""A worker is available, changes their mind, leaves, is forgotten."""

from unittest.mock import patch

import pytest

from events.facts import WorkCompleted, WorkerForgotten, WorkerUnavailable
from events.outcomes import BookingCancelled, MatchRanked, OfferMade, OfferWithdrawn
from events.values import Crew, Interval, Skill
from matching.state import MOST_BUSY, Worker
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW, ZONE


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
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.happens(WorkerForgotten(worker_id="W-1", zone=ZONE))
    assert b"W-1" not in repr(town.market.snapshot()).encode()
    assert town.market.state.jobs["J-1"].booked_places == 1


def test_a_calendar_has_its_limit() -> None:
    """An announcement to another zone, and the pool, hold so much: beyond that nobody is asked."""
    shift = (NOW, NOW + HOUR)
    full = Worker(bookings={"J-1": (shift,) * (MOST_BUSY + 1)})
    almost = Worker(bookings={"J-1": (shift,) * MOST_BUSY})
    assert (full.bookings_left(NOW), almost.bookings_left(NOW)) == (0, None)


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_crew_that_has_become_smaller_gives_its_places_back(
    town: Scenario, size: int, partial: bool
) -> None:
    town.crew("W-1", size=3)
    town.posted(headcount=3, accepts_crews=True, partial_crews=partial)
    town.accepts("W-1")
    town.available("W-1", crew=Crew(leader_id="W-1", size=size) if size > 1 else None)
    cancelled = ["terms_changed"] * (size < 3)
    assert [one.reason for one in town.said(BookingCancelled)] == cancelled
    job = town.market.state.jobs["J-1"]
    assert (job.status, job.booked_places) == (("open", 0) if cancelled else ("filled", 3))
    assert [made.places for made in town.said(OfferMade)] == [size] * len(cancelled)


def test_who_turns_out_too_old_for_a_hazard_is_not_booked_for_it(town: Scenario) -> None:
    skills = (Skill(code="masonry"),)
    town.available("W-1", birth_year=1980, skills=skills)
    town.posted(skills=("masonry",))
    town.accepts("W-1")
    town.available("W-1", birth_year=1932, skills=skills)
    assert [one.reason for one in town.said(BookingCancelled)] == ["terms_changed"]
    assert town.said(MatchRanked)[0].excluded == {"age": 1}


def test_a_crew_at_work_keeps_its_places_when_it_becomes_smaller(town: Scenario) -> None:
    town.crew("W-1", size=2)
    town.posted(headcount=2, accepts_crews=True)
    town.accepts("W-1")
    town.passes(hours=25)
    town.available("W-1")
    assert town.said(BookingCancelled) == []
    assert town.market.state.jobs["J-1"].booked_places == 2


def test_a_booking_that_is_over_counts_no_more_reported_or_not(town: Scenario) -> None:
    town.available("W-1", max_bookings=1)
    town.posted()
    town.accepts("W-1")
    later = (Interval(start=NOW + 100 * HOUR, end=NOW + 108 * HOUR),)
    town.posted(job_id="J-2", shifts=later)
    assert town.said(MatchRanked)[0].excluded == {"quota": 1}
    town.passes(hours=32.9)
    assert town.asked() == []
    assert town.engine.next_deadline() == NOW + 33 * HOUR
    town.passes(hours=0.1)
    assert town.asked() == ["W-1"]
    town.accepts("W-1")
    town.posted(job_id="J-3", shifts=later)
    assert town.said(MatchRanked)[0].excluded == {"booked": 1}
    assert list(town.market.state.workers["W-1"].bookings) == ["J-1", "J-2"]


def test_who_came_with_a_leader_who_is_forgotten_looks_for_work_alone(town: Scenario) -> None:
    town.crew("W-1", size=2)
    town.available("W-2", crew=Crew(leader_id="W-1", size=2))
    town.available("W-3", crew=Crew(leader_id="W-9", size=2))
    with patch.multiple("matching.roster", AWAKE=0, AT_LEAST=0):
        town.market.state.workers.rest()
    town.posted()
    assert town.asked() == []  # two do not fit, and whoever is led is asked with their leader
    town.happens(WorkerForgotten(worker_id="W-1", zone=ZONE))
    assert town.asked() == ["W-2"]
    assert b"W-1" not in repr(town.market.snapshot()).encode()
