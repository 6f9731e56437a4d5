"""Looks at an engine after every record it has applied, and stops at the first rule broken."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from events.codec import decode
from events.emission import emission_id
from events.envelope import Record
from events.facts import PolicyChanged
from events.notices import AnyFact
from events.rejections import Rejection
from events.topics import ALL_ZONES
from matching.engine import Engine, Step
from matching.invariants.books import Books, Breach

SWEEP_EVERY: Final = 20_000
"""Records from one look at everything to the next in a long run: some percent of its time."""


class Violation(Exception):
    """A market breaks a rule after a record; says which, and up to where a replay shows it."""

    def __init__(self, breach: Breach, zone: str, record: Record) -> None:
        super().__init__(
            f"after {record.origin}, zone {zone}: {breach.rule}: {breach.of}: {breach.how} "
            f"(gigmatch replay LOG --check --until {record.offset})"
        )
        self.breach = breach
        self.zone = zone
        self.record = record


class Inspector:
    """Checks an engine record by record: what was touched each time, everything now and then.

    `sweep_every` is the number of records from one look at everything to the next; after a change
    of policy, which touches everything, there is one at once.
    """

    def __init__(self, engine: Engine, *, sweep_every: int = 1) -> None:
        self._engine = engine
        self._sweep_every = sweep_every
        self._books = {zone: Books.of(market) for zone, market in engine.markets.items()}
        self._inspected = 0
        self._last: Record | None = None

    def inspect(self, record: Record, step: Step) -> None:
        """Check what a record led to. Raises Violation."""
        self._inspected += 1
        self._last = record
        _check_ids(record, step)
        fact = _applied_fact(record, step)
        if fact is not None:
            for zone in self._zones_of(fact):
                outcomes = [e.outcome for e in step.emissions if e.outcome.zone == zone]
                self._stop_at(self._of(zone).follow(fact, outcomes, record.offset), zone, record)
        if self._inspected % self._sweep_every == 0 or isinstance(fact, PolicyChanged):
            self.sweep(record)

    def sweep(self, record: Record) -> None:
        """Check everything there is, after a record. Raises Violation."""
        for zone in sorted(self._engine.markets):
            self._stop_at(self._of(zone).sweep(), zone, record)

    def finish(self) -> None:
        """Check everything there is after the last record. Raises Violation."""
        if self._last is not None:
            self.sweep(self._last)

    def _zones_of(self, fact: AnyFact) -> list[str]:
        markets = self._engine.markets
        if fact.zone == ALL_ZONES:
            for zone in self._books.keys() - markets.keys():
                del self._books[zone]  # one that was made for visitors alone has gone
            return sorted(markets)
        return [fact.zone] if fact.zone in markets else []

    def _of(self, zone: str) -> Books:
        books = self._books.get(zone)
        if books is None:
            books = self._books[zone] = Books(self._engine.markets[zone])
        return books

    def _stop_at(self, breaches: Iterable[Breach], zone: str, record: Record) -> None:
        for breach in breaches:
            raise Violation(breach, zone, record)


def _applied_fact(record: Record, step: Step) -> AnyFact | None:
    if step.rejection is not None or step.reroute is not None:
        return None
    try:
        return decode(record).fact
    except Rejection:
        return None


def _check_ids(record: Record, step: Step) -> None:
    """Outcomes of a zone are numbered in the order they are said, and name their cause."""
    said: Counter[str] = Counter()
    for emission in step.emissions:
        zone = emission.outcome.zone
        expected = emission_id(zone, record.offset, said[zone])
        if step.rejection is not None and "@" in emission.id:
            expected = emission_id(f"{zone}@{record.partition}", record.offset, 0)
        if emission.id != expected or emission.outcome.cause.offset != record.offset:
            breach = Breach("outcomes_are_numbered", emission.id, f"expected {expected}")
            raise Violation(breach, zone, record)
        said[zone] += 1
