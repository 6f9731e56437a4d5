"""Until when a wage claim is to be settled: working days as China has them."""

from functools import cache

from holidays import HolidayBase, country_holidays

from events.facts import ClaimKind
from events.values import LATEST_MS
from matching.days import CHINA_MS, DAY_MS, date_of, day_in_china
from matching.limits import limits


def said_at(now: int, time: int | None, stamped_at: int) -> int:
    """When a claim was opened or closed, UTC ms: by the market's clock, or later by the fact's own.

    The market's clock, `now`, stands still while no matcher runs. The fact's `time` counts until
    its record was `stamped_at`, so a clock that is ahead moves nothing beyond that; without a time
    it is that.
    """
    said = stamped_at if time is None else min(time, stamped_at)
    return max(now, min(said, LATEST_MS))


def due_at(kind: ClaimKind, zone: str, opened_at: int) -> int:
    """The last millisecond, UTC, in which a claim of a zone is settled in time.

    That is the end of a day in China: for a simple one the day it was opened on, whichever day that
    is, for a larger one so many working days later (`matching/limits.json`).
    """
    last = day_in_china(opened_at)
    if kind == "larger":
        last = _after(last, limits(zone, opened_at).value("wage_claim"))
    return (last + 1) * DAY_MS - CHINA_MS - 1


def _after(day: int, working_days: int) -> int:
    """A numbered day so many working days later: the day itself is none (Civil Code art. 201)."""
    found = _china().get_nth_working_day(date_of(day), working_days)
    return day + (found - date_of(day)).days


@cache
def _china() -> HolidayBase:
    """Public holidays and the weekends that are worked for them, as far as they are decreed."""
    return country_holidays("CN")
