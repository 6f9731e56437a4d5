"""The public holidays of China on which work pays three times: the days of the law.

`public_holidays.json` holds them with their source, from 2024 to 2050: data that no library's
update changes, so that a log is replayed alike for ever. The days off that are decreed around them
each autumn are not among them.
"""

from datetime import date
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from events.facts import JobPosted
from matching.days import day_in_china, day_number


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: dict[str, str]
    days: dict[str, tuple[str, ...]]


_DECODER: Final = msgspec.json.Decoder(_File)


def begins_on_holiday(posted: JobPosted) -> bool:
    """Whether a shift of a job begins on a public holiday."""
    return any(day_in_china(shift.start) in public_holidays() for shift in posted.shifts)


@cache
def public_holidays() -> frozenset[int]:
    """The holidays as numbered days."""
    content = resources.files("matching").joinpath("public_holidays.json").read_bytes()
    years = _DECODER.decode(content).days
    return frozenset(
        day_number(date.fromisoformat(f"{year}-{day}"))
        for year, days in years.items()
        for day in days
    )
