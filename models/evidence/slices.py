"""Parts of the offers that a model should be as good on: when, where, what, and for whom."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from models.dataset import Dataset, Labels

LOCAL: Final = ZoneInfo("Asia/Shanghai")
_SEASONS: Final = ("winter", "spring", "summer", "autumn")
NEW_EMPLOYER_POSTINGS: Final = 3
"""An employer is new in their first postings of the log."""


class Slice(NamedTuple):
    """Some of the offers: what they have in common, and which they are."""

    kind: str
    name: str
    rows: Labels


def slices(data: Dataset) -> Iterator[Slice]:
    """By season, station, occupation, and by how new worker and employer are."""
    yield from _by("season", [season(int(at)) for at in data.times], _SEASONS)
    yield from _by("station", _texts(data, "station_id"))
    yield from _by("occupation", _texts(data, "occupation"))
    new = data.column("answers_before") == 0
    yield Slice("worker", "new: never answered before", new)
    yield Slice("worker", "known", ~new)
    new = data.column("postings_before") < NEW_EMPLOYER_POSTINGS
    yield Slice("employer", f"new: first {NEW_EMPLOYER_POSTINGS} postings", new)
    yield Slice("employer", "known", ~new)


def season(at: int) -> str:
    """The season of a moment by the month in China: spring is March to May."""
    month = datetime.fromtimestamp(at / 1000, LOCAL).month
    return _SEASONS[month % 12 // 3]


def _texts(data: Dataset, name: str) -> list[str]:
    return [value if value is not None else "(none)" for value in data.column(name)]


def _by(kind: str, values: list[str], order: tuple[str, ...] | None = None) -> Iterator[Slice]:
    array = np.array(values, np.str_)
    present = sorted(set(values)) if order is None else [one for one in order if one in values]
    for value in present:
        yield Slice(kind, value, array == value)
