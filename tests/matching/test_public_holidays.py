"""The days of the law: what the file holds, and which jobs are on one."""

from datetime import date

import msgspec
import pytest
from holidays import country_holidays

from events.values import Interval
from matching.days import DAY_MS, HOUR_MS, date_of, day_number
from matching.public_holidays import begins_on_holiday, public_holidays
from tests.matching.scenario import JOB

YEARS = range(2024, 2051)
NATIONAL_DAY_MS = day_number(date(2027, 10, 1)) * DAY_MS - 8 * HOUR_MS
"""2027-10-01T00:00+08:00."""


def test_the_days_are_those_of_the_law_as_another_calendar_has_them() -> None:
    named = country_holidays("CN", years=YEARS, language="en_US", expand=False)
    by_law = {
        day
        for day, names in named.items()
        if any("observed" not in name and "Day off" not in name for name in names.split("; "))
    }
    assert {date_of(day) for day in public_holidays()} == by_law


@pytest.mark.parametrize(
    ("starts_ms", "is_one"),
    [
        (NATIONAL_DAY_MS - 1, False),
        (NATIONAL_DAY_MS, True),
        (NATIONAL_DAY_MS + 3 * DAY_MS - 1, True),
        (NATIONAL_DAY_MS + 3 * DAY_MS, False),
    ],
)
def test_a_shift_is_of_the_day_on_which_it_begins_in_china(starts_ms: int, is_one: bool) -> None:
    shift = Interval(start=starts_ms, end=starts_ms + 8 * HOUR_MS)
    assert begins_on_holiday(msgspec.structs.replace(JOB, shifts=(shift,))) is is_one


def test_one_shift_of_several_is_enough() -> None:
    shifts = tuple(
        Interval(start=NATIONAL_DAY_MS + day * DAY_MS, end=NATIONAL_DAY_MS + day * DAY_MS + HOUR_MS)
        for day in (-2, -1, 0)
    )
    assert begins_on_holiday(msgspec.structs.replace(JOB, shifts=shifts))
    assert not begins_on_holiday(msgspec.structs.replace(JOB, shifts=shifts[:2]))
