"""The matcher under a plain confluent-kafka consumer: no group, partitions by number.

For tests, benchmarks and small tools; in production the matcher runs under Faust.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition

from events.topics import EVENTS, MAX_RECORD_BYTES
from gigmatch.kafka_address import client_config
from gigmatch.logread import record_of
from streams.matcher import Matcher

_BATCH: Final = 500


class PlainRunner:
    """Feeds a matcher from the given partitions of `market.events`, from the start of the log."""

    def __init__(
        self, bootstrap: str, matcher: Matcher, partitions: Sequence[int], fetch_wait_ms: int = 10
    ) -> None:
        self._matcher = matcher
        self._consumer = Consumer(
            {
                **client_config(bootstrap),
                "group.id": "gigmatch-unused",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": fetch_wait_ms,
                "fetch.message.max.bytes": MAX_RECORD_BYTES,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(EVENTS, number, 0) for number in partitions])

    async def run_until(self, ends: dict[int, int]) -> None:
        """Apply records until each partition has been applied up to its end offset."""
        while any(self._position(partition) < end for partition, end in ends.items()):
            await self.run_once()

    async def run_once(self) -> None:
        """Apply what has arrived."""
        messages = await asyncio.to_thread(self._arrived)
        records = [record_of(message) for message in messages if message.error() is None]
        for partition in sorted({record.partition for record in records}):
            mine = [record for record in records if record.partition == partition]
            await self._matcher.process(partition, mine)

    def _arrived(self) -> list[Message]:
        """What has come by now, or the first to come; asking for a batch would wait for it."""
        first = self._consumer.poll(0.1)
        return [] if first is None else [first, *self._consumer.consume(_BATCH, 0)]

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def _position(self, partition: int) -> int:
        owned = self._matcher.partitions.get(partition)
        return 0 if owned is None else owned.engine.last_offset + 1
