"""Reading a topic from an offset to another, whatever is in it."""

import subprocess
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException

from events.topics import EVENTS, OUTCOMES
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from tests.brokers import Broker

BEFORE, BAD, AFTER = 1500, 3, 500


@pytest.fixture(scope="module")
def filled(broker: Broker) -> Broker:
    """A partition with records whose header names are not UTF-8 in the middle."""
    ensure_topics(broker.bootstrap, 1, 1)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for number in range(BEFORE):
        publisher.publish(EVENTS, b"%d" % number, partition=0, headers=(("a", b"1"),))
    publisher.flush()
    argv = ["kcat", "-b", broker.bootstrap, "-P", "-t", EVENTS, "-p", "0", "-H", "a=1"]
    for _ in range(BAD):
        subprocess.run([*argv, "-H", b"\xff=1"], input=b"bad", check=True, timeout=120)
    for number in range(AFTER):
        publisher.publish(EVENTS, b"%d" % number, partition=0, headers=(("a", b"1"),))
    publisher.close()
    return broker


def test_a_bad_header_name_costs_only_its_record_the_headers(filled: Broker) -> None:
    with LogReader(filled.bootstrap) as reader:
        records = list(reader.read(EVENTS, 0))
    assert [record.offset for record in records] == list(range(BEFORE + BAD + AFTER))
    for record in records:
        assert record.headers == (() if record.value == b"bad" else (("a", b"1"),))


def test_a_range_is_read_from_its_begin_to_before_its_end(filled: Broker) -> None:
    with LogReader(filled.bootstrap) as reader:
        for begin, end in ((0, 1), (700, 1200), (BEFORE, BEFORE + BAD), (5, 5), (9, 3)):
            offsets = [record.offset for record in reader.read(EVENTS, 0, begin, end)]
            assert offsets == list(range(begin, end))


def test_reading_stops_at_the_end_of_the_log(filled: Broker) -> None:
    with LogReader(filled.bootstrap) as reader:
        end = BEFORE + BAD + AFTER
        assert reader.bounds(EVENTS, 0) == (0, end)
        assert len(list(reader.read(EVENTS, 0, end - 2, end + 100))) == 2
        assert list(reader.read(EVENTS, 0, end + 50)) == []
        assert list(reader.read(OUTCOMES, 0)) == []


def test_a_reader_left_in_the_middle_can_read_again(filled: Broker) -> None:
    with LogReader(filled.bootstrap) as reader:
        assert next(reader.read(EVENTS, 0, 10)).offset == 10
        assert next(reader.read(EVENTS, 0, 20)).offset == 20


class Leaderless:
    """A reader's consumer that is told a few times that a partition has no leader."""

    def __init__(self, real: Consumer, times: int) -> None:
        self._real = real
        self.left = times

    def get_watermark_offsets(self, *what: Any, **how: Any) -> tuple[int, int]:
        if self.left:
            self.left -= 1
            raise KafkaException(KafkaError(KafkaError._UNKNOWN_PARTITION))
        low, high = self._real.get_watermark_offsets(*what, **how)
        return low, high

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_a_partition_whose_leader_has_died_is_waited_for(filled: Broker) -> None:
    with LogReader(filled.bootstrap) as reader:
        consumer = Leaderless(reader._consumer, 3)
        reader._consumer = consumer  # type: ignore[assignment]
        assert reader.bounds(EVENTS, 0) == (0, BEFORE + BAD + AFTER)
        assert consumer.left == 0


def test_a_partition_that_does_not_exist_is_not_waited_for(filled: Broker) -> None:
    with LogReader(filled.bootstrap) as reader:
        consumer = Leaderless(reader._consumer, 3)
        reader._consumer = consumer  # type: ignore[assignment]
        with pytest.raises(KafkaException):
            reader.bounds(EVENTS, 17)
        assert consumer.left == 2
