"""Ticks come at the start, at deadlines, and at least as often as asked."""

import asyncio

from events.codec import decode
from events.facts import ClockTicked, Fact
from events.topics import EVENTS
from streams.ticker import Ticker
from tests.matching.scenario import JOB, WORKER
from tests.streams.memory import MemoryTopics, matcher_on
from tests.town import NOW
from tests.worlds import record_of


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


def _ticked(topics: MemoryTopics, partition: int = 0) -> list[int]:
    facts = [decode(record).fact for record in topics.all(EVENTS, partition)]
    return [fact.now for fact in facts if isinstance(fact, ClockTicked)]


def test_a_partition_is_ticked_when_it_comes_and_then_regularly() -> None:
    topics, clock = MemoryTopics(), Clock()
    ticker = Ticker(topics, matcher_on(topics)[0], every_s=60, clock=clock)
    for _ in range(5):
        ticker.tick({0})
        clock.now += 30_000
    assert _ticked(topics) == [NOW, NOW + 60_000, NOW + 120_000]


def test_every_owned_partition_is_ticked_and_no_other() -> None:
    topics, clock = MemoryTopics(), Clock()
    ticker = Ticker(topics, matcher_on(topics)[0], every_s=60, clock=clock)
    ticker.tick({0, 2})
    assert [len(_ticked(topics, partition)) for partition in range(3)] == [1, 0, 1]
    ticker.tick({2})
    ticker.tick({0, 2})  # partition 0 came back: it is ticked at once
    assert [len(_ticked(topics, partition)) for partition in range(3)] == [2, 0, 1]


def test_a_deadline_is_ticked_once_when_it_has_come() -> None:
    facts: list[Fact] = [ClockTicked(now=NOW), WORKER, JOB]
    log = [record_of(fact, offset) for offset, fact in enumerate(facts)]
    topics, clock = MemoryTopics(log), Clock()
    matcher, _ = matcher_on(topics)
    ticker = Ticker(topics, matcher, every_s=1_000_000, clock=clock)
    ticker.tick({0})
    asyncio.run(matcher.process(0, topics.all(EVENTS)))
    deadline = matcher.partitions[0].engine.next_deadline()
    assert deadline is not None
    clock.now = deadline - 1
    ticker.tick({0})
    clock.now = deadline + 10
    for _ in range(3):  # the tick is on its way
        ticker.tick({0})
    assert _ticked(topics) == [NOW, NOW, deadline + 10]


def test_a_tick_is_an_event_like_any_other() -> None:
    topics = MemoryTopics()
    Ticker(topics, matcher_on(topics)[0], every_s=60, clock=Clock()).tick({3})
    (record,) = topics.all(EVENTS, 3)
    event = decode(record)
    assert record.key == b"*"
    assert (event.id, event.source, event.time) == (f"tick-3-{NOW}", "/matcher", NOW)
