"""Records into a broker and out of it again: topics, bulk loading, open-loop sending."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.cimpl import NewTopic

from benchmarks.harness import NothingMeasured
from events.envelope import Record
from events.topics import EVENTS, MAX_RECORD_BYTES, TOPICS, Topic
from gigmatch.admin import admin_client

PATIENCE_S: Final = 180.0
LOOK_EVERY_S: Final = 0.02
QUIET: Final = 2
"""librdkafka's log level: a broker that ends before its clients is no news here."""

Sent = dict[str, float]
"""When each id was meant to go out, or came back, in seconds of `time.perf_counter`."""


def fresh_topics(bootstrap: str, partitions: int = 1) -> None:
    """Delete the market's topics if they are there and create them empty."""
    names = [topic.name for topic in TOPICS]
    with admin_client(bootstrap) as admin:
        for future in admin.delete_topics(names, operation_timeout=PATIENCE_S).values():
            _unless(future.result, KafkaError.UNKNOWN_TOPIC_OR_PART)
    create_topics(bootstrap, TOPICS, partitions)


def create_topics(bootstrap: str, topics: Iterable[Topic], partitions: int = 1) -> None:
    """Create topics; waits out a deletion of the same name."""
    deadline = time.monotonic() + PATIENCE_S
    missing = {
        topic.name: NewTopic(topic.name, partitions, 1, config=topic.config) for topic in topics
    }
    with admin_client(bootstrap) as admin:
        while missing and time.monotonic() < deadline:
            futures = admin.create_topics(list(missing.values()))
            for name, future in futures.items():
                if future.exception() is None:
                    del missing[name]
            time.sleep(0.2 if missing else 0)
    if missing:
        raise TimeoutError(f"the broker did not create {', '.join(missing)}")


def load(bootstrap: str, records: Iterable[Record], topic: str = EVENTS) -> None:
    """Write records to their partitions of a topic, as fast as the broker takes them."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 20,
            "enable.idempotence": True,
            "message.max.bytes": MAX_RECORD_BYTES,
            "log_level": QUIET,
        }
    )
    for record in records:
        send(producer, record, topic)
    if producer.flush(PATIENCE_S):
        raise TimeoutError(f"the broker did not take every record for {topic}")


def send(producer: Producer, record: Record, topic: str) -> None:
    """Hand one record to the producer, waiting while its queue is full."""
    while True:
        try:
            producer.produce(
                topic,
                value=record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
        except BufferError:
            producer.poll(0.1)
            continue
        producer.poll(0)
        return


def reader(bootstrap: str, topic: str, *, from_end: bool = False, partitions: int = 1) -> Consumer:
    """A consumer of the partitions of a topic, in no group.

    It reads from the first records on, or from the end of partition 0.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "benchmarks-reader",
            "log_level": QUIET,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,
        }
    )
    start = _end_of(consumer, topic) if from_end else 0
    consumer.assign([TopicPartition(topic, partition, start) for partition in range(partitions)])
    return consumer


def seconds_between(
    consumer: Consumer,
    first: Callable[[Message], bool],
    last: Callable[[Message], bool],
    check: Callable[[], None],
    *,
    lasts: int = 1,
) -> float:
    """Seconds from the arrival of the first record to that of the last, the `lasts`-th that is one.

    Looks every LOOK_EVERY_S, to leave the processor to whoever is measured, and calls `check`,
    which raises when they have ended. Raises TimeoutError when nothing comes for PATIENCE_S, and
    NothingMeasured when both records were there at one look.
    """
    began: float | None = None
    heard = time.monotonic()
    while time.monotonic() - heard < PATIENCE_S:
        looked = time.perf_counter()
        for message in _arrived(consumer):
            heard = time.monotonic()
            if first(message):
                began = looked if began is None else began
            elif last(message):
                if began is None or began == looked:
                    raise NothingMeasured("too few records, or the reader came late")
                lasts -= 1
                if lasts == 0:
                    return looked - began
        check()
        time.sleep(LOOK_EVERY_S)
    raise TimeoutError(f"nothing came for {PATIENCE_S:g} s")


def _arrived(consumer: Consumer) -> Iterator[Message]:
    """What has arrived by now, without waiting."""
    while (message := consumer.poll(0)) is not None:
        if message.error() is None:
            yield message


def header(message: Message, name: str) -> bytes | None:
    """One header of a received record, or None."""
    pairs = cast(list[tuple[str, bytes]], message.headers() or [])
    return dict(pairs).get(name)


def open_loop(
    bootstrap: str,
    groups: Sequence[Sequence[Record]],
    *,
    topic: str,
    answers: Consumer,
    answered: Callable[[Message], str | None],
    rate: float,
    awaited: Sequence[str],
) -> list[float]:
    """Send a group of records every 1 / rate seconds; how long each awaited id took, in seconds.

    Open loop: a group goes out when its time has come, whether or not the ones before it have been
    answered, and latency counts from that intended time, so a stall is charged to every record
    that had to wait for it (no coordinated omission). `awaited[i]` is the id that `answered` finds
    in the answer to group i.
    """
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all", "log_level": QUIET}
    )
    received: Sent = {}
    wanted = set(awaited)
    thread = threading.Thread(target=_collect, args=(answers, answered, wanted, received))
    thread.start()
    meant: Sent = {}
    begin = time.perf_counter() + 0.1
    for i, group in enumerate(groups):
        meant[awaited[i]] = due = begin + i / rate
        while (left := due - time.perf_counter()) > 0:
            producer.poll(min(left, 0.001))
        for record in group:
            send(producer, record, topic)
    producer.flush(PATIENCE_S)
    thread.join()
    if missing := wanted - received.keys():
        raise TimeoutError(f"{len(missing)} of {len(awaited)} records were never answered")
    return [received[id] - meant[id] for id in awaited]


def _end_of(consumer: Consumer, topic: str) -> int:
    """The offset of the next record of partition 0, once the broker knows the partition."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            end: int = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=5)[1]
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return end


def _collect(
    answers: Consumer,
    answered: Callable[[Message], str | None],
    wanted: set[str],
    received: Sent,
) -> None:
    """Note when each wanted answer is in hand; give up after a long silence."""
    last = time.perf_counter()
    while len(received) < len(wanted) and time.perf_counter() - last < PATIENCE_S:
        message = answers.poll(0.1)
        if message is None or message.error() is not None:
            continue
        last = time.perf_counter()
        id = answered(message)
        if id is not None and id in wanted:
            received.setdefault(id, last)


def _unless(act: Callable[[], object], code: int) -> None:
    try:
        act()
    except KafkaException as error:
        if error.args[0].code() != code:
            raise
