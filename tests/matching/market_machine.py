"""A market under random events: both pools, and one that keeps coming back from snapshots."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from hypothesis.strategies import SearchStrategy

from events.envelope import Record
from events.facts import ClockTicked, Fact, JobCancelled, JobPosted, WorkerAvailable
from events.outcomes import OfferMade
from events.values import Crew, Interval, Pay, Skill
from matching.engine import Engine, Step
from matching.invariants.inspector import Inspector
from matching.lawful import first_start
from matching.market_state import MarketState
from matching.obvious_pool import ObviousPool
from matching.scorer import rules_only
from matching.table_pool import TablePool
from tests.strategies import (
    Pairs,
    answers,
    claims,
    clock_ticked,
    facts,
    job_amended,
    work,
    worker_available,
)
from tests.town import (
    CERTIFICATES,
    EMPLOYERS,
    HOUR,
    NOW,
    SKILLS,
    STATIONS,
    WORKERS,
    ZONE,
    places,
)
from tests.worlds import record_of


class MarketMachine(RuleBasedStateMachine):
    """Three engines fold the same log: table, obvious, and table restored now and then.

    Most events fit the state, so that offers, bookings and drop-outs come about; the rest are any
    facts at all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = Engine(0, 1, rules_only, make_pool=TablePool)
        self.inspector = Inspector(self.table)
        self.obvious = Engine(0, 1, rules_only, make_pool=ObviousPool)
        self.restored = Engine(0, 1, rules_only)
        self.log: list[Record] = []
        self.offers: list[tuple[str, str]] = []
        self.seen: Counter[str] = Counter()

    @initialize(data=st.data())
    def a_market_opens(self, data: st.DataObject) -> None:
        self._fold(ClockTicked(now=NOW))
        for number in range(6):
            self._fold(data.draw(eager_worker(f"W-{number}")))

    @rule(data=st.data())
    def a_job_is_posted(self, data: st.DataObject) -> None:
        self._fold(data.draw(easy_job(f"J-{len(self.log)}", self.table.now)))

    @rule(data=st.data())
    def a_worker_looks_for_work(self, data: st.DataObject) -> None:
        worker_id = data.draw(st.sampled_from(WORKERS))
        eager = eager_worker(worker_id)
        picky = worker_available(workers=[worker_id], now=self.table.now)
        self._fold(data.draw(st.one_of(eager, eager, picky)))

    @precondition(lambda self: self.offers)
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        latest: Pairs = self.offers[-8:]
        self._fold(data.draw(answers(offers=latest)))

    @precondition(lambda self: self._bookings())
    @rule(data=st.data())
    def a_booking_ends(self, data: st.DataObject) -> None:
        job_id, worker_id = data.draw(st.sampled_from(self._bookings()))
        said_at = data.draw(st.sampled_from((NOW, self.start_of(job_id))))
        self._fold(data.draw(work(jobs=[job_id], workers=[worker_id])), said_at)

    @precondition(lambda self: self._jobs())
    @rule(data=st.data())
    def a_job_changes(self, data: st.DataObject) -> None:
        jobs = self._jobs()
        cancelled = st.sampled_from(jobs).map(lambda id: JobCancelled(job_id=id, zone=ZONE))
        amended = job_amended(jobs=jobs, now=self.table.now)
        self._fold(data.draw(st.one_of(amended, amended, cancelled)))

    @rule(data=st.data())
    def an_employer_does_not_pay(self, data: st.DataObject) -> None:
        self._fold(data.draw(claims(employers=EMPLOYERS[:1])))

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        ahead = data.draw(st.sampled_from((HOUR // 4, 2 * HOUR, 40 * HOUR)))
        self._fold(data.draw(clock_ticked(now=self.table.now, within_ms=ahead)))

    @rule(data=st.data())
    def anything_happens(self, data: st.DataObject) -> None:
        self._fold(data.draw(self._anything()))

    @rule(data=st.data())
    def an_event_is_delivered_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.log))
        before = self.table.state_hash()
        step = self.table.step(again)
        assert step.emissions == ()
        assert self.table.state_hash() == before

    @rule()
    def the_process_dies(self) -> None:
        blobs = self.restored.snapshot()
        self.restored = Engine(0, 1, rules_only)
        self.restored.restore(blobs)
        assert self.restored.replay_from() == self.table.last_offset + 1

    def _anything(self) -> SearchStrategy[Fact]:
        return facts(now=self.table.now)

    def _jobs(self) -> list[str]:
        return list(self._market().jobs)

    def _bookings(self) -> list[tuple[str, str]]:
        jobs = self._market().jobs
        return [(id, worker) for id, job in jobs.items() for worker in job.expected_workers()]

    def _market(self) -> MarketState:
        market = self.table.markets.get(ZONE)
        return market.state if market is not None else MarketState(zone=ZONE)

    def start_of(self, job_id: str) -> int:
        """When a job's work begins: said before that, nobody has come or stayed away."""
        return first_start(self._market().jobs[job_id].posted)

    def _fold(self, fact: Fact, said_at: int = NOW) -> None:
        self.fold_record(record_of(fact, self.next_offset(), time=said_at))

    def next_offset(self) -> int:
        """Where the next record stands."""
        return self.log[-1].offset + 1 if self.log else 0

    def fold_record(self, record: Record) -> Step:
        """Fold a record into all three, and check what must hold."""
        self.log.append(record)
        steps = [engine.step(record) for engine in (self.table, self.obvious, self.restored)]
        assert bytes_of(steps[0]) == bytes_of(steps[1]) == bytes_of(steps[2])
        hashes = {e.state_hash() for e in (self.table, self.obvious, self.restored)}
        assert len(hashes) == 1
        self.inspector.inspect(record, steps[0])
        for emission in steps[0].emissions:
            self.seen[emission.outcome.TYPE] += 1
            if isinstance(emission.outcome, OfferMade):
                self.offers.append((emission.outcome.offer_id, emission.outcome.worker_id))
        return steps[0]


def bytes_of(step: Step) -> list[tuple[str, bytes]]:
    """What a step publishes: the ids and values of its outcomes, then of its notices."""
    said = [(emission.id, emission.value) for emission in step.emissions]
    return said + [(sending.id, sending.value) for sending in step.sendings]


def eager_worker(worker_id: str) -> SearchStrategy[WorkerAvailable]:
    """A worker whom almost any job suits."""
    return st.builds(
        WorkerAvailable,
        worker_id=st.just(worker_id),
        zone=st.just(ZONE),
        station_id=st.sampled_from(STATIONS),
        windows=st.just((Interval(start=NOW, end=NOW + 30 * 24 * HOUR),)),
        place=places(),
        skills=st.just(tuple(Skill(code=code) for code in SKILLS)),
        certificates=st.just(CERTIFICATES),
        birth_year=st.sampled_from((None, 1990, 1990, 1990, 2009)),
        max_distance_km=st.sampled_from((20.0, 100.0)),
        crew=st.none() | st.none() | st.just(Crew(leader_id=worker_id, size=2)),
        max_bookings=st.none() | st.none() | st.integers(1, 2),
    )


def easy_job(job_id: str, now: int) -> SearchStrategy[JobPosted]:
    """A job in the next hours or days that almost any worker can do."""
    shift = st.builds(
        lambda begin, hours: Interval(start=now + begin * HOUR, end=now + (begin + hours) * HOUR),
        st.integers(1, 30),
        st.integers(1, 10),
    )
    return st.builds(
        JobPosted,
        job_id=st.just(job_id),
        zone=st.just(ZONE),
        station_id=st.sampled_from(STATIONS),
        employer_id=st.sampled_from(EMPLOYERS),
        title=st.just("采茶工"),
        shifts=shift.map(lambda one: (one,)),
        pay=st.just(Pay(amount_fen=15_000)),
        place=places(),
        skills=st.sampled_from(((), SKILLS[:1], SKILLS[:2], SKILLS[2:])),
        headcount=st.integers(1, 3),
        accepts_crews=st.booleans(),
    )
