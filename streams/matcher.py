"""The matcher: records of a partition in, outcomes out, in the order that survives a crash.

For each batch: apply, bury what was refused, publish the outcomes, wait until the broker has all
of it; only then may whoever called commit. docs/checkpoint.md says what a death at each step does.
No Faust here: the same matcher runs under Faust, under a plain consumer and in a test.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
import structlog

from events.emission import Emission
from events.envelope import Record
from events.topics import EVENTS, OUTCOMES, SNAPSHOTS
from matching.engine import Engine, Step
from streams import metrics
from streams.dead_letters import bury
from streams.recovery import NOTHING_DELIVERED, Position, Rebuilt, undelivered
from streams.sink import Sink

BATCH_S: Final = 0.04
"""A batch is cut here, so that heartbeats go on: well below 50 ms."""

_log = structlog.get_logger()


class Rebuilds(Protocol):
    """What the matcher needs of a recovery."""

    def rebuild(self, partition: int, up_to: int) -> Rebuilt:
        """The partition's engine after every record before offset `up_to`."""
        ...


class Owned(msgspec.Struct):
    """A partition in this process's hands."""

    engine: Engine
    delivered: Position = NOTHING_DELIVERED
    since_snapshot: int = 0


class Matcher:
    """Owns the markets of the partitions whose records it is given."""

    def __init__(self, sink: Sink, recovery: Rebuilds, *, snapshot_every: int) -> None:
        self.partitions: dict[int, Owned] = {}
        self._sink = sink
        self._recovery = recovery
        self._snapshot_every = snapshot_every

    async def process(self, partition: int, records: Sequence[Record]) -> None:
        """Apply records of a partition, in order; return when what follows has been delivered.

        Raises what the sink raises when it could not deliver: the process must then end, because
        its markets are ahead of the log of outcomes, and start again from the log.
        """
        position = 0
        while position < len(records):
            owned = await self._owned(partition, records[position].offset)
            began = time.perf_counter()
            steps: list[tuple[Record, Step]] = []
            while position < len(records) and time.perf_counter() - began < BATCH_S:
                record = records[position]
                if record.offset > owned.engine.last_offset + 1:
                    break
                position += 1
                if record.offset > owned.engine.last_offset:
                    steps.append((record, self._apply(owned, record)))
            await self._deliver(partition, steps)
            owned.since_snapshot += len(steps)
            if owned.since_snapshot >= self._snapshot_every:
                await self._take_snapshot(partition, owned)

    def release(self, partition: int) -> None:
        """Forget a partition that another process owns now."""
        self.partitions.pop(partition, None)

    async def _owned(self, partition: int, offset: int) -> Owned:
        """The partition's markets, ready for the record at `offset`; rebuilt at a gap."""
        owned = self.partitions.get(partition)
        if owned is not None and offset <= owned.engine.last_offset + 1:
            return owned
        rebuilt = await asyncio.to_thread(self._recovery.rebuild, partition, offset)
        engine = rebuilt.engine
        engine.last_offset = max(engine.last_offset, offset - 1)
        owned = self.partitions[partition] = Owned(engine=engine, delivered=rebuilt.delivered)
        await self._deliver(partition, rebuilt.unsent)
        return owned

    def _apply(self, owned: Owned, record: Record) -> Step:
        with metrics.APPLY_SECONDS.time():
            step = owned.engine.step(record)
        left = undelivered(step.emissions, owned.delivered)
        if len(left) < len(step.emissions):
            # What was sent before the crash includes the dead letter, which goes first.
            rejection = step.rejection if left else None
            return Step(emissions=left, rejection=rejection, reroute=step.reroute)
        return step

    async def _deliver(self, partition: int, steps: Sequence[tuple[Record, Step]]) -> None:
        with metrics.EMIT_SECONDS.time():
            if self._set_aside(steps):
                await self._sink.drain()
            for _, step in steps:
                for emission in step.emissions:
                    self._emit(partition, emission)
            await self._sink.drain()
        metrics.EVENTS.labels(partition).inc(len(steps))

    def _set_aside(self, steps: Sequence[tuple[Record, Step]]) -> bool:
        """Bury refused records and send on misplaced ones; whether there were any."""
        found = False
        for record, step in steps:
            if step.rejection is not None:
                bury(self._sink, record, step.rejection)
                metrics.REJECTED.labels(step.rejection.code).inc()
                _log.info("event refused", origin=record.origin, code=step.rejection.code)
                found = True
            if step.reroute is not None:
                self._sink.publish(
                    EVENTS,
                    record.value,
                    key=record.key,
                    headers=record.headers,
                    partition=step.reroute,
                )
                metrics.REROUTED.inc()
                found = True
        return found

    def _emit(self, partition: int, emission: Emission) -> None:
        self._sink.publish(
            OUTCOMES,
            emission.value,
            key=emission.key,
            headers=emission.headers,
            partition=partition,
            timestamp=max(emission.time, 0) or None,
        )
        metrics.OUTCOMES.labels(emission.outcome.TYPE).inc()

    async def _take_snapshot(self, partition: int, owned: Owned) -> None:
        """Write every market of a partition; only ever after its outcomes are delivered."""
        owned.since_snapshot = 0
        for zone, blob in owned.engine.snapshot().items():
            self._sink.publish(SNAPSHOTS, blob, key=zone.encode(), partition=partition)
        await self._sink.drain()
        metrics.SNAPSHOT_AT.labels(partition).set_to_current_time()
