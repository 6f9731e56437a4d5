"""What is counted of answers and of work, and what it says about the last week."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.track_record import WEEK, TrackRecord, days_worked

TODAY = 20_600


def test_answers_are_counted_in_all_and_by_trade() -> None:
    record = TrackRecord()
    record.answer("accepted", "weeding")
    record.answer("declined", "weeding")
    record.answer("expired", "cleaning")
    record.answer("accepted", None)
    assert (record.accepted, record.declined, record.expired) == (2, 1, 1)
    assert record.trade_rates == {"weeding": 2 / 4, "cleaning": 1 / 3}


def test_what_another_zone_is_told_stays_as_it_was_when_it_was_said() -> None:
    """It is sent only after the facts that came with the one it follows from."""
    record = TrackRecord()
    record.complete("E-1", {TODAY})
    record.answer("accepted", "weeding")
    told = record.told()
    before = msgspec.json.encode(told)
    record.complete("E-2", {TODAY + 1})
    record.answer("declined", "cleaning")
    assert msgspec.json.encode(told) == before


def test_work_counts_for_the_employer_and_the_week() -> None:
    record = TrackRecord()
    record.complete("E-1", {TODAY - 3, TODAY - 2})
    record.complete("E-1", {TODAY - 1})
    assert record.completed == 2
    assert record.employers == {"E-1": 2}
    assert days_worked(record.last_day, record.days, TODAY) == 3


def test_nobody_has_worked_before_the_first_day() -> None:
    newcomer = TrackRecord()
    assert days_worked(newcomer.last_day, newcomer.days, TODAY) == 0


@pytest.mark.parametrize(("ago", "counted"), [(0, 0), (1, 1), (7, 1), (8, 0), (4_000, 0)])
def test_only_the_seven_days_before_today_count(ago: int, counted: int) -> None:
    record = TrackRecord()
    record.complete("E-1", {TODAY - ago})
    assert days_worked(record.last_day, record.days, TODAY) == counted


@given(
    st.lists(st.sets(st.integers(TODAY - 30, TODAY), max_size=4), max_size=12),
    st.integers(0, 12),
)
def test_the_two_numbers_say_what_a_list_of_days_would(works: list[set[int]], later: int) -> None:
    record, today = TrackRecord(), TODAY + later
    for days in works:
        record.complete("E-1", days)
    worked = {day for days in works for day in days if today - WEEK <= day < today}
    assert days_worked(record.last_day, record.days, today) == len(worked)


def test_work_long_before_what_another_zone_has_announced_changes_nothing_of_the_week() -> None:
    """The distance was shifted by as it came: an announced day far away took all memory."""
    record = TrackRecord(last_day=2**53 - 1, days=1)
    record.complete("E-1", {TODAY})
    assert (record.last_day, record.days, record.completed) == (2**53 - 1, 1, 1)
