"""Days, weeks and years as they are counted in China, of times in UTC milliseconds."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
CHINA_MS: Final = 8 * HOUR_MS
"""Asia/Shanghai: UTC+8, without daylight saving time since 1991."""
PAID_DAYS_X100: Final = 2175
"""Paid days of a month x 100: 21.75 (MOHRSS notice 2008 no. 3)."""
_FIRST_DAY: Final = date(1970, 1, 1)


def day_in_china(millis: int) -> int:
    """The calendar day in Asia/Shanghai of a UTC time, as a number."""
    return (millis + CHINA_MS) // DAY_MS


def week_in_china(day: int) -> int:
    """The week of a numbered day, Monday to Sunday, as a number."""
    return (day + 3) // 7  # day 0 is a Thursday


def date_of(day: int) -> date:
    """The date of a numbered day."""
    return _FIRST_DAY + timedelta(days=day)


def day_number(date_in_china: date) -> int:
    """The number of a date's day."""
    return (date_in_china - _FIRST_DAY).days


def hour_in_china(millis: int) -> int:
    """The hour of the day in Asia/Shanghai of a UTC time."""
    return (millis + CHINA_MS) % DAY_MS // HOUR_MS


def year_in_china(millis: int) -> int:
    """The calendar year in Asia/Shanghai of a UTC time."""
    return (datetime.fromtimestamp(millis / 1000, UTC) + timedelta(milliseconds=CHINA_MS)).year
