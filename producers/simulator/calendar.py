"""The town's day and year: local hours, how busy an hour is, what a month needs."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Final

from holidays import HolidayBase, country_holidays

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

NEW_YEAR: Final = "Spring Festival"
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


@lru_cache(maxsize=1_000)
def is_holiday(day: int) -> bool:
    """Whether a local day is a public holiday of China."""
    return date_of(day) in _holidays(date_of(day).year)


@lru_cache(maxsize=100)
def new_year_of(year: int) -> int:
    """The local day on which the lunar year begins in a year."""
    festivals = _holidays(year).get_named(NEW_YEAR, lookup="icontains")
    return (min(festivals) - date(1970, 1, 1)).days


def home_stay(day: int, rng: Random) -> tuple[int, int]:
    """The first and last day at home of somebody who works far away, from a day on.

    They come back in the four weeks before the New Year and leave by the Lantern Festival.
    """
    before, after = rng.randint(3, 28), rng.randint(6, 15)
    year = date_of(day).year
    for new_year in (new_year_of(year), new_year_of(year + 1)):
        if day <= new_year + after - 1:
            break
    return max(day, new_year - before), new_year + after


@lru_cache(maxsize=100)
def _holidays(year: int) -> HolidayBase:
    """The public holidays of a year; those not decreed yet as the rules have them."""
    return country_holidays("CN", years=year, language="en_US", expand=False)
