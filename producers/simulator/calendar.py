"""The town's day and year: local hours, how busy an hour is, what a month needs."""

from datetime import UTC, date, datetime, timedelta
from random import Random
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

SPRING_FESTIVALS: Final = (
    *(date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13)),
    *(date(2030, 2, 3), date(2031, 1, 23), date(2032, 2, 11), date(2033, 1, 31)),
    *(date(2034, 2, 19), date(2035, 2, 8)),
)
"""The first day of the lunar year; later years have none here and nobody comes home."""

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


def date_of(day: int) -> date:
    """The date of a local day."""
    return date(1970, 1, 1) + timedelta(days=day)


def home_stay(day: int, rng: Random) -> tuple[int, int] | None:
    """The first and last day at home of somebody who works far away, from a day on.

    They come back in the four weeks before the New Year and leave by the Lantern Festival.
    """
    before, after = rng.randint(3, 28), rng.randint(6, 15)
    for festival in SPRING_FESTIVALS:
        new_year = (festival - date(1970, 1, 1)).days
        if day <= new_year + after - 1:
            return max(day, new_year - before), new_year + after
    return None
