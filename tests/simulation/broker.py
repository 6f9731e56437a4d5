"""Topics in memory, and what a consumer group has committed."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from events.envelope import Headers, Record
from events.topics import TOPICS

PARTITIONS = 2
Committed = dict[tuple[str, str, int], int]


class Broker:
    """What has arrived, in order; offsets may leave gaps."""

    def __init__(self) -> None:
        self.committed: Committed = {}
        self.topics = tuple(topic.name for topic in TOPICS)
        self._logs: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        self._ends: defaultdict[tuple[str, int], int] = defaultdict(int)

    def append(
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: Headers,
        timestamp: int,
    ) -> int:
        """Take a record; its offset."""
        offset = self._ends[topic, partition]
        record = Record(
            topic=topic,
            partition=partition,
            offset=offset,
            timestamp=timestamp,
            key=key,
            value=value,
            headers=headers,
        )
        self._logs[topic, partition].append(record)
        self._ends[topic, partition] = offset + 1
        return offset

    def append_again(self, record: Record) -> None:
        """Take the same bytes once more."""
        self.append(
            record.topic,
            record.partition,
            record.value,
            key=record.key,
            headers=record.headers,
            timestamp=record.timestamp,
        )

    def leave_gap(self, topic: str, partition: int) -> None:
        """An offset without a record, as the mark of a transaction leaves it."""
        self._ends[topic, partition] += 1

    def compact(self, topic: str, partition: int) -> None:
        """Keep the newest record of each key."""
        newest = {record.key: record.offset for record in self._logs[topic, partition]}
        self._logs[topic, partition] = [
            record for record in self._logs[topic, partition] if newest[record.key] == record.offset
        ]

    def all(self, topic: str, partition: int) -> Sequence[Record]:
        """Every record of a partition."""
        return self._logs[topic, partition]

    def end(self, topic: str, partition: int) -> int:
        """The offset of the next record."""
        return self._ends[topic, partition]

    def next_from(self, topic: str, partition: int, position: int) -> Record | None:
        """The first record at or behind a position."""
        log = self._logs[topic, partition]
        low, high = 0, len(log)
        while low < high:
            middle = (low + high) // 2
            if log[middle].offset < position:
                low = middle + 1
            else:
                high = middle
        return log[low] if low < len(log) else None

    def damage(self, topic: str, partition: int, index: int) -> None:
        """Flip bytes of a stored record."""
        log = self._logs[topic, partition]
        if log:
            found = log[index % len(log)]
            value = bytes(255 - byte for byte in (found.value or b"")[:64])
            log[index % len(log)] = msgspec.structs.replace(found, value=value)
