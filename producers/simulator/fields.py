"""Whoever has a field of their own is on it when it is ripe: rapeseed in May, rice in September.

Who has one, and which days it takes, are assumptions.
"""

from datetime import date
from functools import lru_cache
from random import Random
from typing import Final

from producers.simulator.calendar import date_of
from producers.simulator.people import Person

IN_TOWN: Final = frozenset({"00", "01", "02", "03"})
"""Stations whose people live in the city: few have a field."""
HAS_FIELD: Final = 0.6
HAS_FIELD_IN_TOWN: Final = 0.1
HARVESTS: Final = (((5, 6), 12), ((9, 1), 18))
"""The first (month, day) on which a field may be ripe, and within how many days it is."""
SHORTEST_DAYS: Final = 2
LONGEST_DAYS: Final = 6


def on_own_field(seed: int, person: Person, day: int) -> bool:
    """Whether a person brings in their own harvest on a local day."""
    when = date_of(day)
    if not any(month == when.month for (month, _), _ in HARVESTS):
        return False
    return any(
        first <= day <= last
        for first, last in _days(seed, person.worker_id, _is_in_town(person), when.year)
    )


def _is_in_town(person: Person) -> bool:
    return person.station.number in IN_TOWN


@lru_cache(maxsize=20_000)
def _days(seed: int, worker_id: str, in_town: bool, year: int) -> tuple[tuple[int, int], ...]:
    """The first and last day of each harvest of a person in a year; none without a field."""
    if Random(f"{seed}/field/{worker_id}").random() >= (
        HAS_FIELD_IN_TOWN if in_town else HAS_FIELD
    ):
        return ()
    rng = Random(f"{seed}/harvest/{worker_id}/{year}")
    stays = []
    for (month, first), within in HARVESTS:
        ripe = (date(year, month, first) - date(1970, 1, 1)).days + rng.randrange(within)
        stays.append((ripe, ripe + rng.randint(SHORTEST_DAYS, LONGEST_DAYS) - 1))
    return tuple(stays)
