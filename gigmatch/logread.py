"""Reading a topic without a consumer group: from an offset to another, as records."""

import time
from collections.abc import Iterator, Sequence
from operator import methodcaller
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from events.envelope import Headers, Record
from events.topics import MAX_RECORD_BYTES
from gigmatch.kafka_address import client_config

TIMEOUT_S: Final = 15.0
_BATCH: Final = 1000
_ask_headers: Final = methodcaller("headers")
_SILENCE_S: Final = 30.0
_RETRY_S: Final = 0.1
_PASSING: Final = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)


class LogReader:
    """Reads partitions of any topic of one broker; a context manager.

    `ahead` is off for who looks at single records: the broker then sends a batch, not megabytes.
    A broker that sends nothing for `silence_s` ends a read with KafkaException.
    """

    def __init__(
        self,
        bootstrap: str,
        fetch_wait_ms: int = 10,
        group: str = "gigmatch-unused",
        *,
        ahead: bool = True,
        silence_s: float = _SILENCE_S,
    ) -> None:
        self._bootstrap = bootstrap
        self._silence_s = silence_s
        self._consumer = Consumer(
            {
                **client_config(bootstrap),
                "group.id": group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": fetch_wait_ms,
                "fetch.message.max.bytes": MAX_RECORD_BYTES if ahead else 1,
                "queued.min.messages": 100_000 if ahead else 1,
                "receive.message.max.bytes": 128 * 1024 * 1024,
                "log_level": 0,
            }
        )

    def __enter__(self) -> "LogReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic, in order; none when it does not exist."""
        known = self._consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        return [] if known.error is not None else sorted(known.partitions)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset there is, and the one that the next record will get.

        A partition between two leaders, as one made a moment ago or one whose broker has died, is
        waited for. Raises KafkaException.
        """
        give_up = time.monotonic() + TIMEOUT_S
        while True:
            try:
                low, high = self._consumer.get_watermark_offsets(
                    TopicPartition(topic, partition), timeout=TIMEOUT_S
                )
            except KafkaException as error:
                if time.monotonic() > give_up or not self._will_pass(error, topic, partition):
                    raise
                time.sleep(_RETRY_S)
            else:
                return low, high

    def committed(self, topic: str, partitions: Sequence[int]) -> dict[int, int]:
        """The offsets that the reader's consumer group goes on from; 0 where it has none.

        Raises KafkaException.
        """
        asked = [TopicPartition(topic, partition) for partition in partitions]
        answers = self._consumer.committed(asked, timeout=TIMEOUT_S)
        for answer in answers:
            if answer.error is not None:
                raise KafkaException(answer.error)
        return {answer.partition: max(0, answer.offset) for answer in answers}

    def read(
        self, topic: str, partition: int, start: int = 0, end: int | None = None
    ) -> Iterator[Record]:
        """The records with start <= offset < end; `end` None is the present end.

        Raises KafkaException when the broker reports an error or falls silent.
        """
        low, high = self.bounds(topic, partition)
        begin, stop = max(start, low), high if end is None else min(end, high)
        if begin >= stop:
            return
        self._consumer.assign([TopicPartition(topic, partition, begin)])
        try:
            yield from self._until(stop)
        finally:
            self._consumer.unassign()

    def _will_pass(self, error: KafkaException, topic: str, partition: int) -> bool:
        code = error.args[0].code()
        # The client calls a partition without a leader unknown, as one that does not exist.
        is_leaderless = code == KafkaError._UNKNOWN_PARTITION
        return code in _PASSING or (is_leaderless and partition in self.partitions(topic))

    def _until(self, stop: int) -> Iterator[Record]:
        while True:
            first = self._consumer.poll(self._silence_s)
            if first is None:
                raise KafkaException(
                    KafkaError(KafkaError._TIMED_OUT, f"{self._bootstrap} sends nothing")
                )
            # Asking for a batch with patience would wait until the batch is full.
            for message in (first, *self._consumer.consume(_BATCH, timeout=0)):
                if (error := message.error()) is not None:
                    if error.code() == KafkaError._PARTITION_EOF:
                        return
                    raise KafkaException(error)
                record = record_of(message)
                if record.offset < stop:
                    yield record
                if record.offset >= stop - 1:
                    return


def record_of(message: Message) -> Record:
    """A confluent-kafka message as a record."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return Record(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=max(0, message.timestamp()[1]),
        key=message.key(),
        value=message.value(),
        headers=_headers(message),
    )


def _headers(message: Message) -> Headers:
    """The headers; none at all when a name among them is not UTF-8.

    For such a name the library returns a half-filled list and an error at once. A plain call of a
    hot method would let that pass and the list's holes would crash the interpreter; a call through
    `methodcaller` is checked.
    """
    try:
        headers: list[tuple[str, bytes | None]] = _ask_headers(message) or []
    except (SystemError, UnicodeDecodeError):
        return ()
    return tuple([(name, value or b"") for name, value in headers])
