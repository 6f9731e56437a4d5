"""Real gig data as events: the photo tasks and members of contest CUMCM 2017, problem B.

The data may not be shipped, so the folder is an argument. What it does not say is assumed here,
in one place:

- all of it is one zone (`440100` unless told otherwise), its members travel by motorbike;
- a task takes half an hour, in a slot of the working day 08:00-20:00 local time; slots are dealt
  in the order of the file, so neighbours in the file do not collide;
- `new_tasks.csv` has no prices: the median of `tasks.csv` is used;
- a member goes up to 30 km and takes any price; their task quota is `max_bookings`, and a member
  with a quota of 0 is left out, because they may not take tasks at all (the data has none);
- members can work from when their booking opens on the day until 22:00; their reputation is not
  used, nor whether a task was completed: both were measured by the rules of another market.
"""

import csv
import statistics
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from events.codec import ce_type, decode_fact, encode
from events.facts import JobPosted, WorkerAvailable
from events.phrases import translated
from events.rejections import Rejection
from events.texts import LANGUAGES
from events.values import Interval, Pay, Place
from gigmatch.errors import SaidError, in_each_language

ZONE: Final = "440100"
SOURCE: Final = "/imports/crowd-tasks"
MAX_DISTANCE_KM: Final = 30.0
OPENS_HOUR: Final = 8
SLOTS_A_DAY: Final = 24
SLOT_MS: Final = 30 * 60_000
CHINA: Final = timedelta(hours=8)
_COLUMNS: Final = {
    "worker_id": "member_id",
    "job_id": "task_id",
    "place": "lat, lon",
    "pay": "price_cny",
    "windows": "booking_opens_at",
}

F = TypeVar("F", JobPosted, WorkerAvailable)
Row = dict[str, str]


class Problem(NamedTuple):
    """A row that cannot be imported; rows count from 2, after the header. `why` is by language."""

    file: str
    row: int
    column: str
    why: dict[str, str]


class Import(NamedTuple):
    """What a folder holds: facts in the order of publishing, and the rows left out."""

    facts: list[tuple[str, JobPosted | WorkerAvailable]]
    problems: list[Problem]


class _BadCell(Exception):
    def __init__(self, column: str, why: dict[str, str]) -> None:
        super().__init__(why["en"])
        self.column = column
        self.why = why


def _bad(column: str, key: str, value: str = "") -> _BadCell:
    return _BadCell(column, in_each_language(f"crowd.{key}", value=value))


def read_folder(folder: Path, day: date, zone: str = ZONE) -> Import:
    """The members, then the tasks of a folder, for a working day; each with its event id.

    The same folder and day give the same bytes and ids. Raises SaidError for a
    file that is not there.
    """
    reader = _Reader(folder, day)
    members = reader.read("members", lambda row, _: _member(row, day, zone))
    old = reader.read("tasks", lambda row, n: _task(row, n, day, zone, None))
    usual = _median_price(job for _, job in old)
    new = reader.read("new_tasks", lambda row, n: _task(row, len(old) + n, day, zone, usual))
    return Import([*members, *old, *new], reader.problems)


class _Reader:
    """Reads the files of a folder one after the other and gathers what is wrong in them."""

    def __init__(self, folder: Path, day: date) -> None:
        self.problems: list[Problem] = []
        self._folder = folder
        self._day = day
        self._seen: set[str] = set()

    def read(self, name: str, parse: Callable[[Row, int], F | None]) -> list[tuple[str, F]]:
        """The facts of a file, each with its event id."""
        path = self._folder / f"{name}.csv"
        facts: list[tuple[str, F]] = []
        for number, row in enumerate(_rows(path, self.problems)):
            try:
                fact = parse(row, number)
                if fact is not None:
                    _check(fact)
                    id = self._new(_id_of(fact), next(iter(row)))
                    facts.append((f"{name}-{id}-{self._day:%Y%m%d}", fact))
            except _BadCell as bad:
                self.problems.append(Problem(path.name, number + 2, bad.column, bad.why))
        return facts

    def _new(self, id: str, column: str) -> str:
        if id in self._seen:
            raise _bad(column, "twice", id)
        self._seen.add(id)
        return id


def _rows(path: Path, problems: list[Problem]) -> list[Row]:
    if not path.exists():
        raise SaidError("crowd.no_file", path=path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        why = in_each_language("crowd.not_csv", why=translated(str(error)))
        problems.append(Problem(path.name, 0, "", why))
        return []


def _check(fact: JobPosted | WorkerAvailable) -> None:
    """Raise _BadCell for what the market would refuse, named as in the file."""
    try:
        decode_fact(ce_type(fact), encode(fact))
    except Rejection as rejection:
        field = rejection.field.split(".")[0].split("[")[0]
        why = {language: rejection.reason(language, has_paths=False) for language in LANGUAGES}
        raise _BadCell(_COLUMNS.get(field, field), why) from None


def _median_price(jobs: Iterable[JobPosted]) -> int:
    """The median price in fen; that of the published data when there is none."""
    prices = [job.pay.amount_fen for job in jobs]
    return round(statistics.median(prices)) if prices else 6_600


def _member(row: Row, day: date, zone: str) -> WorkerAvailable | None:
    quota = _number(row, "task_quota", int)
    if quota < 0:
        raise _bad("task_quota", "negative")
    if quota == 0:
        return None
    opens = _cell(row, "booking_opens_at")
    try:
        hour, minute, *_ = (int(part) for part in opens.split(":"))
    except ValueError:
        raise _bad("booking_opens_at", "no_time", opens) from None
    begin = _midnight(day) + (hour * 60 + minute) * 60_000
    return WorkerAvailable(
        worker_id=_cell(row, "member_id"),
        zone=zone,
        station_id=f"{zone}-00",
        windows=(Interval(start=begin, end=_midnight(day) + 22 * 3_600_000),),
        place=_place(row),
        max_distance_km=MAX_DISTANCE_KM,
        travel_mode="motorbike",
        max_bookings=min(quota, 10_000),
    )


def _task(row: Row, number: int, day: date, zone: str, price_fen: int | None) -> JobPosted:
    slot = number % SLOTS_A_DAY
    begin = _midnight(day) + OPENS_HOUR * 3_600_000 + slot * SLOT_MS
    return JobPosted(
        job_id=_cell(row, "task_id"),
        zone=zone,
        station_id=f"{zone}-00",
        employer_id="E-crowd",
        title="拍照任务",
        shifts=(Interval(start=begin, end=begin + SLOT_MS),),
        pay=Pay(
            amount_fen=_price(row) if price_fen is None else price_fen,
            unit="piece",
            settlement="on_completion",
            pieces_per_day=1,
        ),
        place=_place(row),
    )


def _place(row: Row) -> Place:
    return Place(lat=_number(row, "lat", float), lon=_number(row, "lon", float))


def _price(row: Row) -> int:
    text = _cell(row, "price_cny")
    try:
        fen = int(Decimal(text) * 100)
    except (InvalidOperation, ValueError, OverflowError):
        raise _bad("price_cny", "no_amount", text) from None
    if fen <= 0:
        raise _bad("price_cny", "no_price", text)
    return fen


N = TypeVar("N", int, float)


def _number(row: Row, column: str, kind: Callable[[str], N]) -> N:
    text = _cell(row, column)
    try:
        return kind(text)
    except ValueError:
        raise _bad(column, "no_number", text) from None


def _cell(row: Row, column: str) -> str:
    value = (row.get(column) or "").strip()
    if not value:
        raise _bad(column, "empty")
    return value


def _id_of(fact: JobPosted | WorkerAvailable) -> str:
    return fact.worker_id if isinstance(fact, WorkerAvailable) else fact.job_id


def _midnight(day: date) -> int:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - CHINA
    return int(begin.timestamp() * 1000)
