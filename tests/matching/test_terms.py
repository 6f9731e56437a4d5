"""Pay, times and ages as comparisons need them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.values import Interval, Pay
from matching.terms import covers, merged, overlap, pay_fen_day, sure_age
from tests.town import HOUR, NOW

NINE_HOURS = (Interval(start=NOW, end=NOW + 9 * HOUR),)

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=6,
)


@pytest.mark.parametrize(
    ("pay", "fen"),
    [
        (Pay(amount_fen=15_000, unit="day"), 15_000),
        (Pay(amount_fen=2_000, unit="hour"), 18_000),
        (Pay(amount_fen=435_000, unit="month"), 20_000),
        (Pay(amount_fen=220, unit="piece", pieces_per_day=80), 17_600),
        (Pay(amount_fen=220, unit="piece"), 0),
    ],
)
def test_every_unit_becomes_pay_for_a_day(pay: Pay, fen: int) -> None:
    assert pay_fen_day(pay, NINE_HOURS) == fen


@given(spans, spans)
def test_covers_and_overlap_agree_with_looking_at_every_hour(
    windows: list[tuple[int, int]], shifts: list[tuple[int, int]]
) -> None:
    joined = merged([Interval(start=NOW + a, end=NOW + b) for a, b in windows])
    free = {hour for a, b in windows for hour in range(a, b)}
    needed = [(NOW + a, NOW + b) for a, b in shifts]
    hours = {hour for a, b in shifts for hour in range(a, b)}
    assert covers(joined, needed) == (hours <= free)
    assert overlap(joined, needed) == bool(hours & free)


def test_touching_windows_are_one() -> None:
    windows = [Interval(start=NOW, end=NOW + 1), Interval(start=NOW + 1, end=NOW + 3)]
    assert merged(windows) == ((NOW, NOW + 3),)


def test_the_sure_age_waits_for_the_birthday_and_counts_in_china() -> None:
    new_year_in_china = 1_798_732_800_000  # 2027-01-01T00:00+08:00
    assert sure_age(2010, new_year_in_china) == 16
    assert sure_age(2010, new_year_in_china - 1) == 15
