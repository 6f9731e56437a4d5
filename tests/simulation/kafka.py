"""confluent-kafka's clients on the simulated broker, as far as the project uses them.

Producers keep the contract of an idempotent, gapless one: what arrives of a partition is a gapless
run of what was published, once, in order; partitions are independent of each other. Whoever dies
leaves a run of each behind that had arrived.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from events.envelope import Headers, Record
from events.topics import partition_of
from tests.simulation.broker import PARTITIONS
from tests.simulation.process import Process, current

Report = Callable[[KafkaError | None, Message], None]
_DRIP = 0.3
"""How often a record's publication brings some records to the broker."""


class Producer:
    """Queues what is produced; it arrives when the network allows, and is reported after that."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._process = current()
        self._process.clients.append(self)
        self._queues: defaultdict[tuple[str, int], deque[tuple[Record, Report]]] = defaultdict(
            deque
        )
        self._arrived: deque[tuple[Record, Report, int]] = deque()
        self._purged: list[tuple[Record, Report]] = []

    def __len__(self) -> int:
        return len(self._arrived) + self.under_way

    @property
    def under_way(self) -> int:
        """How many have not arrived."""
        return sum(map(len, self._queues.values()))

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: Sequence[tuple[str, bytes]],
        on_delivery: Report,
        partition: int,
        timestamp: int,
    ) -> None:
        """Put a record into the queue."""
        self._process.passes(f"{topic} queued")
        if partition < 0:
            partition = partition_of((key or b"").decode(), PARTITIONS)
        at = timestamp or self._process.around.now
        record = Record(
            topic=topic,
            partition=partition,
            offset=-1,
            timestamp=at,
            key=key,
            value=value,
            headers=tuple(headers),
        )
        self._queues[topic, partition].append((record, on_delivery))
        if self._process.random.random() < _DRIP:
            self.drip()

    def poll(self, timeout: float = 0) -> int:
        """Report what has arrived; without news a while passes."""
        self._process.passes("polled")
        purged, self._purged = self._purged, []
        for record, report in purged:
            report(KafkaError(KafkaError._PURGE_QUEUE), _message(record))
        if not self._process.is_cut_off:
            self.drip()
        if not self._report():
            self._process.around.passes_by(timeout)
        return 0

    def flush(self, timeout: float) -> int:
        """Wait until everything has arrived; what has not when the network lets nothing through."""
        self._process.passes("delivery awaited")
        if self._process.is_cut_off:
            return len(self)
        queues = list(self._queues.values())
        self._process.random.shuffle(queues)
        for queue in queues:
            self._arrive(queue, len(queue))
        self._process.passes("delivered, report not seen")
        self._report()
        return 0

    def purge(self) -> None:
        """Forget what has not been sent."""
        for queue in self._queues.values():
            self._purged += queue
            queue.clear()

    def drip(self) -> None:
        """Some of one partition's records arrive."""
        waiting = [queue for queue in self._queues.values() if queue]
        if waiting and not self._process.is_cut_off:
            queue = self._process.random.choice(waiting)
            self._arrive(queue, self._process.random.randint(1, len(queue)))

    def left_behind(self) -> None:
        """A run of each partition's records had been sent."""
        if not self._process.is_cut_off:
            for queue in self._queues.values():
                self._arrive(queue, self._process.random.randint(0, len(queue)))
        self._queues.clear()

    def _arrive(self, queue: deque[tuple[Record, Report]], count: int) -> None:
        for _ in range(count):
            record, report = queue.popleft()
            offset = self._process.around.broker.append(
                record.topic,
                record.partition,
                record.value,
                key=record.key,
                headers=record.headers,
                timestamp=record.timestamp,
            )
            self._arrived.append((record, report, offset))

    def _report(self) -> int:
        if self._process.is_cut_off:
            return 0
        count = len(self._arrived)
        while self._arrived:
            record, report, offset = self._arrived.popleft()
            report(None, _message(record, offset))
        return count


class Consumer:
    """Brings records of the partitions assigned, the topics mixed as luck has it.

    A reader that asks for the ends of partitions gets all of one, at once.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._process = current()
        self._broker = self._process.around.broker
        self._group = config["group.id"]
        self._tells_ends = config.get("enable.partition.eof", False)
        self._positions: dict[tuple[str, int], int] = {}
        self._paused: set[tuple[str, int]] = set()
        self._topics: Sequence[str] = ()
        self._callbacks: tuple[Any, Any] | None = None
        self._generation = -1
        self._share: frozenset[int] = frozenset()

    def subscribe(self, topics: Sequence[str], *, on_assign: Any, on_revoke: Any) -> None:
        """Join the group; `poll` tells what it gives."""
        self._topics, self._callbacks = topics, (on_assign, on_revoke)

    def assign(self, places: Sequence[TopicPartition]) -> None:
        """Read these partitions from these offsets."""
        self._paused.clear()
        self._positions = {(p.topic, p.partition): max(0, p.offset) for p in places}

    def unassign(self) -> None:
        """Read nothing."""
        self._positions = {}

    def pause(self, places: Sequence[TopicPartition]) -> None:
        """Read these later."""
        self._paused |= {(p.topic, p.partition) for p in places}

    def resume(self, places: Sequence[TopicPartition]) -> None:
        """Read these again."""
        self._paused -= {(p.topic, p.partition) for p in places}

    def poll(self, timeout: float) -> Message | None:
        """The next record; None, after a while, when there is none."""
        self._process.passes("read" if self._tells_ends else "polls")
        if self._callbacks is not None:
            self._rebalance()
        found = self.consume(1, timeout=0)
        if not found:
            self._process.around.passes_by(timeout)
        return found[0] if found else None

    def consume(self, most: int, timeout: float) -> list[Message]:
        """Up to so many records that are here."""
        if self._process.is_cut_off:
            return []
        found: list[Message] = []
        while len(found) < most and (message := self._next()) is not None:
            found.append(message)
            if message.error() is not None:
                break
        return found

    def committed(self, asked: Sequence[TopicPartition], timeout: float) -> list[TopicPartition]:
        """What the group has committed."""
        self._reach()
        known = self._broker.committed
        return [
            TopicPartition(p.topic, p.partition, known.get((self._group, p.topic, p.partition), -1))
            for p in asked
        ]

    def get_watermark_offsets(
        self, place: TopicPartition, timeout: float = 0, cached: bool = False
    ) -> tuple[int, int]:
        """The bounds of a partition."""
        self._reach()
        return 0, self._broker.end(place.topic, place.partition)

    def list_topics(self, topic: str | None = None, timeout: float = 0) -> Any:
        """What there is."""
        self._reach()
        return _topics(self._broker.topics)

    def close(self) -> None:
        """Leave."""

    def _next(self) -> Message | None:
        if not self._tells_ends and self._process.most <= 0:
            return None
        open_places = [place for place in self._positions if place not in self._paused]
        if not self._tells_ends:
            self._process.random.shuffle(open_places)
        for topic, partition in open_places:
            record = self._broker.next_from(topic, partition, self._positions[topic, partition])
            if record is not None:
                self._positions[topic, partition] = record.offset + 1
                self._process.most -= not self._tells_ends
                return _message(record, record.offset)
        if self._tells_ends and open_places:
            return Message(error=KafkaError(KafkaError._PARTITION_EOF))
        return None

    def _rebalance(self) -> None:
        generation, share = self._process.around.share_of(self._group, self._process.name)
        if generation == self._generation or self._process.is_cut_off:
            return
        assert self._callbacks is not None
        on_assign, on_revoke = self._callbacks
        before, self._share, self._generation = self._share, share, generation
        if before:
            on_revoke(self, self._places(before))
            self.unassign()
        on_assign(self, self._places(share))

    def _places(self, numbers: frozenset[int]) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for topic in self._topics for number in numbers]

    def _reach(self) -> None:
        self._process.passes("broker asked")
        if self._process.is_cut_off:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "no answer"))


class AdminClient:
    """Knows the topics."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._process: Process = current()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def list_topics(self, timeout: float) -> Any:
        """What there is."""
        self._reach()
        return _topics(self._process.around.broker.topics)

    def describe_topics(self, topics: Any) -> dict[str, Any]:
        """The ids of topics."""
        self._reach()
        names = self._process.around.broker.topics
        ids = {name: SimpleNamespace(topic_id=f"id-of-{name}") for name in names}
        return {name: SimpleNamespace(result=lambda _, one=ids[name]: one) for name in names}

    def _reach(self) -> None:
        if self._process.is_cut_off:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT, "no broker"))


def _topics(names: Sequence[str]) -> Any:
    one = SimpleNamespace(error=None, partitions=dict.fromkeys(range(PARTITIONS)))
    return SimpleNamespace(topics=dict.fromkeys(names, one))


def _message(record: Record, offset: int = -1) -> Message:
    headers: Headers = record.headers
    return Message(
        topic=record.topic,
        partition=record.partition,
        offset=offset,
        key=record.key,
        value=record.value,
        headers=list(headers),
        timestamp=(1, record.timestamp),
    )
