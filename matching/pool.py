"""The pool behind one protocol: who and what is in the market, and which pairs are feasible."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES
from matching.terms import JobTerms, WorkerTerms


class Candidates(NamedTuple):
    """The feasible partners of one job or worker, in no particular order.

    `since` (n,) is how long each pair's worker has been waiting for work, as the time it began.
    `looked_at` = len(ids) + the sum of `excluded`.
    """

    ids: Sequence[str]
    features: NDArray[np.float32]
    since: NDArray[np.float64]
    looked_at: int
    excluded: dict[str, int]

    @classmethod
    def none(cls, looked_at: int, excluded: dict[str, int]) -> "Candidates":
        """Nobody."""
        return cls([], _NO_FEATURES, _NO_TIMES, looked_at, excluded)


_NO_FEATURES: Final = np.zeros((0, len(FEATURES)), dtype=np.float32)
_NO_TIMES: Final = np.zeros(0)


class Dump(Protocol):
    """A pool's workers as bytes, to be read once."""

    length: int
    """Bytes of all of it."""
    next_end: int | None
    """What the pool's `next_end` said when it was written."""

    def readinto(self, room: memoryview, /) -> int:
        """Put the next bytes there; how many, 0 only at the end. Raises ValueError if damaged."""
        ...


class Pool(Protocol):
    """Available workers and open jobs. Both kinds of query are exact."""

    def put_worker(self, worker: WorkerTerms) -> None:
        """Add a worker, or replace what was known of them."""
        ...

    def drop_worker(self, worker_id: str) -> None:
        """Remove a worker; nothing happens when they are not in the pool."""
        ...

    def put_job(self, job: JobTerms) -> None:
        """Add a job, or replace what was known of it."""
        ...

    def drop_job(self, job_id: str) -> None:
        """Remove a job; nothing happens when it is not in the pool."""
        ...

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """The feasible workers for a job."""
        ...

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """The feasible jobs for a worker."""
        ...

    def dump_workers(self) -> bytes:
        """All workers as bytes that `load_workers` of the same build reads; empty for none."""
        ...

    def load_workers(self, dump: Dump) -> bool:
        """Fill an empty pool from a dump; False, and empty still, when it cannot be used.

        What else reading the dump raises goes on to the caller; the pool is empty then, too.
        """
        ...

    def next_end(self) -> int | None:
        """When the first availability in the pool ends, UTC ms; None for never."""
        ...

    def ended(self, now: int) -> list[tuple[int, str]]:
        """Whose availability has ended by now: (valid_until, worker id), in this order."""
        ...


MakePool = Callable[[], Pool]
