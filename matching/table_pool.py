"""The pool as a compiled table (`matching/_table.c`): the answers of the obvious pool, fast.

Workers are found by trade and by the places they reach, so a job costs by the workers around it
and not by the size of the zone; adding and removing are O(1) and nothing is ever rebuilt.
"""

import numpy as np

from matching._table import FEATURES, Table
from matching.pool import Candidates, Dump
from matching.terms import TERMS_VERSION, JobTerms, WorkerTerms


class TablePool:
    """See `matching.pool.Pool`."""

    def __init__(self) -> None:
        self._open(Table())

    def _open(self, table: Table) -> None:
        self._table = table
        self.put_worker = self._table.put_worker
        self.drop_worker = self._table.drop_worker
        self.put_job = self._table.put_job
        self.drop_job = self._table.drop_job
        self.next_end = self._table.next_end

    def dump_workers(self) -> bytes:
        """See `Pool.dump_workers`."""
        return self._table.dump_workers(TERMS_VERSION)

    def load_workers(self, dump: Dump) -> bool:
        """See `Pool.load_workers`."""
        table = Table()
        try:
            table.load_workers(dump, dump.length, TERMS_VERSION)
        except ValueError:
            return False
        self._open(table)
        return True

    def ended(self, now: int) -> list[tuple[int, str]]:
        """See `Pool.ended`."""
        return sorted(self._table.ended(now))

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        return _candidates(*self._table.workers_for(job, now))

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        return _candidates(*self._table.jobs_for(worker, now))


def _candidates(
    ids: list[str], features: bytes, since: bytes, looked_at: int, excluded: dict[str, int]
) -> Candidates:
    if not ids:
        return Candidates.none(looked_at, excluded)
    columns = np.frombuffer(features, dtype=np.float32).reshape(FEATURES, len(ids))
    return Candidates(ids, columns.T, np.frombuffer(since), looked_at, excluded)
