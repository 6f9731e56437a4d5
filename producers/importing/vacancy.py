"""A row as a station's posting, or everything that is wrong with it."""

from collections.abc import Callable
from collections.abc import Mapping as Named
from typing import Any, Final, NamedTuple, TypeVar

from events.codec import ce_type, decode_fact, encode
from events.facts import JobPosted
from events.rejections import Rejection
from events.values import Interval, Pay, Perk, Place, Settlement
from matching.lawful import check_posting
from producers.importing import cells, when
from producers.importing.identity import code_of, employer_code
from producers.importing.mapping import Mapping
from producers.importing.rows import Problem, Row
from producers.importing.words import plain, unit_in, words
from producers.outbox.station import Station

T = TypeVar("T")
Coordinates = tuple[float, float]
OccupationOf = Callable[[str], str | None]

_COLUMNS: Final = {
    "shifts": "hours",
    "employment_kind": "kind",
    "accepts_crews": "crews",
    "expires_at": "expires",
}
"""The columns of fields that are called otherwise in the contract."""
_SINGLE_PERKS: Final[tuple[Perk, ...]] = ("meal", "lodging", "pickup", "insurance")
_IDENTITY: Final = ("employer", "employer_id", "title", "place", "shifts", "dates", "hours")


class World(NamedTuple):
    """What rows are read by: who posts, how columns map, where places are, what a title is.

    `home` is the station's own place, for rows that name none.
    """

    station: Station
    feed: str
    mapping: Mapping
    days: when.Days
    places: Named[str, Coordinates]
    home: Place | None
    occupation_of: OccupationOf


class Vacancy(NamedTuple):
    """A row's posting, its job id without a generation; None when something is wrong with it."""

    row: int
    key: str
    posted: JobPosted | None
    problems: tuple[Problem, ...]


def read_vacancy(row: Row, fields: Named[str, str], world: World) -> Vacancy:
    """The vacancy of a row; `fields` has the heading of each field."""
    reading = _Reading(row, fields, world)
    key = reading.key()
    if row.fault is not None:
        fault = Problem(row.number, row.fault.field, row.fault)
        return Vacancy(row.number, "" if row.raw else key, None, (fault,))
    posted = reading.posting(f"{world.station.name}.{world.feed}.{key}")
    return Vacancy(row.number, key, posted, tuple(reading.problems))


class _Reading:
    """Reads a row's cells one after the other and gathers what is wrong in them."""

    def __init__(self, row: Row, fields: Named[str, str], world: World) -> None:
        self.problems: list[Problem] = []
        self._row = row
        self._fields = fields
        self._world = world

    def key(self) -> str:
        """What tells the row from others, now and in the next version of the file."""
        if stated := self._cell("key"):
            return code_of(plain(stated))
        return code_of("\n".join(plain(self._cell(field)) for field in _IDENTITY), stated=False)

    def posting(self, job_id: str) -> JobPosted | None:
        """The posting; None when there are problems."""
        self._refuse_sex()
        title = self._required("title", plain)
        employer = self._employer()
        shifts = self._take("dates", self._shifts)
        pay = self._take("pay", self._pay)
        place = self._take("place", self._place)
        headcount = self._required("headcount", cells.headcount)
        perks = self._perks()
        age = self._age()
        kind = self._word("kind", words().kinds)
        certificates = self._codes("certificates", words().certificates)
        skills = self._codes("skills", words().skills)
        crews = self._optional("crews", cells.yes)
        expires = self._optional("expires", lambda c: when.moment_ms(c, self._world.days))
        if any(not problem.is_note for problem in self.problems):
            return None
        assert title
        assert employer
        assert shifts
        assert pay
        assert place
        assert headcount is not None
        posted = JobPosted(
            job_id=job_id,
            zone=self._world.station.zone,
            station_id=self._world.station.name,
            employer_id=employer,
            title=title,
            shifts=shifts,
            pay=pay,
            place=place,
            occupation=self._world.occupation_of(title),
            employment_kind=kind or "gig",
            headcount=headcount,
            perks=perks,
            minimum_age=age or 16,
            accepts_crews=bool(crews),
            expires_at=expires,
            certificates=certificates,
            skills=skills,
        )
        return posted if self._is_lawful(posted) else None

    def _is_lawful(self, posted: JobPosted) -> bool:
        """Whether the market would take it; what it would say is a problem of the column."""
        try:
            decode_fact(ce_type(posted), encode(posted))
            self._world.station.check(posted)
            check_posting(posted)
        except Rejection as wrong:
            step = wrong.field.split(".")[0].split("[")[0]
            self._add(_COLUMNS.get(step, step), wrong)
            return False
        return True

    def _cell(self, field: str) -> str:
        heading = self._fields.get(field, "")
        return self._row.cells.get(heading, "") or self._world.mapping.defaults.get(field, "")

    def _heading(self, field: str) -> str:
        """The column's name; for a field without a column, what it is usually called."""
        return self._fields.get(field) or words().headings.get(field, (field,))[0]

    def _add(self, field: str, wrong: Rejection, *, note: bool = False) -> None:
        heading = self._heading(field)
        why = wrong if wrong.field else moved(wrong, heading)
        self.problems.append(Problem(self._row.number, heading, why, note))

    def _take(self, field: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Rejection as wrong:
            # A part that reads several columns names the one at fault by its field.
            at = wrong.field if wrong.field in words().headings else field
            self._add(at, moved(wrong))
            return None

    def _optional(self, field: str, parse: Callable[[str], T]) -> T | None:
        cell = self._cell(field)
        return self._take(field, lambda: parse(cell)) if cell else None

    def _required(self, field: str, parse: Callable[[str], T]) -> T | None:
        if not self._cell(field):
            self._add(field, Rejection("cell_missing"))
            return None
        return self._optional(field, parse)

    def _must(self, field: str) -> str:
        """A cell that must be there, for parts that read several."""
        if cell := self._cell(field):
            return cell
        raise Rejection("cell_missing", field)

    def _at(self, field: str, parse: Callable[[str], T]) -> T:
        """A cell that must be there, parsed; what is wrong with it is said of its own column."""
        cell = self._must(field)
        try:
            return parse(cell)
        except Rejection as wrong:
            raise moved(wrong, field) from None

    def _refuse_sex(self) -> None:
        cell = self._cell("sex")
        if cell and not cells.is_any(cell):
            self._add("sex", Rejection("discrimination"))

    def _employer(self) -> str | None:
        if stated := self._cell("employer_id"):
            return plain(stated)
        return self._required("employer", lambda name: employer_code(plain(name)))

    def _word(self, field: str, known: Named[cells.W, tuple[str, ...]]) -> cells.W | None:
        return self._optional(field, lambda cell: cells.word(cell, known))

    def _shifts(self) -> tuple[Interval, ...]:
        if self._cell("shifts"):
            return self._at("shifts", when.listed_shifts)
        first, begin = when.day_and_hour(self._must("dates"))
        last, end = when.day_and_hour(self._cell("end_date"))
        days = self._at("dates", lambda _: self._world.days.find(first))
        if last:
            until = self._at("end_date", lambda _: self._world.days.one(last))
            days = self._at("end_date", lambda _: when.days_between(days[0], until))
        if self._cell("weekdays"):
            wanted = self._at("weekdays", when.weekdays)
            days = [day for day in days if day.weekday() in wanted]
        if not days:
            raise Rejection("no_days_left", "weekdays")
        return when.shifts(days, self._hours(begin, end))

    def _hours(self, begin: str, end: str) -> list[when.Hours]:
        if self._cell("end_hour"):
            until = self._cell("end_hour")
            return self._at("hours", lambda start: when.from_to(start, until))
        if begin and end and not self._cell("hours"):
            return when.from_to(begin, end)
        return self._at("hours", when.hours)

    def _pay(self) -> Pay:
        unit = unit_in(self._heading("pay"))
        if self._cell("pay_unit"):
            unit = self._at("pay_unit", lambda cell: cells.word(cell, words().units))
        amount = self._at("pay", lambda cell: cells.pay(cell, unit))
        if amount.highest is not None:
            self._add("pay", Rejection("pay_range", value=self._cell("pay")[:40]), note=True)
        settled = self._word("settlement", words().settlements) or amount.settlement
        usual: Settlement = "monthly" if amount.unit == "month" else "daily"
        return Pay(
            amount_fen=amount.fen,
            unit=amount.unit,
            settlement=settled or usual,
            pieces_per_day=self._optional("pieces_per_day", cells.whole),
        )

    def _place(self) -> Place:
        name = plain(self._cell("place"))
        if self._cell("lat") or self._cell("lon"):
            lat = self._at("lat", cells.degrees)
            lon = self._at("lon", cells.degrees)
            return Place(lat=lat, lon=lon, name=name)
        known = {**self._world.places, **self._world.mapping.places}
        if near := max((one for one in known if one and one in name), key=len, default=""):
            lat, lon = known[near]
            return Place(lat=lat, lon=lon, name=name)
        if name or self._world.home is None:
            self._must("place")
            raise Rejection("place_unknown", value=name[:40])
        return self._world.home

    def _perks(self) -> tuple[Perk, ...]:
        found, left = self._optional("perks", cells.perks) or ([], [])
        if left:
            told = Rejection("perk_not_published", value="、".join(left)[:60])
            self._add("perks", told, note=True)
        stated = {one: self._optional(one, cells.yes) for one in _SINGLE_PERKS}
        return tuple(
            one for one in _SINGLE_PERKS if stated[one] or (one in found and stated[one] is None)
        )

    def _age(self) -> int | None:
        lowest, has_upper = self._optional("minimum_age", cells.minimum_age) or (None, False)
        if has_upper:
            self._add("minimum_age", Rejection("upper_age"), note=True)
        return lowest

    def _codes(self, field: str, known: Named[str, tuple[str, ...]]) -> tuple[str, ...]:
        own = self._world.mapping.words
        return tuple(self._optional(field, lambda cell: cells.codes(cell, known, own)) or ())


def moved(wrong: Rejection, field: str = "") -> Rejection:
    """The same said of another field."""
    details: Any = wrong.details
    return Rejection(wrong.code, field, **details)
