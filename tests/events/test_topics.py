"""Where a zone's records go must agree with the clients that choose a partition themselves."""

import zlib

from confluent_kafka import Message, Producer
from confluent_kafka.admin import NewTopic
from hypothesis import given
from hypothesis import strategies as st

from events.topics import (
    ALL_ZONES,
    AUDIT,
    DEAD_LETTERS,
    EVENTS,
    NOTIFICATIONS,
    NOTIFIER_STATE,
    OUTCOMES,
    SNAPSHOTS,
    TOPICS,
    partition_of,
)
from gigmatch.admin import admin_client
from tests.brokers import MemoryBroker

ZONES = ("511181", "511102", "110101", "440305", "659001", "460400")


@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.integers(1, 2_844))
def test_a_zone_has_one_partition(zone: str, partitions: int) -> None:
    assert partition_of(zone, partitions) == zlib.crc32(zone.encode()) % partitions
    assert 0 <= partition_of(zone, partitions) < partitions


def test_every_topic_is_listed_once() -> None:
    assert [topic.name for topic in TOPICS] == [
        EVENTS,
        OUTCOMES,
        SNAPSHOTS,
        DEAD_LETTERS,
        AUDIT,
        NOTIFICATIONS,
        NOTIFIER_STATE,
    ]


def test_nothing_of_the_log_is_ever_deleted() -> None:
    for topic in TOPICS:
        if topic.name == NOTIFICATIONS:
            continue
        is_compacted = topic.config["cleanup.policy"] == "compact"
        assert (
            is_compacted or topic.config["retention.ms"] == topic.config["retention.bytes"] == "-1"
        )


def test_what_workers_were_told_is_kept_for_a_month() -> None:
    (topic,) = [topic for topic in TOPICS if topic.name == NOTIFICATIONS]
    assert topic.config["retention.ms"] == str(30 * 24 * 3_600_000)


def test_librdkafka_sends_a_zone_where_we_expect_it(embedded_broker: MemoryBroker) -> None:
    """With its default partitioner, as any client of librdkafka, kcat among them, has it."""
    partitions = 7
    with admin_client(embedded_broker.bootstrap) as admin:
        created = admin.create_topics([NewTopic("zones", partitions, 1)])
        created["zones"].result(timeout=120)
    went: dict[str, int | None] = {}

    def delivered(error: object, message: Message) -> None:
        assert error is None
        key = message.key()
        assert isinstance(key, bytes)
        went[key.decode()] = message.partition()

    producer = Producer({"bootstrap.servers": embedded_broker.bootstrap})
    for zone in (*ZONES, ALL_ZONES):
        producer.produce("zones", b"{}", key=zone.encode(), on_delivery=delivered)
    assert producer.flush(30) == 0
    assert went == {zone: partition_of(zone, partitions) for zone in (*ZONES, ALL_ZONES)}
