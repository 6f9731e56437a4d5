"""A simulated town driven through the real core in this process: no broker, no waiting."""

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from events.codec import encode, event_headers
from events.emission import Emission
from events.envelope import Record
from events.facts import ClockTicked, Fact
from events.outcomes import AnyOutcome, BookingConfirmed, JobExpired, JobFilled
from events.topics import EVENTS, OUTCOMES
from matching.engine import Engine
from producers.simulator.simulation import TownSimulation

STEP_MS = 60_000


class Summary(msgspec.Struct):
    """What happened: facts and outcomes by type, places and how many of them were booked."""

    facts: Counter[str] = msgspec.field(default_factory=Counter)
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    places: int = 0
    booked: int = 0

    @property
    def fill_rate(self) -> float:
        """Share of places booked, of the jobs that are filled or over."""
        return self.booked / self.places if self.places else 0.0


class DarkTown:
    """Runs a town against an engine, minute by minute of simulated time."""

    def __init__(self, simulation: TownSimulation, engine: Engine, start: int) -> None:
        self.summary = Summary()
        self._simulation = simulation
        self._engine = engine
        self._now = start
        self._offset = 0
        self._sent = 0

    def publish(self, fact: Fact, id: str, source: str, at: int) -> Iterator[Record]:
        """Put a fact into the log; gives the record and those of the outcomes that follow."""
        record = Record(
            topic=EVENTS,
            partition=0,
            offset=self._offset,
            timestamp=at,
            key=fact.zone.encode(),
            value=encode(fact),
            headers=event_headers(fact, id=id, source=source, time=at),
        )
        self._offset += 1
        self.summary.facts[fact.TYPE] += 1
        yield record
        for emission in self._engine.step(record).emissions:
            self._count(emission.outcome)
            self._simulation.observe(emission.outcome, at)
            yield self._outcome_record(emission, at)

    def run(
        self, until: int, on_step: Callable[[int], None] = lambda now: None
    ) -> Iterator[Record]:
        """The log up to a time, record by record, events and outcomes in the order they happen."""
        while self._now < until:
            yield from self.publish(
                ClockTicked(now=self._now), f"tick-{self._now}", "/simulator", self._now
            )
            self._now = min(self._now + STEP_MS, until)
            for timed in self._simulation.advance(self._now):
                yield from self.publish(timed.fact, timed.id, timed.source, timed.at)
            on_step(self._now)

    def _outcome_record(self, emission: Emission, at: int) -> Record:
        self._sent += 1
        return Record(
            topic=OUTCOMES,
            partition=0,
            offset=self._sent - 1,
            timestamp=at,
            key=emission.key,
            value=emission.value,
            headers=emission.headers,
        )

    def _count(self, outcome: AnyOutcome) -> None:
        self.summary.outcomes[outcome.TYPE] += 1
        match outcome:
            case BookingConfirmed():
                self.summary.booked += outcome.places
            case JobFilled():
                self.summary.places += outcome.headcount
            case JobExpired():
                self.summary.places += outcome.headcount
