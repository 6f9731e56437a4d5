"""A job is posted, amended, cancelled, and ends."""

from typing import Any

import msgspec
import pytest

from events.facts import JobAmended, JobCancelled, WorkCompleted, WorkerForgotten
from events.outcomes import (
    BookingCancelled,
    BookingConfirmed,
    BookingRefused,
    JobExpired,
    JobFilled,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.values import Interval, Pay, Place
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW, ZONE


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


PAY = Pay(amount_fen=15_000, settlement="weekly")
TEN_DAYS = tuple(
    Interval(start=NOW + (24 + 24 * day) * HOUR, end=NOW + (33 + 24 * day) * HOUR)
    for day in range(10)
)
PIECES = Pay(amount_fen=100, unit="piece", pieces_per_day=200)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ({"perks": ("meal", "pickup")}, {"perks": ("meal",)}),
        ({"pay": PAY}, {"pay": msgspec.structs.replace(PAY, settlement="monthly")}),
        ({"pay": PAY}, {"pay": Pay(amount_fen=20_000, unit="hour", settlement="weekly")}),
        ({"pay": PIECES}, {"pay": Pay(amount_fen=60, unit="piece", pieces_per_day=400)}),
        ({"place": Place(lat=29.60, lon=103.48)}, {"place": Place(lat=29.61, lon=103.48)}),
        (
            {"pay": PAY, "shifts": TEN_DAYS},
            {"pay": msgspec.structs.replace(PAY, settlement="on_completion")},
        ),
    ],
)
def test_who_agreed_to_something_else_is_asked_again(
    town: Scenario, was: dict[str, Any], becomes: dict[str, Any]
) -> None:
    town.available("W-1")
    town.posted(**was)
    town.accepts("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, **becomes))
    assert [told.reason for told in town.said(BookingCancelled)] == ["terms_changed"]
    assert town.asked() == ["W-1"]


TWO_DAYS = tuple(
    Interval(start=NOW + (24 + day) * HOUR, end=NOW + (33 + day) * HOUR) for day in (0, 24)
)


@pytest.mark.parametrize(
    "becomes",
    [
        {"place": Place(lat=29.60, lon=103.48, name="黄湾茶园")},
        {"shifts": TWO_DAYS[::-1]},
        {"perks": ("meal", "lodging")},
        {"pay": Pay(amount_fen=15_000, settlement="daily")},
        {"pay": Pay(amount_fen=15_000, settlement="on_completion")},
    ],
)
def test_what_is_the_same_or_better_keeps_the_bookings(
    town: Scenario, becomes: dict[str, Any]
) -> None:
    town.available("W-1")
    town.posted(shifts=TWO_DAYS, perks=("meal",), pay=PAY)
    town.accepts("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, **becomes))
    assert town.rejection is None
    assert town.said(BookingCancelled) == []


def test_an_open_offer_of_other_perks_no_longer_stands(town: Scenario) -> None:
    town.available("W-1")
    town.posted(perks=("meal",))
    town.happens(JobAmended(job_id="J-1", zone=ZONE, perks=("lodging",)))
    assert [told.reason for told in town.said(OfferWithdrawn)] == ["terms_changed"]
    assert town.asked() == ["W-1"]


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


def test_the_same_job_posted_again_is_refused(town: Scenario) -> None:
    town.posted()
    town.posted()
    assert town.rejection is not None
    assert town.rejection.code == "job_exists"


@pytest.mark.parametrize("headcount", [1, 2])
def test_new_terms_leave_a_place_for_all_who_have_worked(town: Scenario, headcount: int) -> None:
    """With fewer places than that there were less than none to fill, which ended the process."""
    for worker in ("W-1", "W-2"):
        town.available(worker)
    town.posted(headcount=2)
    for worker in ("W-1", "W-2"):
        town.accepts(worker)
    town.passes(25)
    for worker in ("W-1", "W-2"):
        town.happens(WorkCompleted(job_id="J-1", worker_id=worker, zone=ZONE))
    later = (Interval(start=NOW + 30 * HOUR, end=NOW + 38 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=later, headcount=3))
    assert town.market.state.jobs["J-1"].open_places == 1
    later = (Interval(start=NOW + 31 * HOUR, end=NOW + 39 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=later, headcount=headcount))
    if headcount == 2:
        assert town.rejection is None
        assert town.market.state.jobs["J-1"].status == "filled"
    else:
        assert town.rejection is not None
        assert town.rejection.code == "headcount_below_booked"
        assert town.market.state.jobs["J-1"].posted.headcount == 3


def test_new_terms_with_fewer_places_are_not_said_to_be_filled_in_between(town: Scenario) -> None:
    workers = [f"W-{n}" for n in range(5)]
    for worker in workers:
        town.available(worker)
    town.posted(headcount=10)
    for worker in workers:
        town.accepts(worker)
    later = (Interval(start=NOW + 30 * HOUR, end=NOW + 38 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=later, headcount=2))
    assert len(town.said(BookingCancelled)) == 5
    assert town.said(JobFilled) == []
    assert town.market.state.jobs["J-1"].status == "open"


def _partly_booked_and_expired(town: Scenario) -> None:
    """One of two places is booked when the first shift begins."""
    town.available("W-1")
    town.posted(headcount=2, shifts=TWO_DAYS)
    town.accepts("W-1")
    town.passes(24.5)
    assert town.market.state.jobs["J-1"].status == "expired"


TWO_DAYS = tuple(
    Interval(start=NOW + (24 * day + 24) * HOUR, end=NOW + (24 * day + 33) * HOUR) for day in (0, 1)
)


def test_what_expired_with_people_booked_can_be_called_off(town: Scenario) -> None:
    _partly_booked_and_expired(town)
    town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["job_cancelled"]


def test_what_expired_with_people_booked_is_open_again_at_a_time_ahead(town: Scenario) -> None:
    _partly_booked_and_expired(town)
    later = (Interval(start=NOW + 72 * HOUR, end=NOW + 80 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=later))
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["terms_changed"]
    assert town.asked() == ["W-1"]
    assert town.market.state.jobs["J-1"].status == "open"


def test_what_expired_with_people_booked_is_full_with_fewer_places(town: Scenario) -> None:
    town.available("W-1")
    town.posted(headcount=2, expires_at=NOW + 2 * HOUR)
    town.accepts("W-1")
    town.passes(3)
    until = NOW + 20 * HOUR
    town.happens(JobAmended(job_id="J-1", zone=ZONE, headcount=1, expires_at=until))
    assert len(town.said(JobFilled)) == 1
    assert town.said(BookingCancelled) == []


def test_what_expired_with_nobody_booked_is_open_again_at_a_time_ahead(town: Scenario) -> None:
    town.available("W-1", max_distance_km=1)
    town.posted(expires_at=NOW + 2 * HOUR)
    town.passes(3)
    assert town.market.state.jobs["J-1"].status == "expired"
    town.available("W-1")
    assert town.asked() == []
    town.happens(JobAmended(job_id="J-1", zone=ZONE, expires_at=NOW + 20 * HOUR))
    assert town.asked() == ["W-1"]
    town.passes(34)
    town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    assert town.rejection is not None
    assert town.rejection.code == "work_over"


@pytest.mark.parametrize(
    "fact",
    [
        JobCancelled(job_id="J-1", zone=ZONE),
        JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=14_000)),
    ],
)
def test_work_that_is_over_can_be_neither_called_off_nor_changed(
    town: Scenario, fact: JobCancelled | JobAmended
) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(34)
    town.happens(fact)
    assert town.rejection is not None
    assert town.rejection.code == "work_over"
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.market.state.workers["W-1"].record.completed == 1


def test_a_day_worked_counts_when_the_rest_is_called_off(town: Scenario) -> None:
    town.available("W-1")
    town.posted(shifts=TWO_DAYS)
    town.accepts("W-1")
    town.passes(33.5)
    town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    evening = (Interval(start=NOW + 35 * HOUR, end=NOW + 39 * HOUR),)
    town.posted(job_id="J-2", shifts=evening)  # nine hours and four are more than a day may have
    assert town.asked() == []
    assert town.market.state.workers["W-1"].worked == ((TWO_DAYS[0].start, TWO_DAYS[0].end),)


def test_new_terms_begin_with_the_nearest_again(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(2)  # full, and no tier goes by
    later = (Interval(start=NOW + 48 * HOUR, end=NOW + 57 * HOUR),)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=later))
    assert [made.tier for made in town.said(OfferMade)] == [1]


START = NOW + 24 * HOUR
MOVED = (Interval(start=NOW + 96 * HOUR, end=NOW + 105 * HOUR),)
CLOSES = NOW + 12 * HOUR


def test_moved_work_takes_along_a_closing_date_that_was_its_start(town: Scenario) -> None:
    town.available("W-1")
    town.posted(expires_at=START)
    town.accepts("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED))
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["terms_changed"]
    assert town.asked() == ["W-1"]
    town.passes(25)
    assert town.said(OfferExpired)
    assert town.said(JobExpired) == []
    assert town.market.state.jobs["J-1"].expires_at == MOVED[0].start


def test_what_expired_at_its_start_is_open_again_when_it_is_moved(town: Scenario) -> None:
    town.posted(expires_at=START)
    town.passes(25)
    town.available("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED))
    assert town.asked() == ["W-1"]


def test_work_that_is_moved_keeps_a_closing_date_ahead(town: Scenario) -> None:
    town.available("W-1")
    town.posted(expires_at=CLOSES)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED))
    assert town.market.state.jobs["J-1"].expires_at == CLOSES


def test_work_that_is_moved_after_its_closing_date_needs_another(town: Scenario) -> None:
    town.available("W-1")
    town.posted(expires_at=CLOSES)
    town.passes(13)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED))
    assert town.rejection is not None
    assert (town.rejection.code, town.rejection.field) == ("closing_date_passed", "expires_at")
    assert "截止时间（expires_at）" in town.rejection.reason("zh-CN")
    assert town.market.state.jobs["J-1"].posted.shifts != MOVED
    town.available("W-1")
    until = NOW + 72 * HOUR
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED, expires_at=until))
    assert town.asked() == ["W-1"]
    assert town.market.state.jobs["J-1"].expires_at == until


def _full_past_its_closing_date(town: Scenario, **changes: Any) -> str:
    """W-1 has the only place, the closing date has passed, W-2 looks for work."""
    town.available("W-1")
    town.posted(expires_at=CLOSES, **changes)
    offer_id = town.offer_of("W-1")
    town.accepts("W-1")
    town.passes(14)
    town.available("W-2")
    assert town.asked() == []
    return offer_id


def test_a_drop_out_past_the_closing_date_is_replaced_until_work_begins(town: Scenario) -> None:
    offer_id = _full_past_its_closing_date(town)
    town.declines("W-1", offer_id)
    assert town.asked() == ["W-2"]
    assert town.market.state.jobs["J-1"].status == "open"
    town.passes(10)
    assert [gone.booked for gone in town.said(JobExpired)] == [0]


def test_more_places_past_the_closing_date_of_a_full_job_are_offered(town: Scenario) -> None:
    _full_past_its_closing_date(town)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, headcount=2))
    assert town.asked() == ["W-2"]
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=16_000)))
    assert town.asked() == ["W-2"]  # still, though the closing date has been said again


def test_a_full_job_can_be_moved_past_its_closing_date(town: Scenario) -> None:
    _full_past_its_closing_date(town)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED))
    assert town.rejection is None
    assert set(town.asked()) == {"W-1", "W-2"}


def test_moved_with_a_closing_date_of_its_own_a_job_that_was_full_keeps_to_it(
    town: Scenario,
) -> None:
    _full_past_its_closing_date(town)
    until = NOW + 72 * HOUR
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED, expires_at=until))
    town.passes(60)
    assert town.said(JobExpired)


def test_a_drop_out_when_work_has_begun_ends_the_job_in_words(town: Scenario) -> None:
    town.available("W-1")
    town.posted(shifts=TWO_DAYS)
    offer_id = town.offer_of("W-1")
    town.accepts("W-1")
    town.passes(25)
    town.declines("W-1", offer_id)
    assert [(gone.headcount, gone.booked) for gone in town.said(JobExpired)] == [(1, 0)]


def test_more_places_when_work_has_begun_end_the_job_in_words(town: Scenario) -> None:
    town.available("W-1")
    town.posted(shifts=TWO_DAYS)
    town.accepts("W-1")
    town.passes(25)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, headcount=2))
    assert [(gone.headcount, gone.booked) for gone in town.said(JobExpired)] == [(2, 1)]


def test_work_that_begun_and_is_moved_is_open_again_without_having_ended(town: Scenario) -> None:
    town.available("W-1")
    town.posted(shifts=TWO_DAYS)
    town.accepts("W-1")
    town.passes(25)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED))
    assert len(town.said(BookingCancelled)) == 1
    assert town.said(JobExpired) == []
    assert town.asked() == ["W-1"]


def test_work_that_is_over_stays_filled_when_somebody_is_forgotten(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.accepts("W-1")
    town.passes(34)
    town.happens(WorkerForgotten(worker_id="W-1", zone=ZONE))
    assert town.said(JobExpired) == []
    assert town.market.state.jobs["J-1"].status == "filled"
