"""The open jobs of a zone as the halls of its stations show them, read once for all of them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

import msgspec
import numpy as np
from redis.asyncio import Redis

from events.topics import partition_of
from gateway.access.principals import Station
from gateway.answers.terminal import KioskJob, Work
from gateway.places import KnownStation, known_station
from gateway.reading import ReadModel, UnrankedJob
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import PARTITIONS, index_key, job_key, progress_key
from matching.geo import Vector, km, squared_chord, unit_vector
from models.occupations import answer

MOST_SHOWN: Final = 200
TERMS_S: Final = 15.0
_KEPT_S: Final = 600.0
_PAGE: Final = 200
_NUMBERS: Final = 10_000
_WORK: Final[tuple[tuple[str, Work], ...]] = (
    ("5-", "farm"),
    ("6-29", "building"),
    ("6-", "factory"),
    ("4-02", "carrying"),
    ("4-03", "hospitality"),
    ("4-07", "service"),
    ("4-09", "service"),
    ("4-10", "service"),
)
"""Kinds of work by how the codes of their occupations begin (classification of 2022)."""


class _Line(NamedTuple):
    """A job before it is known how far it is; `employer_id` is for what is known of them."""

    job: KioskJob
    place: Vector
    offset: int
    expires_at: int
    employer_id: str


class _Board(NamedTuple):
    """The open jobs of a zone at `stamp`, their terms at `read` or later."""

    stamp: bytes | None
    read: bytes | None
    read_at: float
    lines: dict[str, _Line]
    blocked: frozenset[str]


class HallJobs:
    """What halls show of jobs. Raises RedisError.

    While a zone's log stands still nothing is read but where it stands. When it has gone on, that
    is which jobs are open and those that are new; the terms of the others, which is most of it,
    once in TERMS_S seconds at most.
    """

    def __init__(
        self, redis: Redis, model: ReadModel, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._model = model
        self._clock = clock
        self._boards: dict[str, _Board] = {}
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def nearest(self, station: Station, now: int) -> tuple[list[KioskJob], int]:
        """The nearest of a zone's open jobs, newer ones before older, and how many more."""
        async with self._reading[station.zone]:
            board = await self._board(station.zone)
        lines = [line for line in board.lines.values() if line.expires_at > now]
        away = _km(lines, known_station(station.station_id))
        order = sorted(range(len(lines)), key=lambda one: (away[one] or 0.0, -lines[one].offset))
        shown = [
            msgspec.structs.replace(
                lines[one].job,
                distance_km=away[one],
                is_stopped=lines[one].employer_id in board.blocked,
            )
            for one in order[:MOST_SHOWN]
        ]
        return shown, len(lines) - len(shown)

    async def _board(self, zone: str) -> _Board:
        """A zone's board as its log stands; of no log nothing is known, so all is read."""
        stamp, at = await self._stamp(zone), self._clock()
        known = self._boards.get(zone)
        is_old = known is not None and stamp != known.read and at - known.read_at >= TERMS_S
        if stamp is None or known is None or is_old:
            known = _Board(stamp, stamp, at, {}, frozenset())
        elif stamp == known.stamp:
            return known
        [market] = await self._model.markets([zone])
        lines = await self._lines(zone, known.lines)
        fresh = known._replace(stamp=stamp, lines=lines, blocked=frozenset(market.blocked))
        kept = {one: board for one, board in self._boards.items() if at - board.read_at < _KEPT_S}
        self._boards = kept | {zone: fresh}
        return fresh

    async def _stamp(self, zone: str) -> bytes | None:
        """How far a zone's partition has been projected: documents change along with it only."""
        partitions = int(await self._redis.get(PARTITIONS) or 1)
        stamp = await self._redis.get(progress_key(partition_of(zone, partitions)))
        return cast("bytes | None", stamp)

    async def _lines(self, zone: str, known: dict[str, _Line]) -> dict[str, _Line]:
        """All open jobs of a zone, those that are known as they are known."""
        found = await cast(Any, self._redis.zrange(index_key("open", zone), 0, -1, withscores=True))
        offsets = {member.decode(): int(offset) for member, offset in found}
        lines = {
            job_id: line
            for job_id, line in known.items()
            if line.offset == offsets.get(job_id)  # another offset: posted anew
        }
        new = [job_id for job_id in offsets if job_id not in lines]
        for begin in range(0, len(new), _PAGE):
            keys = [job_key(zone, job_id) for job_id in new[begin : begin + _PAGE]]
            stored = await cast(Any, self._redis.mget(keys))
            lines |= await asyncio.to_thread(_read, stored)
        return lines


def _read(stored: Sequence[bytes | None]) -> dict[str, _Line]:
    """The lines of documents, of which some may have gone or be open no more."""
    found = [msgspec.json.decode(one, type=UnrankedJob) for one in stored if one is not None]
    return {job.posted.job_id: _line(job) for job in found if job.status == "open"}


def _line(job: JobDoc) -> _Line:
    posted = job.posted
    shown = KioskJob(
        job_id=posted.job_id,
        number=f"{job.offset % _NUMBERS:04}",
        title=posted.title,
        work=_work(posted.occupation or _likely_code(posted.title)),
        place=posted.place.name,
        station_id=posted.station_id,
        distance_km=None,
        pay_fen_day=job.pay_fen_day,
        settlement=posted.pay.settlement,
        remaining=job.remaining,
        headcount=posted.headcount,
        first_shift=min(posted.shifts, key=lambda shift: shift.start),
        shifts=len(posted.shifts),
        perks=posted.perks,
        certificates=posted.certificates,
        minimum_age=posted.minimum_age,
        is_stopped=False,
    )
    place = unit_vector(posted.place.lat, posted.place.lon)
    return _Line(shown, place, job.offset, job.expires_at, posted.employer_id)


def _work(code: str) -> Work:
    return next((work for begin, work in _WORK if code.startswith(begin)), "other")


@lru_cache(maxsize=10_000)
def _likely_code(title: str) -> str:
    """The likeliest occupation of a title, sure or not: neighbours are of the same kind."""
    return next(iter(answer(title).candidates), "")


def _km(lines: Sequence[_Line], here: KnownStation | None) -> list[float] | list[None]:
    """How far each is from a station, in tenths; nobody knows from one that is not known."""
    if here is None or not lines:
        return [None] * len(lines)
    x, y, z = np.array([line.place for line in lines]).T
    away: list[float] = km(squared_chord(x, y, z, *unit_vector(here.lat, here.lon))).tolist()
    return [round(one, 1) for one in away]
