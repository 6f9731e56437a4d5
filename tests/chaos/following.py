"""Reading topics from their beginning as they grow, through whatever happens to the brokers."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from events.envelope import Record
from events.topics import MAX_RECORD_BYTES
from gigmatch.logread import record_of
from tests.chaos.ends import Place

_BATCH: Final = 1_000
_PATIENCE_S: Final = 0.1
_AT_MOST_S: Final = 0.3


class Follower:
    """All partitions of some topics; in order within each. Not for several threads at once."""

    def __init__(self, bootstrap: str, topics: Sequence[str], partitions: int) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "gigmatch-unused",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.message.max.bytes": MAX_RECORD_BYTES,
                "receive.message.max.bytes": 128 * 1024 * 1024,
                "log_level": 0,
            }
        )
        self._places = [TopicPartition(topic, n, 0) for topic in topics for n in range(partitions)]
        self._consumer.assign(self._places)

    def new(self) -> Iterator[Record]:
        """What has come since the last time, until nothing comes for a moment or it never ends."""
        give_up = time.monotonic() + _AT_MOST_S
        while (
            time.monotonic() < give_up and (message := self._consumer.poll(_PATIENCE_S)) is not None
        ):
            for one in (message, *self._consumer.consume(_BATCH, timeout=0)):
                if one.error() is None:
                    yield record_of(one)

    def left(self, ends: Mapping[Place, int]) -> int:
        """How many records before these ends of its topics have not been read yet."""
        positions = self._consumer.position(self._places)
        return sum(max(0, ends[at.topic, at.partition] - max(0, at.offset)) for at in positions)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()
