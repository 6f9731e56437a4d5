"""One partition into the read model: records in, transactions out. No Kafka here."""

import time
from itertools import islice
from typing import Final

import msgspec
from prometheus_client import Counter, Histogram

from events.envelope import Record
from events.topics import EVENTS, OUTCOMES
from gigmatch.readmodel.progress import Progress
from streams.calibration import Calibration
from streams.causal import CausalOrder, FactRead, OutcomeRead
from streams.causal_reading import read_into
from streams.projection import Projection, documents_of
from streams.redis_store import RedisStore
from streams.shelf import Shelf
from streams.traced_projection import TracedProjection, written

PROJECTED: Final = Counter(
    "gigmatch_projected", "Facts and outcomes written to the read model", ["topic"]
)
WRITE_SECONDS: Final = Histogram(
    "gigmatch_projector_write_seconds", "One transaction: read, fold, write"
)

_WRITE: Final = 1_000
"""Facts and outcomes of one transaction, at most."""


class PartitionProjector:
    """Goes on from a progress; `order` says how far it is."""

    def __init__(
        self,
        store: RedisStore,
        number: int,
        partitions: int,
        progress: Progress,
        calibration: Calibration | None = None,
        traced: TracedProjection | None = None,
    ) -> None:
        self.order = CausalOrder(progress.events, progress.outcomes, progress.position)
        self._store = store
        self._number = number
        self._partitions = partitions
        self._progress = progress
        self._calibration = calibration or Calibration()
        self._traced = traced

    def take(self, record: Record) -> None:
        """Take a record of either topic; one that has been read before changes nothing."""
        read_into(self.order, record)

    def write(self, passed: int = 0) -> int:
        """Write everything that is certain; how many facts and outcomes that was.

        Facts before `passed` were passed by the matcher, and all outcomes there were then have been
        taken. Raises OvertakenError and RedisError; take another PartitionProjector after that.
        """
        written = 0
        while steps := list(islice(self.order.ready(passed), _WRITE)):
            with WRITE_SECONDS.time():
                self._write_batch(steps)
            written += len(steps)
        return written

    def _write_batch(self, steps: list[FactRead | OutcomeRead]) -> None:
        begin_ns = time.time_ns()
        progress = msgspec.structs.replace(
            self._progress,
            events=self.order.events,
            outcomes=self.order.outcomes,
            position=self.order.position,
        )
        with self._store.transaction(self._number) as transaction:
            shelf = Shelf(transaction)
            shelf.prefetch(documents_of(steps))
            projection = Projection(shelf, progress, self._number, self._partitions)
            for step in steps:
                projection.apply(step)
            transaction.commit(progress, shelf.changes(), projection)
        self._progress = progress
        for step in steps:
            self._calibration.take(step)
        if self._traced is not None:
            self._traced.written(written(steps), begin_ns)
        facts = sum(isinstance(step, FactRead) for step in steps)
        PROJECTED.labels(EVENTS).inc(facts)
        PROJECTED.labels(OUTCOMES).inc(len(steps) - facts)
