"""A row as a station's posting, or everything that is wrong with it."""

from collections.abc import Mapping as Named
from typing import Final, NamedTuple

from events.codec import ce_type, decode_fact, encode
from events.facts import LONGEST_NAME, JobPosted
from events.rejections import Rejection
from events.values import Pay, Perk, Settlement
from matching.lawful import check_posting
from matching.terms import pay_fen_day
from producers.importing import cells, when
from producers.importing.identity import code_of, digest, employer_code, is_personal
from producers.importing.perks import read_perks
from producers.importing.rows import Problem, Row
from producers.importing.spot import SpotReader, World
from producers.importing.words import plain, unit_in, words

_COLUMNS: Final = {
    "shifts": "hours",
    "employment_kind": "kind",
    "accepts_crews": "crews",
    "expires_at": "expires",
    "employer_name": "employer",
}
"""The columns of fields that are called otherwise in the contract."""
_SINGLE_PERKS: Final[tuple[Perk, ...]] = ("meal", "lodging", "pickup", "insurance")
_UNUSUAL_FEN_DAY: Final = 200_000
"""2,000 yuan a day: a day's unit behind a month's pay, more often than a day's pay."""
_IDENTITY: Final = ("employer_id", "title", "place", "shifts", "dates", "hours")


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


class _Reading(SpotReader):
    """Reads a row as a posting."""

    def key(self) -> str:
        """What tells the row from others, now and in the next version of the file."""
        if stated := self.cell("key"):
            return code_of(plain(stated))
        employer = plain(self.cell("employer"))
        who = employer_code(employer) if is_personal(employer) else employer
        return digest("\n".join([who, *(plain(self.cell(field)) for field in _IDENTITY)]))

    def posting(self, job_id: str) -> JobPosted | None:
        """The posting; None when there are problems."""
        self._refuse_sex()
        title = self.required("title", plain)
        employer = self._employer()
        shifts = self.take("dates", self.stretches)
        pay = self.take("pay", self._pay)
        place = self.take("place", self.spot)
        headcount = self.required("headcount", cells.headcount)
        perks = self._perks()
        age = self._age()
        kind = self.word("kind", words().kinds)
        certificates = self.codes("certificates", words().certificates)
        skills = self.codes("skills", words().skills)
        crews = self.optional("crews", cells.yes)
        expires = self.optional("expires", lambda c: when.moment_ms(c, self._world.days))
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
            employer_name=self._employer_name(),
            certificates=certificates,
            skills=skills,
        )
        self._look_again(posted)
        return posted if self._is_lawful(posted) else None

    def _look_again(self, posted: JobPosted) -> None:
        """Note a pay that is rather of a month, or of all the work, than of a day."""
        a_day = pay_fen_day(posted.pay, posted.shifts)
        if a_day > _UNUSUAL_FEN_DAY:
            told = Rejection("pay_unusual", value=self.cell("pay")[:40], yuan=a_day // 100)
            self.add("pay", told, note=True)

    def _is_lawful(self, posted: JobPosted) -> bool:
        """Whether the market would take it; what it would say is a problem of the column."""
        try:
            decode_fact(ce_type(posted), encode(posted))
            self._world.station.check(posted)
            check_posting(posted)
        except Rejection as wrong:
            step = wrong.field.split(".")[0].split("[")[0]
            self.add(_COLUMNS.get(step, step), wrong)
            return False
        return True

    def _refuse_sex(self) -> None:
        cell = self.cell("sex")
        if cell and not cells.is_any(cell):
            self.add("sex", Rejection("discrimination"))

    def _employer(self) -> str | None:
        if stated := self.cell("employer_id"):
            return plain(stated)
        return self.required("employer", lambda name: employer_code(plain(name)))

    def _employer_name(self) -> str | None:
        """What a business is called; of a person only the id is published."""
        name = plain(self.cell("employer"))[:LONGEST_NAME]
        return None if not name or is_personal(name) else name

    def _pay(self) -> Pay:
        unit = unit_in(self.heading("pay"))
        if self.cell("pay_unit"):
            unit = self.at("pay_unit", lambda cell: cells.word(cell, words().units))
        amount = self.at("pay", lambda cell: cells.pay(cell, unit))
        if amount.highest is not None:
            self.add("pay", Rejection("pay_range", value=self.cell("pay")[:40]), note=True)
        settled = self.word("settlement", words().settlements) or amount.settlement
        usual: Settlement = "monthly" if amount.unit == "month" else "daily"
        return Pay(
            amount_fen=amount.fen,
            unit=amount.unit,
            settlement=settled or usual,
            pieces_per_day=self.optional("pieces_per_day", cells.whole),
        )

    def _perks(self) -> tuple[Perk, ...]:
        found, left = self.optional("perks", read_perks) or ([], [])
        beside, left_beside = cells.perks_beside(self.cell("pay"))
        found += beside
        for field, pieces in (("perks", left), ("pay", left_beside)):
            if pieces:
                told = Rejection("perk_not_published", value="、".join(pieces)[:60])
                self.add(field, told, note=True)
        stated = {one: self.optional(one, cells.yes) for one in _SINGLE_PERKS}
        return tuple(
            one for one in _SINGLE_PERKS if stated[one] or (one in found and stated[one] is None)
        )

    def _age(self) -> int | None:
        lowest, has_upper = self.optional("minimum_age", cells.minimum_age) or (None, False)
        if has_upper:
            self.add("minimum_age", Rejection("upper_age"), note=True)
        return lowest
