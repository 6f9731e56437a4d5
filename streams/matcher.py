"""The matcher: records of a partition in, outcomes out, in the order that survives a crash.

For each batch: apply, bury what was refused, publish the outcomes, a slice of time at a time; at
its end wait until the broker has all of it; only then may whoever called commit.
docs/checkpoint.md says what a death at each step does.
No Faust here: the same matcher runs under Faust, under a plain consumer and in a test.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec
import structlog

from events.emission import Emission, Sending, emission_id, emission_position
from events.envelope import Record
from events.refusals import promotes
from events.topics import EVENTS, OUTCOMES, partition_of
from matching.engine import Engine, Step
from streams import metrics, snapshots
from streams.dead_letters import bury, needed_headers
from streams.quarantine import Quarantine
from streams.recovery import (
    NOTHING_DELIVERED,
    CaughtUp,
    Position,
    Rebuilt,
    step_again,
    undelivered,
)
from streams.sink import Sink
from streams.traced_steps import TracedSteps

BATCH_S: Final = 0.04
"""A batch is cut here, so that the loop goes on: well below 50 ms."""

_log = structlog.get_logger()


class Log(Protocol):
    """What the matcher needs of the log on the broker. Blocking; called in threads."""

    def rebuild(self, partition: int, up_to: int) -> Rebuilt:
        """The partition's engine before offset `up_to`, or after a step with outcomes to send."""
        ...

    def catch_up(self, partition: int, begin: int, end: int) -> CaughtUp:
        """Some records with begin <= offset < end, from the first; none when there are none."""
        ...

    def was_refused(self, record: Record) -> bool:
        """Whether a record that was answered before promoted a release that was not there."""
        ...


class Owned(msgspec.Struct):
    """A partition in this process's hands; all outcomes up to `published` are on their way."""

    partition: int
    engine: Engine
    published: Position = NOTHING_DELIVERED
    since_snapshot: int = 0


class Matcher:
    """Owns the markets of the partitions whose records it is given."""

    def __init__(
        self,
        sink: Sink,
        log: Log,
        *,
        snapshot_every: int,
        quarantine_after: int,
        traced: TracedSteps | None = None,
    ) -> None:
        """`traced` is told what was done for records."""
        self.partitions: dict[int, Owned] = {}
        self._sink = sink
        self._log = log
        self._snapshot_every = snapshot_every
        self._quarantine = Quarantine(sink, after=quarantine_after)
        self._rebuilding: set[int] = set()
        self._traced = traced

    async def process(self, partition: int, records: Sequence[Record]) -> None:
        """Apply records of a partition, in order; return when what follows has been delivered.

        Raises what the sink raises when it could not deliver: the process must then end, because
        its markets are ahead of the log of outcomes, and start again from the log.
        """
        position = 0
        while position < len(records):
            owned = await self._before(partition, records[position].offset)
            end = position + 1
            while end < len(records) and records[end].offset <= records[end - 1].offset + 1:
                end += 1
            await self._advance(owned, records[position:end])
            position = end
        await self._settle()

    def keep(self, partitions: Iterable[int]) -> None:
        """Forget all other partitions: another process may own them now."""
        kept = set(partitions)
        self._rebuilding &= kept
        self.partitions = {p: owned for p, owned in self.partitions.items() if p in kept}
        self._quarantine.keep(kept)

    async def _before(self, partition: int, offset: int) -> Owned:
        """The partition's markets just before the record at `offset`, or after it."""
        owned = self.partitions.get(partition)
        if owned is None:
            owned = await self._rebuild(partition, offset)
        while owned.engine.last_offset + 1 < offset:
            begin = owned.engine.last_offset + 1
            between = await asyncio.to_thread(self._log.catch_up, partition, begin, offset)
            owned.published = max(owned.published, between.delivered)
            if not between.records:  # transactions leave offsets without records
                owned.engine.last_offset = offset - 1
            await self._advance(owned, between.records)
        return owned

    async def _rebuild(self, partition: int, up_to: int) -> Owned:
        self._rebuilding.add(partition)
        rebuilt = await asyncio.to_thread(self._log.rebuild, partition, up_to)
        owned = Owned(partition, rebuilt.engine, rebuilt.delivered, rebuilt.replayed)
        if partition in self._rebuilding:  # else it was given away meanwhile
            self.partitions[partition] = owned
            self._rebuilding.discard(partition)
        if rebuilt.unsent is not None:
            await self._publish(owned, [rebuilt.unsent])
        return owned

    async def _advance(self, owned: Owned, records: Sequence[Record]) -> None:
        """Apply records that follow one another, a slice of time at a time."""
        position = 0
        while position < len(records):
            now = began = time.perf_counter()
            steps: list[tuple[Record, Step]] = []
            while position < len(records) and now - began < BATCH_S:
                record = records[position]
                position += 1
                if record.offset > owned.engine.last_offset:
                    steps.append((record, await self._step(owned, record)))
                before, now = now, time.perf_counter()
                metrics.APPLY_SECONDS.observe(now - before)
                if self._traced is not None:
                    self._traced.applied(record, now - before)
            metrics.count_events(record for record, _ in steps)
            await self._publish(owned, steps)
            if self._traced is not None:
                self._traced.forget()
            owned.since_snapshot += len(steps)
            if owned.since_snapshot >= self._snapshot_every:
                await self._take_snapshot(owned)
            await asyncio.sleep(0)

    async def _step(self, owned: Owned, record: Record) -> Step:
        """What of a record's step has not been published before."""
        engine = owned.engine
        if record.offset > owned.published[0]:
            return engine.step(record)
        # Applied in this thread, as all is: the ticker looks at the engine between two steps.
        was_refused = promotes(record) and await asyncio.to_thread(self._log.was_refused, record)
        step = step_again(engine, record, was_refused=was_refused)
        left = undelivered(step.emissions, owned.published)
        if len(left) == len(step.emissions):
            return step
        # What was sent before the crash includes the dead letter, which goes first.
        rejection = step.rejection if left else None
        sendings = step.sendings if left else ()
        return msgspec.structs.replace(step, emissions=left, rejection=rejection, sendings=sendings)

    async def _publish(self, owned: Owned, steps: Sequence[tuple[Record, Step]]) -> None:
        """Put what follows on its way; what was refused, sent on or told arrives first."""
        if self._set_aside(owned, steps):
            await self._settle()
        emissions: list[Emission] = []
        for record, step in steps:
            for emission in step.emissions:
                self._emit(owned.partition, emission)
            emissions += step.emissions
            if self._traced is not None and step.emissions:
                self._traced.published(record, step.emissions)
        metrics.count_outcomes(emission.outcome for emission in emissions)
        if emissions:
            owned.published = max(owned.published, emission_position(emissions[-1].id))
        self._quarantine.look(owned.partition, steps, owned.engine.quarantined)

    async def _settle(self) -> None:
        """Wait until the broker has all that was published."""
        with metrics.EMIT_SECONDS.time():
            await self._sink.drain()

    def _set_aside(self, owned: Owned, steps: Sequence[tuple[Record, Step]]) -> bool:
        """Bury refused records, send on misplaced ones and notices; whether there were any."""
        found = False
        refused: list[tuple[str, str]] = []
        for record, step in steps:
            if step.rejection is not None:
                bury(self._sink, record, step.rejection)
                refused.append((step.rejection.code, record.origin))
                found = True
            if step.reroute is not None:
                self._sink.publish(
                    EVENTS,
                    record.value,
                    key=record.key,
                    headers=needed_headers(record),
                    partition=step.reroute,
                )
                metrics.REROUTED.inc()
                found = True
            for sending in step.sendings:
                self._send(owned, sending)
                found = True
        if refused:  # one line, however many: a flood of records is no flood of lines
            codes = Counter(code for code, _ in refused)
            for code, count in codes.items():
                metrics.REJECTED.labels(code).inc(count)
            _log.info("events refused", codes=dict(codes), first=refused[0][1])
        return found

    def _send(self, owned: Owned, sending: Sending) -> None:
        self._sink.publish(
            EVENTS,
            sending.value,
            key=sending.key,
            headers=sending.headers,
            partition=partition_of(sending.notice.zone, owned.engine.partitions),
            timestamp=max(sending.time, 0) or None,
        )
        metrics.NOTICES.labels(sending.notice.TYPE).inc()

    def _emit(self, partition: int, emission: Emission) -> None:
        self._sink.publish(
            OUTCOMES,
            emission.value,
            key=emission.key,
            headers=emission.headers,
            partition=partition,
            timestamp=max(emission.time, 0) or None,
        )

    async def _take_snapshot(self, owned: Owned) -> None:
        """Write every market of a partition; only ever after its outcomes are delivered."""
        owned.since_snapshot = 0
        await self._settle()
        blobs = await asyncio.to_thread(owned.engine.snapshot)
        offset, zone, index = owned.published
        snapshots.publish(
            self._sink,
            owned.partition,
            blobs,
            offset=owned.engine.last_offset,
            delivered=emission_id(zone, offset, index) if offset >= 0 else "",
        )
        await self._settle()
        metrics.SNAPSHOT_AT.labels(owned.partition).set_to_current_time()
