"""Three zones on three partitions, one engine each, and what they send one another."""

import copy
from collections import defaultdict, deque
from typing import Any

import msgspec

from events.emission import Sending
from events.envelope import Record
from events.facts import ClockTicked, Fact, OfferAccepted, OfferDeclined, WorkerAvailable
from events.notices import Notice, market_source
from events.outcomes import AnyOutcome
from events.topics import EVENTS, partition_of
from matching.engine import Engine
from matching.invariants.inspector import Inspector
from matching.scorer import rules_only
from matching.snapshots import canonical
from matching.state import Job, Worker
from tests.matching.scenario import JOB, WORKER
from tests.town import HOUR, NOW
from tests.worlds import record_of

HOME, NEAR, FAR = ZONES = ("511181", "511102", "511132")
PARTITIONS = 3
Route = tuple[int, int]
"""From a partition to a partition: what is sent on it arrives in order."""


class County:
    """Markets that hear of one another only what has been delivered."""

    def __init__(self) -> None:
        self.logs: dict[int, list[Record]] = {number: [] for number in range(PARTITIONS)}
        self.engines = {number: _engine(number) for number in range(PARTITIONS)}
        self.on_the_way: dict[Route, deque[Sending]] = defaultdict(deque)
        self.delivered: dict[Route, list[Sending]] = defaultdict(list)
        self.outcomes: dict[str, list[AnyOutcome]] = defaultdict(list)
        self.rejections: list[str] = []
        self._inspectors = {n: Inspector(engine) for n, engine in self.engines.items()}
        for zone in ZONES:
            self.happens(ClockTicked(zone=zone, now=NOW))

    def happens(self, fact: Fact, *, said_at: int = NOW) -> list[AnyOutcome]:
        """A fact, `said_at`, reaches its zone's market."""
        number = partition_of(fact.zone, PARTITIONS)
        log = self.logs[number]
        return self._step(number, record_of(fact, len(log), partition=number, time=said_at))

    def hears(self, notice: Notice) -> list[AnyOutcome]:
        """A notice arrives that the market it names never gave."""
        number = partition_of(notice.zone, PARTITIONS)
        source = market_source(notice.from_zone)
        record = record_of(notice, len(self.logs[number]), partition=number, source=source)
        return self._step(number, record)

    def deliver(self, route: Route) -> list[AnyOutcome]:
        """The next notice on a route arrives."""
        sending = self.on_the_way[route].popleft()
        self.delivered[route].append(sending)
        return self._arrive(route, sending)

    def deliver_again(self, route: Route, number: int) -> None:
        """A notice arrives once more; it changes nothing."""
        sending = self.delivered[route][number]
        market = self.engines[route[1]].markets[sending.notice.zone]
        before = canonical(market.snapshot())
        assert self._arrive(route, sending) == []
        assert canonical(market.snapshot()) == before

    def deliver_all(self) -> None:
        """Everything on the way arrives, and what that leads to."""
        while routes := self.waiting():
            self.deliver(routes[0])

    def waiting(self) -> list[Route]:
        """The routes with something on the way."""
        return sorted(route for route, queue in self.on_the_way.items() if queue)

    def restarts(self, number: int, *, resent: int = 0) -> None:
        """A partition's process dies: another folds its log, and sends its latest notices again."""
        before = self.engines[number].state_hash()
        engine = _engine(number)
        sent: list[Sending] = []
        for record in self.logs[number]:
            sent.extend(engine.step(record).sendings)
        assert engine.state_hash() == before
        self.engines[number] = engine
        self._inspectors[number] = Inspector(engine)
        for sending in sent[len(sent) - resent :]:
            self.on_the_way[number, partition_of(sending.notice.zone, PARTITIONS)].append(sending)

    def from_snapshots(self, number: int) -> None:
        """A partition goes on from its snapshots."""
        engine = _engine(number)
        engine.restore(self.engines[number].snapshot())
        assert engine.state_hash() == self.engines[number].state_hash()
        assert engine.next_deadline() == self.engines[number].next_deadline()
        self.engines[number] = engine
        self._inspectors[number] = Inspector(engine)

    # In plain words

    def available(self, worker_id: str = "W-1", **changes: Any) -> WorkerAvailable:
        """A worker of HOME who would work in all three zones is available."""
        given = {"worker_id": worker_id, "zone": HOME, "other_zones": (NEAR, FAR), **changes}
        fact = msgspec.structs.replace(WORKER, **given)
        self.happens(fact)
        return fact

    def posted(self, zone: str, job_id: str = "J-1", **changes: Any) -> list[AnyOutcome]:
        """A zone has a job, the usual one."""
        given = {"zone": zone, "job_id": job_id, **changes}
        return self.happens(msgspec.structs.replace(JOB, **given))

    def accepts(self, zone: str, worker_id: str = "W-1") -> list[AnyOutcome]:
        """A worker says yes to their first open offer in a zone."""
        (offer_id, *_) = self.worker(zone, worker_id).open_offers
        return self.happens(OfferAccepted(offer_id=offer_id, worker_id=worker_id, zone=zone))

    def declines(self, zone: str, offer_id: str, worker_id: str = "W-1") -> list[AnyOutcome]:
        """A worker says no to an offer of a zone."""
        return self.happens(OfferDeclined(offer_id=offer_id, worker_id=worker_id, zone=zone))

    def passes(self, zone: str, hours: float) -> list[AnyOutcome]:
        """A zone's clock moves on."""
        now = self.engine(zone).markets[zone].state.now
        return self.happens(ClockTicked(zone=zone, now=now + int(hours * HOUR)))

    def engine(self, zone: str) -> Engine:
        return self.engines[partition_of(zone, PARTITIONS)]

    def job(self, zone: str, job_id: str = "J-1") -> Job:
        return self.engine(zone).markets[zone].state.jobs[job_id]

    def worker(self, zone: str, worker_id: str = "W-1") -> Worker:
        worker = self.engine(zone).markets[zone].state.workers.get(worker_id)
        assert worker is not None
        return copy.copy(worker)

    def knows(self, zone: str, worker_id: str = "W-1") -> bool:
        return worker_id in self.engine(zone).markets[zone].state.workers

    def granted(self, worker_id: str) -> list[tuple[int, int]]:
        """All shifts that a worker is promised in any zone, in order."""
        return sorted(
            (shift.start, shift.end)
            for zone in ZONES
            for job in self.engine(zone).markets[zone].state.jobs.values()
            for booked_id, booking in job.booked.items()
            if booked_id == worker_id and not booking.pending_until and not booking.result
            for shift in job.posted.shifts
        )

    def is_pending(self) -> bool:
        """Whether any booking waits for an answer."""
        markets = [self.engine(zone).markets[zone] for zone in ZONES]
        return any(job.is_pending for market in markets for job in market.state.jobs.values())

    def _arrive(self, route: Route, sending: Sending) -> list[AnyOutcome]:
        record = Record(
            topic=EVENTS,
            partition=route[1],
            offset=len(self.logs[route[1]]),
            timestamp=sending.time,
            key=sending.key,
            value=sending.value,
            headers=sending.headers,
        )
        return self._step(route[1], record)

    def _step(self, number: int, record: Record) -> list[AnyOutcome]:
        self.logs[number].append(record)
        step = self.engines[number].step(record)
        self._inspectors[number].inspect(record, step)
        if step.rejection is not None:
            self.rejections.append(step.rejection.code)
        for sending in step.sendings:
            self.on_the_way[number, partition_of(sending.notice.zone, PARTITIONS)].append(sending)
        said = [emission.outcome for emission in step.emissions]
        for outcome in said:
            self.outcomes[outcome.zone].append(outcome)
        return said


def _engine(number: int) -> Engine:
    return Engine(number, PARTITIONS, rules_only)
