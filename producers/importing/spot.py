"""The columns that jobs and workers have in common: days and hours, and a place."""

import re
from collections.abc import Callable
from collections.abc import Mapping as Named
from typing import Final, NamedTuple

from events.rejections import Rejection
from events.values import Interval, Place
from producers.importing import cells, when
from producers.importing.mapping import Mapping
from producers.importing.rowreader import RowReader
from producers.importing.rows import Row
from producers.importing.words import plain
from producers.outbox.station import Station

_ELSEWHERE: Final = re.compile(
    r"[省旗]|自治[区州]|(?<![超夜])市(?!场)|县(?![城道])|(?<![城景园小社新库矿片业假发])区"
)
"""What ends the name of a province, a city or a county, and is no market, estate or new town."""

_OF_TOWNS: Final = ("镇", "乡", "街道")
"""What a clerk leaves out who writes no more than a town's name."""

Coordinates = tuple[float, float]
OccupationOf = Callable[[str], str | None]


class World(NamedTuple):
    """What rows are read by: who speaks, how columns map, where places are, what a title is.

    `home` is the station's own place, for rows that name none, and `around` what its county is
    called, and what that belongs to; empty where nobody knows.
    """

    station: Station
    feed: str
    mapping: Mapping
    days: when.Days
    places: Named[str, Coordinates]
    home: Place | None
    around: tuple[str, ...]
    occupation_of: OccupationOf


class SpotReader(RowReader):
    """Reads when and where. Methods raise Rejection with the field at fault."""

    def __init__(self, row: Row, fields: Named[str, str], world: World) -> None:
        super().__init__(row, fields, world.mapping.defaults, world.mapping.headings)
        self._world = world

    def stretches(self, usual: str = "") -> tuple[Interval, ...]:
        """The shifts of a job or windows of a worker; `usual` are the hours if none are given."""
        if self.cell("shifts"):
            return self.at("shifts", when.listed_shifts)
        first, begin = when.day_and_hour(self.must("dates"))
        last, end = when.day_and_hour(self.cell("end_date"))
        days = self.at("dates", lambda _: self._world.days.find(first))
        if last:
            until = self.at("end_date", lambda _: self._world.days.one(last))
            days = self.at("end_date", lambda _: when.days_between(days[0], until))
            if self._is_by_moments(begin, end) and when.from_to(begin, end)[0].end > when.DAY_MIN:
                days = days[:-1] or days  # the last night ends on that day, and none begins
        if self.cell("weekdays"):
            wanted = self.at("weekdays", when.weekdays)
            days = [day for day in days if day.weekday() in wanted]
        if not days:
            raise Rejection("no_days_left", "weekdays")
        return when.shifts(days, self._hours(begin, end, usual))

    def _hours(self, begin: str, end: str, usual: str) -> list[when.Hours]:
        if self.cell("end_hour"):
            until = self.cell("end_hour")
            return self.at("hours", lambda start: when.from_to(start, until))
        if self._is_by_moments(begin, end):
            return when.from_to(begin, end)
        if usual and not self.cell("hours"):
            return when.hours(usual)
        return self.at("hours", when.hours)

    def _is_by_moments(self, begin: str, end: str) -> bool:
        """Whether the hours stand behind the dates, and nowhere else."""
        return bool(begin and end) and not (self.cell("hours") or self.cell("end_hour"))

    def spot(self) -> Place:
        """Where it is: by coordinates, by a known name, or the station's own place."""
        name = plain(self.cell("place"))
        if self.cell("lat") or self.cell("lon"):
            lat = self.at("lat", cells.degrees)
            lon = self.at("lon", cells.degrees)
            return Place(lat=lat, lon=lon, name=name)
        known = {**self._world.places, **self._world.mapping.places}
        whole = next((name + end for end in _OF_TOWNS if name + end in known), name)
        near = max((one for one in known if one and one in whole), key=len, default="")
        if near and (near in self._world.mapping.places or self._is_here(whole, near)):
            lat, lon = known[near]
            return Place(lat=lat, lon=lon, name=name)
        if name or self._world.home is None:
            self.must("place")
            raise Rejection("place_unknown", value=name[:40])
        return self._world.home

    def _is_here(self, name: str, near: str) -> bool:
        """Whether an address with a place of ours in it is in our county.

        Many a county has its 胜利街道; one before which nobody else's is named is ours.
        """
        before = name[: name.index(near)]
        for one in sorted(self._world.around, key=len, reverse=True):
            before = before.replace(one, "").replace(one[:-1], "")
        return not self._world.around or _ELSEWHERE.search(before) is None

    def codes(self, field: str, known: Named[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The codes of a cell's words: those known, and the mapping's."""
        own = self._world.mapping.words
        return tuple(self.optional(field, lambda cell: cells.codes(cell, known, own)) or ())
