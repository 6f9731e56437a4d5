"""A simulated town driven through the real core in this process: no broker, no waiting."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from operator import attrgetter

import msgspec

from events.codec import encode, event_headers
from events.envelope import Record
from events.facts import ClockTicked, Fact, JobCancelled
from events.outcomes import AnyOutcome, JobExpired, JobFilled, Outcome
from events.topics import EVENTS, OUTCOMES
from matching.engine import Engine, Step
from matching.invariants.inspector import Inspector
from producers.simulator.calendar import local
from producers.simulator.office import Office
from producers.simulator.simulation import TownSimulation

STEP_MS = 60_000


class Happening(msgspec.Struct, frozen=True):
    """An event, and what it led to."""

    record: Record
    step: Step


class Ended(msgspec.Struct, frozen=True):
    """How a job's posting ended: in which month, with so many of its places booked."""

    month: str
    places: int
    booked: int


class Summary(msgspec.Struct):
    """What happened: facts and outcomes by type, and how each job that is filled or over ended."""

    facts: Counter[str] = msgspec.field(default_factory=Counter)
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    ended: dict[str, Ended] = msgspec.field(default_factory=dict)

    @property
    def fill_rate(self) -> float:
        """Share of places booked, of the jobs that are filled or over."""
        return _share(list(self.ended.values()))

    @property
    def fill_rate_by_month(self) -> dict[str, float]:
        """The fill rate of the jobs that ended in a month, such as `2027-03`."""
        months = sorted({ended.month for ended in self.ended.values()})
        return {
            month: _share([ended for ended in self.ended.values() if ended.month == month])
            for month in months
        }

    def count(self, message: Fact | AnyOutcome) -> None:
        """Take a fact or an outcome into account."""
        said = self.outcomes if isinstance(message, Outcome) else self.facts
        said[message.TYPE] += 1
        match message:
            case JobFilled():
                self._end(message.job_id, message.at, message.headcount, message.headcount)
            case JobExpired():
                self._end(message.job_id, message.at, message.headcount, message.booked)
            case JobCancelled():
                self.ended.pop(message.job_id, None)
            case _:
                pass

    def _end(self, job_id: str, at: int, places: int, booked: int) -> None:
        """A filled job may reopen and end another way: the last end counts."""
        self.ended[job_id] = Ended(f"{local(at):%Y-%m}", places, booked)


class DarkTown:
    """Runs a town against an engine, minute by minute of simulated time.

    An `office` changes policies and releases and loses the clock now and then; an `inspector`
    checks every event.
    """

    def __init__(
        self,
        simulation: TownSimulation,
        engine: Engine,
        start: int,
        *,
        office: Office | None = None,
        inspector: Inspector | None = None,
    ) -> None:
        self.summary = Summary()
        self._simulation = simulation
        self._engine = engine
        self._office = office
        self._inspector = inspector
        self._now = start
        self._offset = 0

    def publish(self, fact: Fact, id: str, source: str, at: int) -> Iterator[Happening]:
        """Put a fact into the log, and then check what it led to. Raises Violation."""
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
        self.summary.count(fact)
        step = self._engine.step(record)
        for emission in step.emissions:
            self.summary.count(emission.outcome)
            self._simulation.observe(emission.outcome, at)
        yield Happening(record, step)
        if self._inspector is not None:
            self._inspector.inspect(record, step)

    def run(
        self, until: int, on_step: Callable[[int], None] = lambda now: None
    ) -> Iterator[Happening]:
        """What happens up to a time, event by event. Raises Violation."""
        while self._now < until:
            if self._office is None or not self._office.clock_stands(self._now):
                tick = ClockTicked(now=self._now)
                yield from self.publish(tick, f"tick-{self._now}", "/simulator", self._now)
            self._now = min(self._now + STEP_MS, until)
            said = self._simulation.advance(self._now)
            if self._office is not None:
                said = list(
                    heapq.merge(said, self._office.advance(self._now), key=attrgetter("at"))
                )
            for timed in said:
                yield from self.publish(timed.fact, timed.id, timed.source, timed.at)
            on_step(self._now)
        if self._inspector is not None:
            self._inspector.finish()


def as_log(happenings: Iterator[Happening]) -> Iterator[Record]:
    """The records of both topics, events and outcomes in the order they happen."""
    sent = 0
    for happening in happenings:
        yield happening.record
        for emission in happening.step.emissions:
            yield Record(
                topic=OUTCOMES,
                partition=0,
                offset=sent,
                timestamp=happening.record.timestamp,
                key=emission.key,
                value=emission.value,
                headers=emission.headers,
            )
            sent += 1


def _share(ended: list[Ended]) -> float:
    places = sum(one.places for one in ended)
    return sum(one.booked for one in ended) / places if places else 0.0
