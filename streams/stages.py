"""What an event costs the matcher, stage by stage: decode, candidates, score, rank.

The core reads no clock, so the clock stands around it: an engine whose decoder, pool and scorers
are timed. Rank is what is left of an event that was ranked: order, reasons, offers, state. What a
rebuild applies again, in threads of its own, is not counted.

Looking at the clock eight times and counting four times costs a tenth of what it tells about. So in
a rush not every event is timed: one, then the first that begins `EVERY_S` later.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from events.codec import Event
from events.envelope import Record
from matching.engine import Engine, Step
from matching.fastest_pool import fastest_pool
from matching.ledger import OnOffer
from matching.pool import Candidates, Dump, MakePool, Pool
from matching.scorer import Best, Features, OpenScorer, Probabilities, Scorer, Weights
from matching.terms import JobTerms, WorkerTerms
from streams.quick_histogram import Buckets, QuickHistogram, QuickHistograms

_FINE: Final = (
    *(0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005),
    *(0.01, 0.02, 0.05, 0.1, 0.25, 1.0),
)
"""Upper bounds, seconds, for what takes microseconds."""
_COARSE: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0)
"""The same for what somebody waits for."""

DECODE, CANDIDATES, SCORE, RANK = (Buckets(_FINE) for _ in range(4))
_NAMES: Final = {DECODE: "decode", CANDIDATES: "candidates", SCORE: "score", RANK: "rank"}
STAGES: Final = QuickHistograms(
    "gigmatch_stage_seconds",
    "What each stage of applying an event took",
    "stage",
    {name: buckets for buckets, name in _NAMES.items()},
)
RANKING: Final = QuickHistogram(
    "gigmatch_ranking_seconds",
    "From the publication of a posting or an availability until its ranking is delivered",
    _COARSE,
)
RANKED: Final = frozenset({b"job.posted.v1", b"worker.available.v1"})

EVERY_S: Final = 0.001
"""Between the beginnings of two events that are timed: up to a thousand a second all are."""

OnStage = Callable[[str, float], None]
"""Is told the name of a stage that has just ended, and the seconds it took."""

_now: Final = time.perf_counter


class _Lap:
    """What the stages of one event took together; `on` while it is to be counted."""

    __slots__ = ("on", "on_stage", "ranked", "spent")

    def __init__(self, on_stage: OnStage | None) -> None:
        self.on = self.ranked = False
        self.spent = 0.0
        self.on_stage = on_stage

    def end(self, buckets: Buckets, begin: float) -> None:
        took = _now() - begin
        buckets.observe(took)
        self.spent += took
        if self.on_stage is not None:
            self.on_stage(_NAMES[buckets], took)


class TimedEngine(Engine):
    """An engine that counts its stages when its thread is the one it was made for."""

    def __init__(
        self,
        partition: int,
        partitions: int,
        open_scorer: OpenScorer,
        *,
        thread: int,
        make_pool: MakePool = fastest_pool,
        on_offer: OnOffer | None = None,
        on_stage: OnStage | None = None,
        every_s: float = EVERY_S,
    ) -> None:
        """`thread` is the identity of the thread whose events are counted, and told `on_stage`.

        Who wants to be told is told of every event, whatever `every_s` says.
        """
        self._lap = lap = _Lap(on_stage)
        self._thread = thread
        self._every_s = every_s if on_stage is None else 0.0
        self._next = 0.0
        super().__init__(
            partition,
            partitions,
            lambda release: _TimedScorer(open_scorer(release), lap),
            make_pool=lambda: _TimedPool(make_pool(), lap),
            on_offer=on_offer,
        )

    def step(self, record: Record, *, is_refused: bool = False) -> Step:
        """See `Engine.step`."""
        lap = self._lap
        begin = _now()
        lap.on = begin >= self._next and threading.get_ident() == self._thread
        if not lap.on:
            return super().step(record, is_refused=is_refused)
        self._next = begin + self._every_s
        lap.spent, lap.ranked = 0.0, False
        step = super().step(record, is_refused=is_refused)
        if lap.ranked:
            RANK.observe(_now() - begin - lap.spent)
        return step

    def decode(self, record: Record) -> Event:
        """See `Engine.decode`."""
        if not self._lap.on:
            return super().decode(record)
        begin = _now()
        try:
            return super().decode(record)
        finally:
            self._lap.end(DECODE, begin)


class _TimedPool:
    """A pool whose queries are timed; everything else is its own method, called directly."""

    def __init__(self, pool: Pool, lap: _Lap) -> None:
        self._lap = lap
        self._pool = pool
        self._bind()

    def _bind(self) -> None:
        """Take the pool's methods as they are now: what is loaded has methods of its own."""
        pool = self._pool
        self._workers_for = pool.workers_for
        self._jobs_for = pool.jobs_for
        self.put_worker: Callable[[WorkerTerms], None] = pool.put_worker
        self.drop_worker: Callable[[str], None] = pool.drop_worker
        self.put_job: Callable[[JobTerms], None] = pool.put_job
        self.drop_job: Callable[[str], None] = pool.drop_job
        self.dump_workers: Callable[[], bytes] = pool.dump_workers
        self.next_end: Callable[[], int | None] = pool.next_end
        self.ended: Callable[[int], list[tuple[int, str]]] = pool.ended

    def load_workers(self, dump: Dump) -> bool:
        """See `Pool.load_workers`."""
        is_loaded = self._pool.load_workers(dump)
        self._bind()
        return is_loaded

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        if not self._lap.on:
            return self._workers_for(job, now)
        begin = _now()
        found = self._workers_for(job, now)
        self._lap.end(CANDIDATES, begin)
        return found

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        if not self._lap.on:
            return self._jobs_for(worker, now)
        begin = _now()
        found = self._jobs_for(worker, now)
        self._lap.end(CANDIDATES, begin)
        return found


class _TimedScorer:
    """A scorer whose search for the best is timed."""

    def __init__(self, scorer: Scorer, lap: _Lap) -> None:
        self._lap = lap
        self._best = scorer.best
        self.release: str = scorer.release
        self.probabilities: Callable[[Features], tuple[Probabilities, Probabilities]] = (
            scorer.probabilities
        )
        self.contributions: Callable[[Features], Probabilities] = scorer.contributions

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`."""
        if not self._lap.on:
            return self._best(features, weights, count)
        begin = _now()
        best = self._best(features, weights, count)
        self._lap.end(SCORE, begin)
        self._lap.ranked = True
        return best


def count_answers(records: Sequence[Record], now_ms: float) -> None:
    """Count how long the postings and availabilities among delivered records waited.

    `now_ms` is when what follows from them was on the broker, their timestamps when they came.
    """
    for record in records:
        for name, value in record.headers:
            if name == "ce_type":
                if value in RANKED and record.timestamp > 0:
                    RANKING.observe(max(0.0, (now_ms - record.timestamp) / 1000))
                break
