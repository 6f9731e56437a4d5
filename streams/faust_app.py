"""The matcher as a Faust app: membership, assignment, delivery, commits and timers.

Faust's traps and the rules that follow from them (these are kept here, those of its consumer in
`streams.faust_consumer`):

- an exception in an agent acks its event: the agent never raises, a failure ends the process;
- `take()` acks whole batches: what has arrived of a partition is one event from the start;
- commits can pass an unfinished event when a later one is acked first: one agent, acks in order;
- tables, the web server, leader election and waiting for empty streams are off.
"""

import asyncio
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import faust
import faust.auth
import structlog

from events.envelope import Record
from events.topics import EVENTS
from gigmatch.kafka_address import KafkaAddress, parse_kafka_address
from gigmatch.settings import Settings
from streams import metrics
from streams.ending import end_at_once
from streams.faust_consumer import App, Batch
from streams.membership import NEVER_IDLE_S

Process = Callable[[int, Sequence[Record]], Awaitable[None]]
"""Applies records of one partition and returns when everything that follows is delivered."""

_HEARTBEATS_A_SESSION: Final = 10
"""With Kafka's usual three, who is left hears of a death up to a third of a session late."""
_NEVER_FULL: Final = 10_000
"""More batches than are ever taken ahead: at four fifths of it Faust would stop asking."""

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
    address = parse_kafka_address(settings.kafka)
    app = App(
        settings.group,
        broker=[f"kafka://{server}" for server in address.servers],
        broker_credentials=_credentials(address),
        kafka=settings.kafka,
        fetch_wait_ms=settings.fetch_wait_ms,
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="gigmatch-faust-"),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance or None,
        broker_commit_interval=0.5,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / _HEARTBEATS_A_SESSION,
        broker_max_poll_interval=NEVER_IDLE_S,
        broker_request_timeout=max(60.0, settings.session_timeout_s * 2),
        stream_buffer_maxsize=_NEVER_FULL,
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
        async for event in stream.noack().events():
            await _process_or_die(process, event.message)
            event.ack()

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
        if not app.should_stop and (why := app.membership_trouble()):
            end_at_once("no part of the group any more", why=why)
        try:
            hooks.every_tick()
        except Exception:
            end_at_once("the timer failed")

    @app.task  # type: ignore[untyped-decorator]
    async def measure_loop_lag() -> None:
        while not app.should_stop:
            begin = time.perf_counter()
            await asyncio.sleep(tick_s)
            metrics.LOOP_LAG.set(max(0.0, time.perf_counter() - begin - tick_s))

    return app


def _credentials(address: KafkaAddress) -> faust.auth.Credentials | None:
    """How Faust gets in. Raises KafkaAddressError."""
    lines = ssl.create_default_context(cafile=address.ca) if address.is_encrypted else None
    if address.user is not None:
        return faust.auth.SASLCredentials(
            username=address.user,
            password=address.password(),
            mechanism=address.mechanism,
            ssl_context=lines,
        )
    return None if lines is None else faust.auth.SSLCredentials(lines)


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


async def _process_or_die(process: Process, batch: Batch) -> None:
    try:
        await process(batch.partition, batch.records)
    except Exception:
        end_at_once("a batch could not be finished")
