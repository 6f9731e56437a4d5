"""A million malformed and hostile records between good ones, at full rate, through a real matcher.

GIGMATCH_LONG=1 sends the million to Apache Kafka; figures are printed (`-s` shows them).
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import eq
from pathlib import Path
from statistics import median

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
"""Of the memory after the first fifth, to its peak and from one part of the rest to the next."""
LEAK = 1.1
"""What goes up in each part comes to more than this, where it is a leak."""
PARTS = 8
PEAK = 1.5
"""The highest sample may be so many times what is usual: a batch of 10 MB values is at work."""


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
    print(
        f"\n{COUNT} hostile and {len(good)} good records in {seconds:.0f} s: "
        f"{(COUNT + len(good)) / seconds:.0f} a second; resident memory, MB: "
        f"{[round(one / 1e6) for one in memory[:: max(1, len(memory) // 20)]]}"
    )
    if LONG:
        assert grown(memory) == ""
    _check_letters(broker, places)
    _check_answers(broker, places)


def grown(memory: Sequence[float]) -> str:
    """What is wrong with the whole curve after the first fifth; "" when it is flat.

    It is told by the medians of eight parts, as a single look says little: none may be far above
    the first, and they may not go up all the way.
    """
    settled = memory[len(memory) // 5 :]
    size = max(1, len(settled) // PARTS)
    parts = [median(settled[at : at + size]) for at in range(0, size * PARTS, size)]
    if max(settled) > PEAK * parts[0]:
        return f"a peak of {max(settled) / parts[0]:.2f} times what it was"
    if max(parts) > MAY_GROW * parts[0]:
        return f"{max(parts) / parts[0]:.2f} times what it was"
    is_rising = all(later > earlier for earlier, later in pairwise(parts))
    if is_rising and parts[-1] > LEAK * parts[0]:
        return f"up all the way, {parts[-1] / parts[0]:.2f} times what it was"
    return ""


@pytest.mark.parametrize(
    ("curve", "told"),
    [
        ([100.0] * 20 + [300.0] * 80, ""),
        ([100.0] * 20 + [300.0, 310.0, 290.0, 380.0] * 20, ""),
        ([300.0] * 60 + [700.0] + [300.0] * 39, "a peak"),
        ([300.0] * 60 + [400.0] * 20 + [300.0] * 20, "1.33 times"),
        ([300.0 + 0.5 * n for n in range(100)], "up all the way"),
    ],
    ids=["flat", "uneven", "a peak", "a hump", "a leak"],
)
def test_the_whole_curve_counts(curve: list[float], told: str) -> None:
    """Its last sample alone saw neither a peak nor a slow leak."""
    assert grown(curve).startswith(told)
    assert bool(grown(curve)) == bool(told)


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
