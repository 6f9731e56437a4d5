"""Faust under our rules, on a broker: batches in order, acks only after the work is done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import faust
import pytest
from aiokafka.errors import KafkaError

from events.envelope import Record
from events.topics import EVENTS
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams import faust_app
from streams.faust_app import create_app
from streams.faust_consumer import BATCHES_AHEAD
from tests.brokers import Broker

pytestmark = pytest.mark.filterwarnings("default")  # Faust's own
PATIENCE_S = 120.0
MANY, FEWER = 6_000, 2_500
MOST_AHEAD = BATCHES_AHEAD * 1_000
"""What so many fetches bring, of the 1,000 records that two partitions may have in each."""


class Worker:
    """Notes what it is given; stops at the gate while that is closed."""

    def __init__(self) -> None:
        self.done: list[tuple[int, int]] = []
        self.working: list[tuple[int, int]] = []
        self.gate = asyncio.Event()
        self.assigned: set[int] = set()

    async def process(self, partition: int, records: Sequence[Record]) -> None:
        self.working += [(partition, record.offset) for record in records]
        await self.gate.wait()
        self.done += [(partition, record.offset) for record in records]

    def on_assigned(self, partitions: set[int]) -> None:
        self.assigned = partitions

    def on_revoked(self, partitions: set[int]) -> None:
        self.assigned -= partitions

    def every_tick(self) -> None:
        pass


@asynccontextmanager
async def _running(settings: Settings, worker: Worker) -> AsyncIterator[faust.App]:
    app = create_app(settings, worker.process, worker, tick_s=0.1)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


async def test_nothing_is_committed_before_it_is_done(broker: Broker) -> None:
    ensure_topics(broker.bootstrap, 2, 1)
    settings = Settings(kafka=broker.bootstrap, group="acks")
    publisher = Publisher(broker.bootstrap, client_id="tests")
    worker = Worker()
    async with _running(settings, worker):
        _publish(publisher, range(3))
        await _until(lambda: len(worker.working) > 0)
        _publish(publisher, range(3, 200))  # arrives while the first batch is being worked on
        await asyncio.sleep(2.5)  # several commit intervals
        assert worker.done == []
        assert await _committed(settings) == {0: 0, 1: 0}
        worker.gate.set()
        await _until(lambda: len(worker.done) == 400)
        for partition in (0, 1):
            offsets = [offset for number, offset in worker.done if number == partition]
            assert offsets == list(range(200))
        while await _committed(settings) != {0: 200, 1: 200}:
            await asyncio.sleep(0.1)
    publisher.close()


async def test_more_is_taken_only_as_what_was_taken_is_done(broker: Broker) -> None:
    """Back-pressure: memory holds a few batches, the log holds the rest, and none of it is shed."""
    ensure_topics(broker.bootstrap, 2, 1)
    settings = Settings(kafka=broker.bootstrap, group="waits")
    publisher = Publisher(broker.bootstrap, client_id="tests")
    _publish(publisher, range(MANY))
    publisher.close()
    with LogReader(broker.bootstrap) as reader:
        ends = {number: reader.bounds(EVENTS, number)[1] for number in (0, 1)}
    worker = Worker()
    app = create_app(settings, worker.process, worker, tick_s=0.1)
    await app.start()
    try:
        consumer: Any = app.consumer

        def taken() -> int:
            return sum(max(0, at) for at in consumer._positions.values())

        await _until(lambda: bool(worker.working))
        looks = [-1, taken()]
        while len({*looks[-4:]}) > 1:  # until no more is taken
            await asyncio.sleep(0.5)
            looks.append(taken())
        assert looks[-1] <= MOST_AHEAD < sum(ends.values())
        assert worker.done == []
        worker.gate.set()
        await _until(lambda: len(worker.done) == sum(ends.values()))
        for number, end in ends.items():
            assert [at for place, at in worker.done if place == number] == list(range(end))
    finally:
        worker.gate.set()
        await app.stop()


async def test_what_a_rebalance_drops_makes_nobody_wait(broker: Broker) -> None:
    """Batches under way that are taken back are under way no more, and are taken again."""
    ensure_topics(broker.bootstrap, 2, 1)
    settings = Settings(kafka=broker.bootstrap, group="again", session_timeout_s=6.0)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    _publish(publisher, range(FEWER))
    publisher.close()
    worker = Worker()
    async with _running(settings, worker) as app:
        consumer: Any = app.consumer
        await _until(lambda: len(consumer._under_way) >= BATCHES_AHEAD)
        before = app.consumer_generation_id
        joined = consumer._thread._consumer._coordinator
        consumer._thread.thread_loop.call_soon_threadsafe(joined.request_rejoin)
        await _until(lambda: app.consumer_generation_id != before)
        worker.gate.set()
        await _until(lambda: {*worker.done} >= {(0, FEWER - 1), (1, FEWER - 1)})
        await _until(lambda: not consumer._under_way)


async def test_who_can_never_join_again_ends(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_topics(broker.bootstrap, 2, 1)
    settings = Settings(kafka=broker.bootstrap, group="broken")
    worker, ends = Worker(), list[dict[str, str]]()
    monkeypatch.setattr(faust_app, "end_at_once", lambda what, **why: ends.append(why))
    app = create_app(settings, worker.process, worker, tick_s=0.1)
    assert app.conf.broker_max_poll_interval > 100 * 24 * 3600  # a spare may be idle for long
    await app.start()
    try:
        await _until(lambda: worker.assigned == {0, 1})
        assert ends == []
        consumer: Any = app.consumer
        coordinator = consumer._thread._consumer._coordinator
        coordinator._pending_exception = KafkaError("told to nobody")
        await _until(lambda: bool(ends))
        assert ends[0] == {"why": "KafkaError('told to nobody')"}
        coordinator._pending_exception = None
    finally:
        await app.stop()


def _publish(publisher: Publisher, numbers: range) -> None:
    for number in numbers:
        for partition in (0, 1):
            publisher.publish(EVENTS, b"%d" % number, partition=partition)
    publisher.flush()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.05)


async def _committed(settings: Settings) -> dict[int, int]:
    def ask() -> dict[int, int]:
        with LogReader(settings.kafka, group=settings.group) as reader:
            return reader.committed(EVENTS, [0, 1])

    return await asyncio.to_thread(ask)
