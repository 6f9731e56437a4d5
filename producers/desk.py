"""Facts and audit lines, one at a time: each returns when the broker has it, and where.

The offset is None when only a repetition told that it has.
"""

import asyncio
from functools import partial
from typing import Final

from events.audit import AuditRecorded
from events.codec import encode, event_headers
from events.envelope import Headers
from events.facts import Fact
from events.topics import AUDIT, EVENTS, partition_of
from events.tracing import Trace
from producers.publisher import DeliveryError, Publisher

PATIENCE_MS: Final = 10_000
"""People wait for it: after this a record that is not delivered is given up."""


class Desk:
    """A publisher for those who need each record's place. Use it from one event loop."""

    def __init__(self, bootstrap: str, *, client_id: str, patience_ms: int = PATIENCE_MS) -> None:
        config = {"delivery.timeout.ms": patience_ms, "linger.ms": 0}
        self._make = partial(Publisher, bootstrap, client_id=client_id, config=config)
        self._publisher = self._make()
        self._counts: dict[str, int] = {}

    async def fact(
        self, fact: Fact, *, id: str, source: str, time: int, trace: Trace | None = None
    ) -> tuple[int, int | None]:
        """Publish a fact; partition and offset. Raises DeliveryError."""
        headers = event_headers(fact, id=id, source=source, time=time)
        if trace is not None:
            headers = (*headers, *trace.headers)
        return await self._publish(EVENTS, fact, headers)

    async def everywhere(self, fact: Fact, *, id: str, source: str, time: int) -> int:
        """Publish a fact for all zones to each partition; how many. Raises DeliveryError."""
        partitions = await self._partitions(EVENTS)
        for partition in range(partitions):
            self._publisher.publish_fact(fact, id=id, source=source, time=time, partition=partition)
        await self._publisher.drain()
        return partitions

    async def record(self, line: AuditRecorded, *, id: str, source: str) -> tuple[int, int | None]:
        """Publish a line of the audit; partition and offset. Raises DeliveryError."""
        headers = event_headers(line, id=id, source=source, time=line.at)
        return await self._publish(AUDIT, line, headers)

    async def close(self) -> None:
        """Wait for what is under way and end. Raises DeliveryError."""
        await asyncio.get_running_loop().run_in_executor(None, self._publisher.close)

    async def _publish(
        self, topic: str, message: Fact | AuditRecorded, headers: Headers
    ) -> tuple[int, int | None]:
        partitions = await self._partitions(topic)
        landed: list[tuple[int, int | None]] = []
        publisher = self._publisher
        publisher.publish(
            topic,
            encode(message),
            key=message.zone.encode(),
            headers=headers,
            partition=partition_of(message.zone, partitions),
            arrived=lambda partition, offset: landed.append((partition, offset)),
        )
        try:
            await publisher.drain()
        except DeliveryError:
            if not landed:  # else it was somebody else's record
                await self._replace(publisher)
                raise
        if not landed:  # somebody else was told of the failure
            raise DeliveryError("delivery.lost", topic=topic)
        return landed[0]

    async def _replace(self, failed: Publisher) -> None:
        """Let another producer take over: one that a broker has fenced never delivers again."""
        if self._publisher is failed:
            self._publisher = self._make()
            await asyncio.to_thread(failed.abandon)

    async def _partitions(self, topic: str) -> int:
        if topic not in self._counts:
            self._counts[topic] = await asyncio.to_thread(self._publisher.partitions, topic)
        return self._counts[topic]
