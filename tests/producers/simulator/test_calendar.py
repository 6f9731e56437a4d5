"""The town's hours and its year."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from producers.simulator.calendar import (
    SPRING_FESTIVALS,
    date_of,
    day_of,
    home_stay,
    local,
    share_of_hour,
    start_of,
)

NEW_YEARS = [day for day in range(20_000, 24_000) if date_of(day) in SPRING_FESTIVALS]


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
    assert stay is not None
    first, last = stay
    [new_year] = [number for number in NEW_YEARS if 6 <= last - number <= 15]
    assert day <= first <= last
    assert first == day or 3 <= new_year - first <= 28


def test_after_the_table_nobody_comes_home() -> None:
    assert home_stay(30_000, Random(1)) is None
