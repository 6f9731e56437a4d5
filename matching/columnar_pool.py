"""The columnar pool: the same answers as the obvious one, a constraint at a time on whole columns.

Each constraint narrows the rows that the next one looks at. What columns cannot say (several
windows, several bookings) is asked of the few rows that are left.
"""

from matching.job_columns import JobColumns
from matching.pool import Candidates
from matching.terms import JobTerms, WorkerTerms
from matching.worker_columns import WorkerColumns


class ColumnarPool:
    """See `matching.pool.Pool`."""

    def __init__(self) -> None:
        self._workers = WorkerColumns()
        self._jobs = JobColumns()

    def put_worker(self, worker: WorkerTerms) -> None:
        """See `Pool.put_worker`."""
        self._workers.put(worker)

    def drop_worker(self, worker_id: str) -> None:
        """See `Pool.drop_worker`."""
        self._workers.drop(worker_id)

    def put_job(self, job: JobTerms) -> None:
        """See `Pool.put_job`."""
        self._jobs.put(job)

    def drop_job(self, job_id: str) -> None:
        """See `Pool.drop_job`."""
        self._jobs.drop(job_id)

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        return self._workers.feasible(job, now)

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        return self._jobs.feasible(worker, now)
