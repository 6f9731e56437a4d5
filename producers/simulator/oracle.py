"""An oracle: a scorer that knows the true probabilities, to measure what policies lose without.

A scorer sees rows of features, and no row says whom it is about. So the oracle comes with a pool
that writes the pairs on the rows it gives; everything else is the engine as it is.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.fastest_pool import fastest_pool
from matching.pool import Candidates, Pool
from matching.scorer import Best, Features, Probabilities, Weights, best_of_all
from matching.terms import JobTerms, WorkerTerms

ORACLE: Final = f"sha256:{hashlib.sha256(b'oracle').hexdigest()}"
"""Its release id; no folder of a registry has it."""

Chances = Callable[[str, str, float], tuple[float, float]]
"""P(accepts within so many minutes) and P(does the work) of a job's and a worker's id."""
Pairs = list[tuple[str, str]]


class Rows(np.ndarray[Any, np.dtype[np.float32]]):
    """Features (n, F) with the pairs they are about. A part or a copy of them has none."""

    pairs: Pairs

    def __array_finalize__(self, other: NDArray[Any] | None) -> None:
        self.pairs = []


class Oracle:
    """Implements `matching.scorer.Scorer` for rows of a `NamingPool`.

    `minutes` is how long an offer stands.
    """

    release: str = ORACLE

    def __init__(self, chances: Chances, minutes: float) -> None:
        self._chances = chances
        self._minutes = minutes

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`. Raises TypeError for rows that say nothing of their pairs."""
        if not isinstance(features, Rows) or len(features.pairs) != len(features):
            raise TypeError("the oracle scores rows of a NamingPool only")
        found = [self._chances(job, worker, self._minutes) for job, worker in features.pairs]
        accept, complete = np.array(found, np.float64).reshape(len(found), 2).T
        return accept, complete

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`."""
        return best_of_all(*self.probabilities(features), weights, count)

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`: none of the features moves what the oracle says."""
        return np.zeros(features.shape)


class NamingPool:
    """A `matching.pool.Pool` whose candidates' rows know their pairs."""

    def __init__(self) -> None:
        self._pool: Pool = fastest_pool()
        self.put_worker = self._pool.put_worker
        self.drop_worker = self._pool.drop_worker
        self.put_job = self._pool.put_job
        self.drop_job = self._pool.drop_job
        self.dump_workers = self._pool.dump_workers
        self.load_workers = self._pool.load_workers
        self.next_end = self._pool.next_end
        self.ended = self._pool.ended

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        found = self._pool.workers_for(job, now)
        return _named(found, [(job.job_id, worker_id) for worker_id in found.ids])

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        found = self._pool.jobs_for(worker, now)
        return _named(found, [(job_id, worker.worker_id) for job_id in found.ids])


def _named(found: Candidates, pairs: Pairs) -> Candidates:
    rows = found.features.view(Rows)
    rows.pairs = pairs
    return found._replace(features=rows)
