"""What arrives from the positions that are named: everything once, in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from events.topics import EVENTS
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.feed import START, Feed, after
from tests.brokers import Broker

PATIENCE_S = 120.0


@asynccontextmanager
async def _feed(broker: Broker) -> AsyncIterator[Feed]:
    feed = Feed(broker.bootstrap)
    try:
        yield feed
    finally:
        await asyncio.to_thread(feed.close)


def _publish(broker: Broker, count: int) -> int:
    """Write `count` records to each of two partitions; the offset of the first of them."""
    ensure_topics(broker.bootstrap, 2, 1)
    with LogReader(broker.bootstrap) as reader:
        _, begin = reader.bounds(EVENTS, 0)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for number in range(count):
        for partition in (0, 1):
            publisher.publish(EVENTS, b"%d" % number, partition=partition)
    publisher.close()
    return begin


async def _take(feed: Feed, positions: dict[int, int], count: int) -> list[tuple[int, int]]:
    """At least `count` records as (partition, offset); positions go on."""
    found: list[tuple[int, int]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            taken = await feed.take(positions, 0.1)
            positions |= after(taken)
            found += [(r.partition, r.offset) for records in taken.values() for r in records]
    return found


async def test_every_partition_from_its_position_on(broker: Broker) -> None:
    begin = _publish(broker, 300)
    end = begin + 300
    async with _feed(broker) as feed:
        found = await _take(feed, {0: START, 1: end - 50}, end + 50)
        assert [offset for number, offset in found if number == 0] == list(range(end))
        assert [offset for number, offset in found if number == 1] == list(range(end - 50, end))
        again = await _take(feed, {1: end - 2}, 2)
        assert again == [(1, end - 2), (1, end - 1)]
        assert await feed.take({1: end}, 0.1) == {}


async def test_a_call_that_is_cancelled_loses_nothing(broker: Broker) -> None:
    begin = _publish(broker, 300)
    positions = {0: begin, 1: begin}
    found: list[tuple[int, int]] = []
    async with _feed(broker) as feed:
        for wait_s in (0.0, 0.001, 0.01, 0.1, 0.3):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    taken = await feed.take(positions, 1.0)
                    positions |= after(taken)
                    found += [(r.partition, r.offset) for rs in taken.values() for r in rs]
        found += await _take(feed, positions, 600 - len(found))
    for partition in (0, 1):
        assert [offset for number, offset in found if number == partition] == list(
            range(begin, begin + 300)
        )
