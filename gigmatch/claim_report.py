"""The wage claims of a log, and what became of them in a week, by the station asked first."""

from datetime import date
from typing import Final

import msgspec

from events.codec import Event, decode
from events.envelope import Record, may_be
from events.facts import ClaimResult, WageClaimClosed, WageClaimOpened
from events.stations import station_of
from events.topics import EVENTS, partition_of
from gigmatch.claim_terms import due_at, said_at
from matching.days import CHINA_MS, DAY_MS
from matching.engine import NOTHING, Engine
from matching.scorer import rules_only

ELSEWHERE: Final = ""
"""Stands for the station of a claim that no station has opened."""
_CLAIM: Final = "wage_claim."
_NEEDED: Final = (_CLAIM, "clock.ticked", "station.quarantined", "station.released")
"""What decides which claims a market takes, and when."""
_EPOCH: Final = date(1970, 1, 1)


class Claim(msgspec.Struct, kw_only=True):
    """A wage claim that a market has taken; open while `closed_at` is None. Times are UTC ms."""

    zone: str
    station_id: str
    amount_fen: int
    workers: int
    opened_at: int
    due_at: int
    closed_at: int | None = None
    result: ClaimResult | None = None


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week of ISO 8601 as China has it: from a Monday's midnight to the next one's, UTC ms."""

    name: str
    begin: int
    end: int


class Tally(msgspec.Struct, kw_only=True):
    """What became of the claims of a station in a week.

    `amount_fen` and `workers` are those of the claims that were `opened`. Of the `closed`, so many
    were closed `on_time`, and so many because another office has them. `overdue` are still open at
    the end of the week, or of the log.
    """

    station_id: str
    opened: int = 0
    closed: int = 0
    on_time: int = 0
    overdue: int = 0
    referred: int = 0
    amount_fen: int = 0
    workers: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A week's tallies, of stations that have any, and all of them together."""

    week: str
    zone: str | None
    stations: list[Tally]
    total: Tally


class ClaimBook:
    """The claims of a log, of which no personal data is kept.

    The engine says which ones its markets have taken: it is given what decides that, and no more.
    """

    def __init__(self, partitions: int) -> None:
        self.claims: list[Claim] = []
        self._partitions = partitions
        self._engines: dict[int, Engine] = {}
        self._open: dict[tuple[str, str, str], Claim] = {}

    def read(self, record: Record) -> None:
        """Take in the next record of a log; of each partition they come in order."""
        if record.topic == EVENTS and any(may_be(record, type) for type in _NEEDED):
            self._step(record)

    def now(self, zone: str) -> int:
        """The clock of a zone's market at the end of what was read."""
        engine = self._engines.get(partition_of(zone, self._partitions))
        return 0 if engine is None else engine.clock(zone)

    def _step(self, record: Record) -> None:
        number = record.partition
        if number not in self._engines:
            self._engines[number] = Engine(number, self._partitions, rules_only)
        engine = self._engines[number]
        step = engine.step(record)
        is_applied = step is not NOTHING and step.rejection is None and step.reroute is None
        if is_applied and may_be(record, _CLAIM):
            event = decode(record)
            now = engine.clock(event.fact.zone)
            self._take(event, said_at(now, event.time, record.timestamp))

    def _take(self, event: Event, at: int) -> None:
        fact = event.fact
        if isinstance(fact, WageClaimOpened):
            claim = Claim(
                zone=fact.zone,
                station_id=station_of(event.source) or ELSEWHERE,
                amount_fen=fact.amount_fen,
                workers=fact.workers,
                opened_at=at,
                due_at=due_at(fact.kind, fact.zone, at),
            )
            self._open[fact.zone, fact.employer_id, fact.claim_id] = claim
            self.claims.append(claim)
        elif isinstance(fact, WageClaimClosed):
            claim = self._open.pop((fact.zone, fact.employer_id, fact.claim_id))
            claim.closed_at, claim.result = at, fact.result


def week_named(name: str) -> Week:
    """The week that ISO 8601 calls so: 2026-W48. Raises ValueError when it is none."""
    return _week_from(date.fromisoformat(f"{name}-1"))


def last_week(at: int) -> Week:
    """The last whole week before a time, UTC ms."""
    today = (at + CHINA_MS) // DAY_MS
    return _week_from(date.fromordinal(_EPOCH.toordinal() + today - (today + 3) % 7 - 7))


def report(book: ClaimBook, week: Week, zone: str | None = None) -> Report:
    """What became of a log's claims in a week, of one zone or of all."""
    tallies: dict[str, Tally] = {}
    total = Tally(station_id="")
    for claim in book.claims:
        if zone is None or claim.zone == zone:
            own = tallies.setdefault(claim.station_id, Tally(station_id=claim.station_id))
            for tally in (own, total):
                _count(tally, claim, week, min(book.now(claim.zone), week.end))
    told = [tallies[id] for id in sorted(tallies) if tallies[id] != Tally(station_id=id)]
    return Report(week=week.name, zone=zone, stations=told, total=total)


def _count(tally: Tally, claim: Claim, week: Week, until: int) -> None:
    if week.begin <= claim.opened_at < week.end:
        tally.opened += 1
        tally.amount_fen += claim.amount_fen
        tally.workers += claim.workers
    closed_at = claim.closed_at
    if closed_at is None or closed_at >= week.end:
        tally.overdue += claim.opened_at < week.end and claim.due_at < until
    elif closed_at >= week.begin:
        tally.closed += 1
        tally.on_time += closed_at <= claim.due_at
        tally.referred += claim.result == "referred"


def _week_from(monday: date) -> Week:
    begin = (monday - _EPOCH).days * DAY_MS - CHINA_MS
    year, number, _ = monday.isocalendar()
    return Week(name=f"{year}-W{number:02}", begin=begin, end=begin + 7 * DAY_MS)
