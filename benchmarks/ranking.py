"""What both ranking comparisons share: our side, and the check that both top tens are the same."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from benchmarks import world
from benchmarks.harness import Sample
from benchmarks.pairs import NEWCOMER
from events.facts import JobPosted, WorkerAvailable
from events.values import Policy
from matching.fastest_pool import fastest_pool
from matching.features import FEATURES
from matching.ranking import Ranking
from matching.scorer import Scorer
from matching.terms import WorkerTerms, job_terms, worker_terms

WORKERS: Final = 50_000
FARTHEST_KM: Final = 50.0
MIX: Final = (
    f"{WORKERS} workers of one zone, a different job each time, about 450 of them feasible, scored "
    "by one model of 150 trees x 31 leaves over "
    f"{len(FEATURES)} features; every top ten equal on both sides"
)
NOT_MEASURED: Final = (
    "writing workers, the broker, bookings and histories; ours also counts exclusions and gives "
    "reasons, theirs does not; our model runs on one thread, scikit-learn's on one or on all, "
    "whichever is faster here"
)

Top = tuple[list[str], int]
"""The ids of the best ten, best first, and how many workers were feasible."""


class Core:
    """Our pool, scorer and ranking, as the market calls them for a posted job."""

    def __init__(self, workers: Iterable[WorkerAvailable], scorer: Scorer) -> None:
        self._pool = fastest_pool()
        self._scorer = scorer
        self._policy = Policy()
        for worker in workers:
            self._pool.put_worker(new_worker_terms(worker))

    def top(self, job: JobPosted) -> Top:
        """The published ranking of a job, reasons included."""
        terms = job_terms(job, open_places=job.headcount, blocked=False, open_claims=0)
        candidates = self._pool.workers_for(terms, world.START)
        ranking = Ranking(candidates, self._scorer, self._policy, world.START)
        lines = ranking.published(self._policy.ranking_size, "job", lambda _: True)
        return [line.worker_id or "" for line in lines], len(candidates.ids)


def check_equal(
    ours: Callable[[JobPosted], Top], theirs: Callable[[JobPosted], Top], jobs: Iterable[JobPosted]
) -> float:
    """The mean number of feasible workers. Raises AssertionError where the top tens differ."""
    feasible = []
    for job in jobs:
        mine, other = ours(job), theirs(job)
        if mine != other:
            raise AssertionError(f"{job.job_id}: ours ranks {mine}, theirs {other}")
        feasible.append(mine[1])
    return sum(feasible) / len(feasible)


class Stopwatch:
    """Times `top` job after job, each sample over the same jobs."""

    def __init__(self, top: Callable[[JobPosted], Top], jobs: Sequence[JobPosted]) -> None:
        self._top = top
        self._jobs = jobs

    def __call__(self) -> Sample:
        """Mean milliseconds a job over all jobs."""
        begin = time.perf_counter()
        for job in self._jobs:
            self._top(job)
        return Sample((time.perf_counter() - begin) * 1000.0 / len(self._jobs))


def new_worker_terms(worker: WorkerAvailable) -> WorkerTerms:
    """A worker who has no history and has been waiting for no time."""
    return worker_terms(
        worker,
        busy=(),
        bookings_left=None,
        since=world.START,
        valid_until=worker.valid_until or max(window.end for window in worker.windows),
        record=NEWCOMER,
    )
