"""What the law, or the market where the law is silent, allows: data with their source.

`limits.json` holds one entry for each limit, zone and date. A zone is a county code, the beginning
of one (`51` is Sichuan) or `*`. Of the entries of a kind and scope that are in force on a day, the
one of the longest zone holds, of equal ones the newest.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Final, Literal

import msgspec

from events.values import EmploymentKind
from matching.days import HOUR_MS, date_of, day_in_china

Kind = Literal[
    "minimum_age",
    "minimum_age_hazardous",
    "maximum_age_hazardous",
    "daily_hours",
    "daily_overtime",
    "weekly_hours",
    "monthly_overtime",
    "overtime_pay",
    "rest",
    "part_time_daily_hours",
    "part_time_weekly_hours",
    "pay_period",
    "minimum_pay_hour",
    "minimum_pay_month",
    "wage_claim",
]
_EVERYWHERE: Final = "*"


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One limit from a day in China on, and where it stands.

    `scope` tells entries of one kind apart that hold side by side. `employment_kinds` are those it
    holds for, all when there are none; occupations are beginnings of codes. `assumed` marks a
    figure that no law gives or that still has to be checked against one.
    """

    kind: Kind
    zone: str
    since: date = msgspec.field(name="from")
    value: int
    unit: Literal["year", "hour", "day", "working_day", "percent", "fen"]
    source: dict[str, str]
    scope: str = ""
    assumed: bool = False
    employment_kinds: tuple[EmploymentKind, ...] = ()
    occupations: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()

    def covers(self, zone: str, day: date) -> bool:
        """Whether the limit is in force in a zone on a day."""
        return self.since <= day and self._reach(zone) >= 0

    def holds_for(self, employment_kind: EmploymentKind | None) -> bool:
        """Whether it holds for a kind of employment; None stands for any."""
        kinds = self.employment_kinds
        return employment_kind is None or not kinds or employment_kind in kinds

    def is_hazard(
        self, occupation: str, skills: Iterable[str], certificates: Iterable[str]
    ) -> bool:
        """Whether work with this occupation, skills or certificates is named by the limit."""
        return (
            occupation.startswith(self.occupations)
            or any(code in self.skills for code in skills)
            or any(code in self.certificates for code in certificates)
        )

    def weight(self, zone: str) -> tuple[int, date]:
        """What decides between entries in force: the closer, then the newer."""
        return self._reach(zone), self.since

    def _reach(self, zone: str) -> int:
        if self.zone == _EVERYWHERE:
            return 0
        return len(self.zone) if zone.startswith(self.zone) else -1


class Limits:
    """The limits in force in a zone on a day.

    `min_rest_ms` is due between the shifts of two days, `max_day_ms` is the longest day's work,
    overtime included; 0 where there is no limit.
    """

    def __init__(self, in_force: tuple[Limit, ...]) -> None:
        self.in_force = in_force
        self.min_rest_ms = self.value("rest") * HOUR_MS
        self.max_day_ms = (self.value("daily_hours") + self.value("daily_overtime")) * HOUR_MS

    def all(self, kind: Kind) -> Iterator[Limit]:
        """Those of a kind: one for each scope."""
        return (limit for limit in self.in_force if limit.kind == kind)

    def of_hazard(
        self,
        kind: Kind,
        occupation: str,
        skills: tuple[str, ...],
        certificates: tuple[str, ...],
    ) -> Iterator[int]:
        """The values of a kind for each hazard that such work has."""
        return (
            limit.value
            for limit in self.all(kind)
            if limit.is_hazard(occupation, skills, certificates)
        )

    def find(self, kind: Kind, employment_kind: EmploymentKind | None = None) -> Limit | None:
        """The one of a kind that holds for a kind of employment; None when there is none."""
        for limit in self.in_force:
            if limit.kind == kind and limit.holds_for(employment_kind):
                return limit
        return None

    def value(self, kind: Kind) -> int:
        """The value of a kind, 0 when there is no limit."""
        limit = self.find(kind)
        return 0 if limit is None else limit.value


def limits(zone: str, at_ms: int) -> Limits:
    """The limits in force in a zone at a time, UTC ms: its day in Asia/Shanghai decides."""
    return _in_force(zone, day_in_china(at_ms))


_DECODER: Final = msgspec.json.Decoder(tuple[Limit, ...])


@cache
def all_limits() -> tuple[Limit, ...]:
    """Every entry of the data file."""
    content = resources.files("matching").joinpath("limits.json").read_bytes()
    return _DECODER.decode(content)


@lru_cache(maxsize=4096)
def _in_force(zone: str, day: int) -> Limits:
    when = date_of(day)
    found: dict[tuple[Kind, str], Limit] = {}
    for limit in all_limits():
        if limit.covers(zone, when):
            key = (limit.kind, limit.scope)
            known = found.get(key)
            if known is None or known.weight(zone) < limit.weight(zone):
                found[key] = limit
    return Limits(tuple(found.values()))
