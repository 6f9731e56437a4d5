"""A million malformed and hostile records between good ones, at full rate, through a real matcher.

GIGMATCH_LONG=1 sends the million to Apache Kafka; figures are printed (`-s` shows them).
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from operator import eq
from pathlib import Path

import pytest
from confluent_kafka import KafkaException

from events.emission import emission_position
from events.envelope import Record
from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES, partition_of
from gigmatch.fold import bytes_of
from gigmatch.logread import LogReader
from gigmatch.processes import tail
from gigmatch.settings import PACKAGED_RELEASES, Settings
from matching.engine import Engine
from models.registry import Registry
from producers.publisher import Publisher
from streams.dead_letters import opened
from tests.brokers import Broker, BrokerKind
from tests.system.hostile import mixed
from tests.system.matchers import MatcherProcess, content_of, make_topics, running_matcher, town_log
from tests.town import ZONE

LONG = bool(os.environ.get("GIGMATCH_LONG"))
COUNT = 1_000_000 if LONG else 2_000
KIND: BrokerKind = "kafka" if LONG else "embedded"
PARTITIONS = 2
HOME = partition_of(ZONE, PARTITIONS)
PATIENCE_S = 7_000.0 if LONG else 400.0
MAY_GROW = 1.25
"""Of the memory after the first fifth; what was refused, kept, would be many times that."""


@pytest.mark.soak
def test_hostile_records_harm_nobody_and_none_is_lost(
    new_broker: Callable[[BrokerKind], Broker], tmp_path: Path
) -> None:
    broker = new_broker(KIND)
    make_topics(broker, PARTITIONS)
    good = town_log(days=1 if LONG else 0.1)
    places = _publish(broker, good)
    with running_matcher(
        broker, tmp_path, GIGMATCH_QUARANTINE_AFTER="0", GIGMATCH_SNAPSHOT_EVERY="20000"
    ) as matcher:
        began = time.monotonic()
        memory = list(_memory_until_done(broker, matcher))
        seconds = time.monotonic() - began
        assert matcher.stop() == 0
    settled = memory[len(memory) // 5 :]
    print(
        f"\n{COUNT} hostile and {len(good)} good records in {seconds:.0f} s: "
        f"{(COUNT + len(good)) / seconds:.0f} a second; resident memory, MB: "
        f"{[round(one / 1e6) for one in memory[:: max(1, len(memory) // 20)]]}"
    )
    if LONG:
        assert settled[-1] < MAY_GROW * settled[0]
    _check_letters(broker, places)
    _check_answers(broker, places)


def _publish(broker: Broker, good: list[Record]) -> set[tuple[int, int]]:
    """All of it, before the matcher starts: it then reads as quickly as it can.

    Returns where the good records stand. Bad ones go to any partition.
    """
    limit = {"queue.buffering.max.kbytes": 262_144, "linger.ms": 20}
    publisher = Publisher(broker.bootstrap, client_id="tests", config=limit)
    places: set[tuple[int, int]] = set()
    for number, (record, is_good) in enumerate(mixed(good, COUNT, seed=7)):
        publisher.publish(
            EVENTS,
            record.value,
            key=record.key,
            headers=record.headers,
            partition=HOME if is_good else number % PARTITIONS,
            timestamp=record.timestamp,
            arrived=(lambda *place: places.add(place)) if is_good else None,
        )
    publisher.close()
    assert len(places) == len(good)
    return places


def _memory_until_done(broker: Broker, matcher: MatcherProcess) -> Iterator[int]:
    """The matcher's resident memory, each second, until it has committed everything."""
    give_up = time.monotonic() + PATIENCE_S
    numbers = list(range(PARTITIONS))
    with LogReader(broker.bootstrap, group=Settings().group) as reader:
        ends = {number: reader.bounds(EVENTS, number)[1] for number in numbers}
        while _committed(reader, numbers) != ends:
            assert not matcher.ended, tail(matcher.log)
            assert time.monotonic() < give_up, tail(matcher.log)
            yield matcher.memory()
            time.sleep(1.0 if LONG else 0.2)
    yield matcher.memory()


def _committed(reader: LogReader, numbers: list[int]) -> dict[int, int]:
    try:
        return reader.committed(EVENTS, numbers)
    except KafkaException:  # the group's coordinator is not there yet
        return {}


def _check_letters(broker: Broker, good: set[tuple[int, int]]) -> None:
    """Each record that is not good lies among the dead letters once, byte for byte."""
    codes: Counter[str] = Counter()
    with LogReader(broker.bootstrap) as events, LogReader(broker.bootstrap) as reader:
        for number in range(PARTITIONS):
            refused = (r for r in events.read(EVENTS, number) if (number, r.offset) not in good)
            letters = ((opened(found), found) for found in reader.read(DEAD_LETTERS, number))
            theirs = (pair for pair in letters if _place(pair[0].origin) not in good)
            for record, (letter, found) in zip(refused, theirs, strict=True):
                assert letter.origin == record.origin
                assert (found.key, found.value or b"") == (record.key, record.value or b"")
                assert found.headers[: len(record.headers)] == record.headers
                codes[letter.code] += 1
    assert codes.total() == COUNT
    assert len(codes) > 10
    print(dict(codes.most_common(12)))


def _place(origin: str) -> tuple[int, int]:
    _, number, offset = origin.split("/")
    return int(number), int(offset)


def _cause(outcome: Record) -> int:
    return emission_position(dict(outcome.headers)["ce_id"].decode())[0]


def _check_answers(broker: Broker, good: set[tuple[int, int]]) -> None:
    """What was answered to the good ones is what is answered to them alone, at their places."""
    registry = Registry(PACKAGED_RELEASES)
    with LogReader(broker.bootstrap) as events, LogReader(broker.bootstrap) as reader:
        for number in range(PARTITIONS):
            engine = Engine(number, PARTITIONS, registry.open)
            alone = [
                bytes_of(emission)
                for record in events.read(EVENTS, number)
                if (number, record.offset) in good
                for emission in engine.step(record).emissions
            ]
            answered = [
                content_of(record)
                for record in reader.read(OUTCOMES, number)
                if (number, _cause(record)) in good
            ]
            assert len(answered) == len(alone)
            assert all(map(eq, answered, alone))
