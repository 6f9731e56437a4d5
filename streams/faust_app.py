"""The one place that knows Faust: membership, assignment, delivery, commits and timers.

Faust's traps and the rules that follow from them (each is kept here and only here):

- an exception in an agent acks its event: the agent never raises, a failure ends the process;
- `take()` acks whole batches: batches are made here, of what has already arrived;
- commits can pass an unfinished message when a later one is acked first: one agent, acks in order;
- tables, the web server, leader election and waiting for empty streams are off;
- the fetch wait is fixed at 1.5 s: the driver's consumer is told ours;
- aborted transactions are delivered: it is told to read what is committed, as recoveries do;
- a header name that is not UTF-8 stops a partition for ever: see `streams.lenient`.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol, cast

import faust
import structlog
from faust.transport.drivers import aiokafka as driver

from events.envelope import Record
from events.topics import EVENTS
from gigmatch.settings import Settings
from streams import lenient, metrics

Process = Callable[[int, Sequence[Record]], Awaitable[None]]
"""Applies records of one partition and returns when everything that follows is delivered."""

EXIT_CODE: Final = 70
_LARGEST_BATCH: Final = 500
_HEARTBEATS_A_SESSION: Final = 3

_log = structlog.get_logger()


class Hooks(Protocol):
    """What the app calls besides `process`, always in its event loop."""

    def on_assigned(self, partitions: set[int]) -> None:
        """These partitions are ours, and no others."""
        ...

    def on_revoked(self, partitions: set[int]) -> None:
        """These partitions may be another process's; some may come back at once."""
        ...

    def every_tick(self) -> None:
        """Time passes."""
        ...


def create_app(settings: Settings, process: Process, hooks: Hooks, *, tick_s: float) -> faust.App:
    """A Faust app that feeds `process` from `market.events`. Made in a factory, not at import."""
    lenient.install()
    app = _App(
        settings.group,
        broker=[f"kafka://{server}" for server in settings.kafka.split(",")],
        fetch_wait_ms=settings.fetch_wait_ms,
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="gigmatch-faust-"),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=0.5,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / _HEARTBEATS_A_SESSION,
        broker_request_timeout=max(60.0, settings.session_timeout_s * 2),
        broker_max_poll_records=_LARGEST_BATCH,
        worker_redirect_stdouts=False,
    )
    topic = app.topic(
        EVENTS,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        allow_empty=True,
    )

    @app.agent(topic, concurrency=1, name="matcher")
    async def matcher(stream: Any) -> None:
        batch: list[Any] = []
        began = 0.0
        async for event in stream.noack().events():
            if not batch:
                began = time.perf_counter()
            batch.append(event)
            waited = (time.perf_counter() - began) * 1000
            if (
                stream.channel.queue.empty()
                or waited >= settings.batch_ms
                or len(batch) >= _LARGEST_BATCH
            ):
                await _process_or_die(process, batch)
                for done in batch:
                    done.ack()
                batch.clear()

    @app.on_partitions_assigned.connect
    async def assigned(_app: Any, /, *given: Any, **_: Any) -> None:
        partitions = {tp.partition for tp in given[0] if tp.topic == EVENTS}
        _log.info("partitions assigned", partitions=sorted(partitions))
        hooks.on_assigned(partitions)

    @app.on_partitions_revoked.connect
    async def revoked(_app: Any, /, *taken: Any, **_: Any) -> None:
        hooks.on_revoked({tp.partition for tp in taken[0] if tp.topic == EVENTS})

    @app.timer(interval=tick_s)  # type: ignore[untyped-decorator]
    async def tick() -> None:
        try:
            hooks.every_tick()
        except Exception:
            _die("the timer failed")

    @app.task  # type: ignore[untyped-decorator]
    async def measure_loop_lag() -> None:
        while not app.should_stop:
            begin = time.perf_counter()
            await asyncio.sleep(tick_s)
            metrics.LOOP_LAG.set(max(0.0, time.perf_counter() - begin - tick_s))

    return app


def run(app: faust.App, settings: Settings) -> None:
    """Run the app as a worker until a signal ends it."""
    worker = faust.Worker(
        app,
        loglevel=settings.log_level.upper(),
        quiet=True,
        redirect_stdouts=False,
        override_logging=False,
    )
    worker.spinner = None  # it writes to the terminal among the log's lines
    worker.execute_from_commandline()


def record_of(event: Any) -> Record:
    """A Faust event as a record, equal to what `gigmatch.logread.record_of` makes of it.

    A recovery reads the same log through librdkafka, for which a header's name ends at a zero byte.
    """
    message = event.message
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=max(0, round((message.timestamp or 0) * 1000)),
        key=message.key,
        value=message.value,
        headers=tuple(
            (name.partition("\0")[0], value or b"") for name, value in message.headers or ()
        ),
    )


async def _process_or_die(process: Process, batch: Sequence[Any]) -> None:
    by_partition: dict[int, list[Record]] = {}
    for event in batch:
        record = record_of(event)
        by_partition.setdefault(record.partition, []).append(record)
    try:
        for partition, records in by_partition.items():
            await process(partition, records)
    except Exception:
        _die("a batch could not be finished")


def _die(why: str) -> None:
    """End at once, nothing acked: the supervisor starts us again and the log tells us all."""
    _log.exception(why)
    os._exit(EXIT_CODE)


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """The driver's consumer with our fetch wait and isolation; it hard-codes both."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = cast(_App, self.app).fetch_wait_ms
        consumer._isolation_level = "read_committed"
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class _App(faust.App):
    def __init__(self, *args: Any, fetch_wait_ms: int, **kwargs: Any) -> None:
        self.fetch_wait_ms = fetch_wait_ms
        super().__init__(*args, **kwargs)

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)
