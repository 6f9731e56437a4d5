"""The publisher against real brokers: what arrives, where, in what order, and what is refused."""

import asyncio
import time
from collections.abc import Iterator
from typing import cast

import pytest
from confluent_kafka import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.codec import decode
from events.envelope import Record
from events.facts import ClockTicked, Fact, WorkerUnavailable
from events.topics import EVENTS, MAX_RECORD_BYTES, OUTCOMES, partition_of
from events.tracing import begun, trace_of
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.topics_admin import ensure_topics
from producers.publisher import DeliveryError, Publisher
from tests.brokers import Broker
from tests.messages import any_fact

PARTITIONS = 3
LEAVING = WorkerUnavailable(worker_id="W-1", zone="511181")
SOURCE = "/zones/511181/stations/05"


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    opened = Publisher(broker.bootstrap, client_id="test")
    yield opened
    opened.close()


def test_a_fact_goes_to_the_partition_of_its_zone(broker: Broker, publisher: Publisher) -> None:
    partition = partition_of(LEAVING.zone, PARTITIONS)
    begin = _end(broker, EVENTS, partition)
    publisher.publish_fact(LEAVING, id="a-1", source=SOURCE, time=1_805_068_800_000)
    publisher.flush()
    [record] = _read(broker, EVENTS, partition, begin)
    event = decode(record)
    assert record.key == b"511181"
    assert (event.fact, event.id, event.source) == (LEAVING, "a-1", SOURCE)
    assert event.time == 1_805_068_800_000


def test_a_share_of_the_facts_begins_a_trace_and_ticks_do_not(broker: Broker) -> None:
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    begin = _end(broker, EVENTS, 0)
    for share in (0.0, 1.0):
        publisher = Publisher(broker.bootstrap, client_id="test", trace_share=share)
        publisher.publish_fact(LEAVING, id="a-3", source=SOURCE, partition=0)
        publisher.publish_fact(ClockTicked(now=1), id="t", source="/clock", partition=0)
        publisher.close()
    traces = [trace_of(record.headers) for record in _read(broker, EVENTS, 0, begin)]
    assert traces == [None, None, begun(SOURCE, "a-3", share=1.0), None]


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.lists(any_fact(), min_size=10, max_size=20))
def test_any_fact_arrives_as_it_was(
    broker: Broker, publisher: Publisher, facts: list[Fact]
) -> None:
    begin = _end(broker, EVENTS, 0)
    for fact in facts:
        publisher.publish_fact(fact, id="a-2", source="/tests", partition=0)  # of any zone
    publisher.flush()
    assert [decode(record).fact for record in _read(broker, EVENTS, 0, begin)] == facts


def test_a_partition_keeps_the_order_of_publishing(broker: Broker, publisher: Publisher) -> None:
    begin = _end(broker, OUTCOMES, 1)
    values = [b"%d" % number for number in range(5_000)]
    for value in values:
        publisher.publish(OUTCOMES, value, key=b"511181", partition=1)
    publisher.flush()
    assert [record.value for record in _read(broker, OUTCOMES, 1, begin)] == values


def test_key_headers_timestamp_and_a_null_value_arrive(
    broker: Broker, publisher: Publisher
) -> None:
    begin = _end(broker, OUTCOMES, 0)
    headers = (("a", b"\x00\xff"), ("a", b"again"), ("empty", b""))
    publisher.publish(OUTCOMES, None, key=b"k", headers=headers, partition=0, timestamp=1234567)
    publisher.flush()
    [record] = _read(broker, OUTCOMES, 0, begin)
    assert (record.key, record.value, record.headers) == (b"k", None, headers)
    assert record.timestamp == 1_234_567


async def test_after_drain_everything_is_on_the_broker(
    broker: Broker, publisher: Publisher
) -> None:
    begin = _end(broker, OUTCOMES, 2)
    for _ in range(300):
        publisher.publish(OUTCOMES, b"x", partition=2)
    await publisher.drain()
    assert _end(broker, OUTCOMES, 2) == begin + 300


async def test_others_run_while_drain_waits() -> None:
    """A broker that is not there holds up the drain, and nothing else."""
    publisher = Publisher(
        f"{LOCALHOST}:{free_port()}",
        client_id="test",
        config={"message.timeout.ms": 1_500, "log_level": 0},
    )
    publisher.publish(OUTCOMES, b"x", partition=0)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    counting = asyncio.create_task(count())
    with pytest.raises(DeliveryError, match=r"market\.outcomes\[0\]: .*[Tt]imed out"):
        await publisher.drain()
    counting.cancel()
    assert turns > 1
    publisher.close()


def test_check_tells_of_failures_without_waiting() -> None:
    publisher = Publisher(
        f"{LOCALHOST}:{free_port()}",
        client_id="test",
        config={"message.timeout.ms": 1_000, "log_level": 0},
    )
    publisher.check()
    publisher.publish(OUTCOMES, b"x", partition=0)
    with pytest.raises(DeliveryError, match="not delivered") as failed:
        _check_forever(publisher)
    assert failed.value.told("zh-CN") == f"没有送达：{OUTCOMES}[0]：等了很久也没有送出"
    publisher.close()


def test_who_waits_for_a_report_is_told_where_a_record_landed(
    broker: Broker, publisher: Publisher
) -> None:
    begin = _end(broker, OUTCOMES, 0)
    landed: list[tuple[int, int | None]] = []
    for value in (b"a", b"b"):
        publisher.publish(OUTCOMES, value, partition=0, arrived=lambda *at: landed.append(at))
    while len(landed) < 2:
        publisher.check(wait_s=1.0)
    assert landed == [(0, begin), (0, begin + 1)]


def test_a_repetition_that_the_broker_has_already_has_arrived_without_an_offset() -> None:
    """DUPLICATE_SEQUENCE_NUMBER is a success, and librdkafka knows no offset then."""
    landed: list[tuple[int, int | None]] = []
    publisher = Publisher(f"{LOCALHOST}:{free_port()}", client_id="test")
    report = publisher._telling(lambda *at: landed.append(at))
    report(None, cast("Message", Repetition()))
    publisher.abandon()
    assert landed == [(3, None)]


def test_an_abandoned_publisher_ends_at_once_and_tells_of_nothing() -> None:
    landed: list[tuple[int, int | None]] = []
    publisher = Publisher(
        f"{LOCALHOST}:{free_port()}", client_id="test", config={"delivery.timeout.ms": 0}
    )
    publisher.publish(OUTCOMES, b"x", partition=0, arrived=lambda *at: landed.append(at))
    publisher.abandon()
    publisher.check()
    assert landed == []


def test_a_record_too_large_is_refused_before_it_is_sent(
    broker: Broker, publisher: Publisher
) -> None:
    begin = _end(broker, OUTCOMES, 0)
    size = MAX_RECORD_BYTES + 1
    with pytest.raises(DeliveryError, match=rf"{size} bytes.* {MAX_RECORD_BYTES}"):
        publisher.publish(OUTCOMES, bytes(size), partition=0)
    publisher.publish(OUTCOMES, b"small", partition=0)
    publisher.flush()
    assert [record.value for record in _read(broker, OUTCOMES, 0, begin)] == [b"small"]


def test_a_record_of_ten_megabytes_passes(broker: Broker, publisher: Publisher) -> None:
    begin = _end(broker, OUTCOMES, 0)
    publisher.publish(OUTCOMES, bytes(10_000_000), partition=0)
    publisher.flush()
    [record] = _read(broker, OUTCOMES, 0, begin)
    assert record.value == bytes(10_000_000)


def test_partitions_are_counted_and_a_missing_topic_is_named(publisher: Publisher) -> None:
    assert publisher.partitions(EVENTS) == PARTITIONS
    with pytest.raises(DeliveryError, match=r"nowhere.*gigmatch topics"):
        publisher.partitions("nowhere")


def test_a_fact_for_all_zones_needs_a_partition(publisher: Publisher) -> None:
    with pytest.raises(ValueError, match="each partition"):
        publisher.publish_fact(ClockTicked(now=1_805_068_800_000), id="t", source="/clock")


class Repetition:
    """A delivered message whose first answer was lost."""

    def topic(self) -> str:
        return EVENTS

    def partition(self) -> int:
        return 3

    def offset(self) -> None:
        return None


def _check_forever(publisher: Publisher) -> None:
    while True:
        publisher.check()
        time.sleep(0.01)


def _end(broker: Broker, topic: str, partition: int) -> int:
    with LogReader(broker.bootstrap) as reader:
        return reader.bounds(topic, partition)[1]


def _read(broker: Broker, topic: str, partition: int, begin: int) -> list[Record]:
    with LogReader(broker.bootstrap) as reader:
        return list(reader.read(topic, partition, begin))
