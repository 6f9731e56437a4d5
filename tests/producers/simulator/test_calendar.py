"""The town's hours and its year."""

from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from producers.simulator.calendar import (
    date_of,
    day_of,
    home_stay,
    is_holiday,
    local,
    new_year_of,
    share_of_hour,
    start_of,
)

NEW_YEARS = [new_year_of(year) for year in range(2024, 2041)]


def test_the_hours_of_a_day_add_up() -> None:
    assert abs(sum(share_of_hour(hour) for hour in range(24)) - 1) < 1e-9


@given(st.integers(946_684_800_000, 4_102_444_800_000))
def test_a_moment_lies_in_its_local_day(moment: int) -> None:
    day = day_of(moment)
    assert start_of(day) <= moment < start_of(day + 1)
    assert local(moment).date() == date_of(day)


@given(st.integers(20_500, 23_700), st.integers())
def test_a_stay_at_home_holds_the_new_year_or_what_is_left_of_it(day: int, seed: int) -> None:
    stay = home_stay(day, Random(seed))
    first, last = stay
    [new_year] = [number for number in NEW_YEARS if 6 <= last - number <= 15]
    assert day <= first <= last
    assert first == day or 3 <= new_year - first <= 28


def test_the_lunar_year_begins_when_it_is_known_to() -> None:
    known = {2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2031: date(2031, 1, 23)}
    assert {year: date_of(new_year_of(year)) for year in known} == known


def test_public_holidays_are_those_of_china() -> None:
    def day(month: int, number: int) -> int:
        return (date(2027, month, number) - date(1970, 1, 1)).days

    assert all(is_holiday(day(*when)) for when in ((1, 1), (2, 7), (4, 5), (5, 1), (10, 1)))
    assert not any(is_holiday(day(*when)) for when in ((3, 10), (7, 20), (11, 25), (12, 25)))
