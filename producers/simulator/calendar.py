"""The town's day and year: local hours, how busy an hour is, what a month needs."""

from datetime import UTC, datetime, timedelta
from typing import Final

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
CHINA_MS: Final = 8 * HOUR_MS

POSTING_HOURS: Final = (
    *(0.1, 0.05, 0.05, 0.05, 0.3, 0.8),
    *(5.0, 5.0, 2.0, 1.5, 1.2, 1.0),
    *(0.8, 0.8, 1.0, 1.5, 3.0, 4.5),
    *(4.5, 3.5, 1.5, 0.8, 0.4, 0.2),
)
"""Weight of each local hour: peaks from half past six to eight and from four to eight."""

_HOURS_SUM: Final = sum(POSTING_HOURS)


def local(millis: int) -> datetime:
    """A UTC time as the clock on the station's wall shows it."""
    return datetime.fromtimestamp(millis / 1000, UTC) + timedelta(milliseconds=CHINA_MS)


def day_of(millis: int) -> int:
    """The local day, as a number."""
    return (millis + CHINA_MS) // DAY_MS


def start_of(day: int) -> int:
    """The UTC time at which a local day begins."""
    return day * DAY_MS - CHINA_MS


def share_of_hour(hour: int) -> float:
    """The share of a day's postings that fall into a local hour."""
    return POSTING_HOURS[hour] / _HOURS_SUM
