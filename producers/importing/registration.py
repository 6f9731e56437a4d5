"""A row as a worker's availability and contact, or everything that is wrong with it.

The phone number and the name are for the sealed store of contacts; nothing else has them.
"""

import re
from collections.abc import Mapping as Named
from pathlib import Path
from typing import Final, NamedTuple

from events.codec import ce_type, decode_fact, encode
from events.facts import WorkerAvailable
from events.rejections import Rejection
from events.values import Channel, Skill
from producers.importing import cells
from producers.importing.reading import read_rows
from producers.importing.rows import Problem, Row, Table
from producers.importing.spot import SpotReader, World
from producers.importing.words import plain, words

USUAL_HOURS: Final = "6:00-20:00"
_COLUMNS: Final = {
    "worker_id": "key",
    "windows": "dates",
    "pay_floor_fen_day": "floor",
    "max_distance_km": "distance",
    "occupations": "wanted",
}
"""The columns of fields that are called otherwise in the contract."""
_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{4,18}[0-9]")
_SEPARATORS: Final = re.compile(r"[、,，;；/\s]+")


class Registration(NamedTuple):
    """A row's availability, None when something is wrong with it, and the contact as it stands."""

    row: int
    said: WorkerAvailable | None
    phone: str
    name: str
    problems: tuple[Problem, ...]


class Registrations(NamedTuple):
    """A file's rows as a table and as registrations, and the problems of both."""

    table: Table
    registrations: list[Registration]
    problems: list[Problem]


def read_workers(path: Path, world: World) -> Registrations:
    """Read a file of workers. What is wrong with it is a problem of row 0. Raises OSError."""
    table, fields, problems = read_rows(path, world.mapping)
    rows: dict[str, int] = {}
    registrations = []
    for row in table.rows:
        found = read_registration(row, fields, world)
        first = (
            row.number if found.said is None else rows.setdefault(found.said.worker_id, row.number)
        )
        if first != row.number:
            again = Problem(row.number, "", Rejection("row_repeated", row=first))
            found = found._replace(said=None, problems=(again,))
        registrations.append(found)
        problems += found.problems
    return Registrations(table, registrations, problems)


def read_registration(row: Row, fields: Named[str, str], world: World) -> Registration:
    """The registration of a row; `fields` has the heading of each field."""
    if row.fault is not None:
        fault = Problem(row.number, row.fault.field, row.fault)
        return Registration(row.number, None, "", "", (fault,))
    reading = _Reading(row, fields, world)
    phone = reading.optional("phone", _phone) or ""
    said = reading.availability()
    name = plain(reading.cell("name"))
    return Registration(row.number, said, phone, name, tuple(reading.problems))


class _Reading(SpotReader):
    """Reads a row as an availability."""

    def availability(self) -> WorkerAvailable | None:
        """What the worker says; None when there are problems."""
        worker_id = self.required("key", plain)
        windows = self.take("dates", lambda: self.stretches(USUAL_HOURS))
        place = self.take("place", self.spot)
        floor = self.optional("floor", _floor)
        distance = self.optional("distance", cells.whole)
        mode = self.word("travel_mode", words().travel_modes)
        born = self.optional("birth_year", cells.whole)
        channels = self.optional("channels", _channels)
        skills = self.codes("skills", words().skills)
        certificates = self.codes("certificates", words().certificates)
        wanted = self._occupations()
        if any(not problem.is_note for problem in self.problems):
            return None
        assert worker_id
        assert windows
        assert place
        said = WorkerAvailable(
            worker_id=worker_id,
            zone=self._world.station.zone,
            station_id=self._world.station.name,
            windows=windows,
            place=place,
            skills=tuple(Skill(code=code, level=2) for code in skills),
            occupations=wanted,
            certificates=certificates,
            max_distance_km=20.0 if distance is None else float(distance),
            pay_floor_fen_day=floor or 0,
            travel_mode=mode or "ebike",
            birth_year=born,
            channels=channels or ("call",),
        )
        return self._checked(said)

    def _checked(self, said: WorkerAvailable) -> WorkerAvailable | None:
        """As the market will read it; what it would refuse is a problem of the column."""
        try:
            read = decode_fact(ce_type(said), encode(said))
        except Rejection as wrong:
            step = wrong.field.split(".")[0].split("[")[0]
            self.add(_COLUMNS.get(step, step), wrong)
            return None
        assert isinstance(read, WorkerAvailable)
        return read

    def _occupations(self) -> tuple[str, ...]:
        """The occupations that the normaliser is sure of; other wishes are noted."""
        found: dict[str, None] = {}
        for wish in filter(None, _SEPARATORS.split(plain(self.cell("wanted")))):
            code = self._world.occupation_of(wish)
            if code is None:
                unsure = Rejection("occupation_unsure", value=wish[:40])
                self.add("wanted", unsure, note=True)
            else:
                found[code] = None
        return tuple(found)


def _phone(cell: str) -> str:
    """A phone number as it stands; a refusal does not repeat it."""
    text = plain(cell)
    if not _PHONE.fullmatch(text):
        raise Rejection("phone_unreadable")
    return text


def _floor(cell: str) -> int:
    """Fen a day."""
    amount = cells.pay(cell, "day")
    if amount.unit != "day":
        raise Rejection("floor_not_daily")
    return amount.fen


def _channels(cell: str) -> tuple[Channel, ...]:
    """Ways to reach somebody, the first first."""
    parts = filter(None, _SEPARATORS.split(plain(cell)))
    return tuple(dict.fromkeys(cells.word(part, words().channels) for part in parts))
