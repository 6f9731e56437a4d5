"""Work that is done, or is not, and what is owed for it."""

import msgspec
import pytest

from events.facts import (
    ClockTicked,
    JobAmended,
    JobCancelled,
    OfferDeclined,
    WorkCompleted,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.outcomes import BookingCancelled, MatchRanked
from events.values import Interval
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, NOW, ZONE

START = JOB.shifts[0].start


def test_work_done_and_no_shows_make_a_track_record(town: Scenario) -> None:
    town.available("W-1")
    town.posted(job_id="J-1")
    town.accepts("W-1")
    town.passes(34)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=5))
    next_day = (Interval(start=NOW + 48 * HOUR, end=NOW + 57 * HOUR),)
    town.posted(job_id="J-2", shifts=next_day)
    town.accepts("W-1")
    town.passes(15)
    town.happens(WorkNoShow(job_id="J-2", worker_id="W-1", zone=ZONE))
    record = town.market.state.workers["W-1"].record
    assert (record.completed, record.no_shows, record.stars) == (1, 1, 5)
    assert record.employers == {"E-1": 1}
    town.happens(WorkCompleted(job_id="J-2", worker_id="W-1", zone=ZONE))
    assert town.rejection is not None
    assert town.rejection.code == "unknown_booking"


def test_work_done_while_no_matcher_ran_counts_towards_rest_and_the_days_limit(
    town: Scenario,
) -> None:
    """The log's clock stood before its beginning: nine hours of work were none."""
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    end = JOB.shifts[0].end
    done = WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE)
    town.happens(done, said_at=end + HOUR)
    town.posted(job_id="J-2", shifts=(Interval(start=end + HOUR, end=end + 4 * HOUR),))
    assert town.asked() == []
    assert town.said(MatchRanked)[0].excluded == {"hours": 1}
    worker = town.market.state.workers["W-1"]
    assert worker.worked == ((START, end),)
    assert worker.record.days == 1
    town.passes(48)
    town.available("W-1")
    town.posted(job_id="J-3", shifts=(Interval(start=NOW + 72 * HOUR, end=NOW + 80 * HOUR),))
    assert town.asked() == ["W-1"]


def test_a_matcher_that_stopped_in_the_middle_of_a_shift_counts_the_rest_of_it(
    town: Scenario,
) -> None:
    """Two of nine hours were counted, and seven more could be worked on the same day."""
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(26)
    end = JOB.shifts[0].end
    done = WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE)
    town.happens(done, said_at=end + HOUR)
    assert town.market.state.workers["W-1"].worked == ((START, end),)
    town.posted(job_id="J-2", shifts=(Interval(start=end + HOUR, end=end + 4 * HOUR),))
    assert town.said(MatchRanked)[0].excluded == {"hours": 1}


FIVE_DAYS = tuple(
    Interval(start=shift.start + day * 24 * HOUR, end=shift.end + day * 24 * HOUR)
    for shift in JOB.shifts
    for day in range(5)
)


@pytest.mark.parametrize("passed", [0, 24, 26, 34])
def test_a_station_whose_clock_is_fast_makes_no_work_of_days_to_come(
    town: Scenario, passed: int
) -> None:
    """Five days counted as worked on the first, and the other four took no other job."""
    town.available("W-1")
    town.posted(shifts=FIVE_DAYS)
    town.accepts("W-1")
    town.passes(passed)
    done = WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE)
    town.happens(done, said_at=NOW + 365 * 24 * HOUR)
    worker = town.market.state.workers["W-1"]
    assert worker.worked == ((START, FIVE_DAYS[0].end),)
    assert worker.record.days == 1
    town.posted(job_id="J-2", shifts=FIVE_DAYS[2:3])
    assert town.asked() == ["W-1"]


def test_whoever_has_had_a_place_is_not_offered_another_of_the_same_job(town: Scenario) -> None:
    """A second booking took the place of the first, and a place more could be booked."""
    town.available("W-1")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.available("W-1")
    assert town.asked() == []
    assert town.market.state.jobs["J-1"].open_places == 1


@pytest.mark.parametrize(
    ("name", "code"), [("forgotten-0", "unknown_booking"), ("forgotten/0", "bad_identifier")]
)
def test_the_place_of_somebody_who_was_erased_is_not_rated(
    town: Scenario, name: str, code: str
) -> None:
    """Rated by the name that it had in the market's state, it ended the process."""
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.happens(WorkerForgotten(worker_id="W-1", zone=ZONE))
    for fact in (
        WorkRated(job_id="J-1", worker_id=name, zone=ZONE, stars=5),
        WorkCompleted(job_id="J-1", worker_id=name, zone=ZONE),
    ):
        town.happens(fact)
        assert town.rejection is not None
        assert town.rejection.code == code


def test_the_places_of_all_who_were_erased_stay_taken(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted(headcount=3)
    for worker in ("W-1", "W-2"):
        town.accepts(worker)
    town.passes(25)
    for worker in ("W-1", "W-2"):
        town.happens(WorkCompleted(job_id="J-1", worker_id=worker, zone=ZONE))
    for worker in ("W-1", "W-2"):
        town.happens(WorkerForgotten(worker_id=worker, zone=ZONE))
    assert town.market.state.jobs["J-1"].booked_places == 2


def test_a_rating_that_is_given_again_counts_once(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=1))
    assert town.rejection is not None  # nothing has been done yet
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    for stars in (3, 5):
        town.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=stars))
    record = town.market.state.workers["W-1"].record
    assert (record.stars, record.ratings) == (5, 1)


def test_a_worker_rates_the_employer_once_and_nobody_ranks_otherwise_for_it(
    town: Scenario,
) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    rated = WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, rated_by="worker", stars=1)
    town.happens(rated)
    refused = [town.rejection]  # nothing has been done yet
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    state = town.market.state
    before = msgspec.json.encode((state.workers["W-1"].record, state.employers))
    for stars in (1, 5):
        town.happens(msgspec.structs.replace(rated, stars=stars))
        refused.append(town.rejection)
    assert [one and one.code for one in refused] == ["unknown_booking", None, "already_rated"]
    assert msgspec.json.encode((state.workers["W-1"].record, state.employers)) == before
    town.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=4))
    assert state.workers["W-1"].record.stars == 4


def test_work_that_is_over_is_not_cancelled_by_a_late_no(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    offer = town.offer_of("W-1")
    town.accepts("W-1", offer)
    town.passes(34)
    town.declines("W-1", offer)
    assert town.rejection is not None
    assert town.rejection.code == "work_over"
    town.happens(WorkerUnavailable(worker_id="W-1", zone=ZONE, cancel_bookings=True))
    assert town.said(BookingCancelled) == []
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.rejection is None


def test_nor_by_one_that_stands_in_the_log_before_the_tick_that_tells_the_time(
    town: Scenario,
) -> None:
    """No matcher ran: by the log's clock the work lay ahead, and the booking was cancelled."""
    town.available("W-1")
    town.posted()
    offer = town.offer_of("W-1")
    town.accepts("W-1", offer)
    over = JOB.shifts[0].end
    no = OfferDeclined(offer_id=offer, worker_id="W-1", zone=ZONE)
    for late in (no, JobCancelled(job_id="J-1", zone=ZONE)):
        town.happens(late, said_at=over)
        assert town.rejection is not None
        assert town.rejection.code == "work_over"
    gone = WorkerUnavailable(worker_id="W-1", zone=ZONE, cancel_bookings=True)
    town.happens(gone, said_at=over)
    assert (town.rejection, town.said(BookingCancelled)) == (None, [])
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE), said_at=over)
    assert town.rejection is None


def test_a_no_said_before_the_work_is_over_cancels_it(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    offer = town.offer_of("W-1")
    town.accepts("W-1", offer)
    no = OfferDeclined(offer_id=offer, worker_id="W-1", zone=ZONE)
    town.happens(no, said_at=JOB.shifts[0].end - 1)
    assert len(town.said(BookingCancelled)) == 1


@pytest.mark.parametrize(
    "report",
    [
        WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE),
        WorkNoShow(job_id="J-1", worker_id="W-1", zone=ZONE),
        WorkNoShow(job_id="J-1", worker_id="W-1", zone=ZONE, excused=True),
    ],
)
def test_work_is_reported_once_it_has_begun(
    town: Scenario, report: WorkCompleted | WorkNoShow
) -> None:
    """A clerk's slip on tomorrow's job was work done, and its place never offered again."""
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    for now in (NOW, START - 1):
        town.happens(ClockTicked(now=now))
        town.happens(report)
        assert town.rejection is not None
        assert town.rejection.code == "work_not_begun"
    town.happens(ClockTicked(now=START))
    town.happens(report)
    assert town.rejection is None
    assert town.market.state.jobs["J-1"].booked["W-1"].result in ("completed", "no_show")


def test_work_of_several_days_is_reported_from_the_first_on(town: Scenario) -> None:
    town.available("W-1")
    days = tuple(
        Interval(start=START + day * 24 * HOUR, end=START + (day * 24 + 9) * HOUR) for day in (1, 0)
    )
    town.posted(shifts=days)
    town.accepts("W-1")
    town.passes(24)
    town.happens(WorkNoShow(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.rejection is None


def test_new_terms_put_off_when_work_is_reported(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    later = (Interval(start=START + 2 * HOUR, end=START + 10 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=later))
    town.accepts("W-1")
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.rejection is not None
    assert town.rejection.code == "work_not_begun"


@pytest.mark.parametrize(("said_at", "is_taken"), [(START - 1, False), (START, True)])
def test_what_was_reported_while_no_clock_ran_is_taken(
    town: Scenario, said_at: int, is_taken: bool
) -> None:
    """While no matcher runs nobody writes ticks; stations go on, and so do their clocks."""
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE), said_at=said_at)
    assert (town.rejection is None) == is_taken
    assert town.market.state.now == NOW


def test_what_a_slow_clock_reports_is_taken_by_the_clock_of_the_market(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(25)
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE), said_at=NOW - HOUR)
    assert town.rejection is None


def test_a_booking_is_taken_back_before_its_work_begins(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    offer = town.offer_of("W-1")
    town.accepts("W-1", offer)
    town.declines("W-1", offer)
    assert town.rejection is None
    assert town.asked() == ["W-2"]
