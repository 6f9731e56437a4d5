"""A pool whose workers are still the bytes of a snapshot, until one of them is met or earlier.

A restart has all of a partition's zones at once, and each costs time to enter (13 ms for 50,000
workers). Events need not wait for it: `open_early` does it beside them, in any thread, and what
meets a worker earlier opens that zone's pool first. Jobs, which are few, are kept until then.
"""

from collections.abc import Callable
from threading import Lock

from matching.pool import Candidates, Dump, Pool
from matching.terms import JobTerms, WorkerTerms


class SealedPool:
    """See `matching.pool.Pool`. All but `open_early` is for the one thread that has the market."""

    def __init__(
        self,
        pool: Pool,
        dump: Dump,
        *,
        enter_all: Callable[[Pool], None],
        opened: Callable[[Pool], None],
    ) -> None:
        """`pool` is empty; it gets the workers of the dump, or of `enter_all` when that is no use.

        `opened` hears of the pool that is to be asked from then on.
        """
        self._pool = pool
        self._dump = dump
        self._enter_all = enter_all
        self._opened = opened
        self._jobs: dict[str, JobTerms] = {}
        self._opening = Lock()
        self._is_open = False
        self._is_read = False

    def open_early(self) -> None:
        """Open it if the dump is good; otherwise it takes the state, which another thread has."""
        with self._opening:
            if not self._is_open and self._read():
                self._finish()

    def put_job(self, job: JobTerms) -> None:
        """See `Pool.put_job`."""
        with self._opening:
            if self._is_open:
                self._pool.put_job(job)
            else:
                self._jobs[job.job_id] = job

    def drop_job(self, job_id: str) -> None:
        """See `Pool.drop_job`."""
        with self._opening:
            if self._is_open:
                self._pool.drop_job(job_id)
            else:
                self._jobs.pop(job_id, None)

    def next_end(self) -> int | None:
        """See `Pool.next_end`."""
        return self._dump.next_end

    def ended(self, now: int) -> list[tuple[int, str]]:
        """See `Pool.ended`."""
        first = self._dump.next_end
        return [] if first is None or first > now else self._open().ended(now)

    def put_worker(self, worker: WorkerTerms) -> None:
        """See `Pool.put_worker`."""
        self._open().put_worker(worker)

    def drop_worker(self, worker_id: str) -> None:
        """See `Pool.drop_worker`."""
        self._open().drop_worker(worker_id)

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        return self._open().workers_for(job, now)

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        return self._open().jobs_for(worker, now)

    def dump_workers(self) -> bytes:
        """See `Pool.dump_workers`."""
        return self._open().dump_workers()

    def load_workers(self, dump: Dump) -> bool:
        """See `Pool.load_workers`: this one has workers already."""
        return self._open().load_workers(dump)

    def _open(self) -> Pool:
        with self._opening:
            if not self._is_open:
                if not self._read():
                    self._enter_all(self._pool)
                self._finish()
        return self._pool

    def _read(self) -> bool:
        """Whether the dump, which can be read once, has given its workers."""
        if self._is_read:
            return False
        self._is_read = True
        return self._pool.load_workers(self._dump)

    def _finish(self) -> None:
        for job in self._jobs.values():
            self._pool.put_job(job)
        self._is_open = True
        self._opened(self._pool)
