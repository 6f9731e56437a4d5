"""The notifier process: three topics in, one topic out, and messages to the world.

A consumer group shares the partitions out; the same numbers of all three topics go to the same
process. Where it is lies in `market.notifier-state`, never in committed offsets.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from events.emission import Telling
from events.topics import EVENTS, NOTIFICATIONS, OUTCOMES, partition_of
from events.values import Channel
from gigmatch.kafka_address import parse_kafka_address
from gigmatch.logread import LogReader, record_of
from gigmatch.settings import Settings
from gigmatch.spans import Spans
from gigmatch.tls_trouble import kafka_trouble, kafka_why
from streams.consuming import consumer_of
from streams.notifier import metrics
from streams.notifier.channels import Adapter
from streams.notifier.contacts import Contacts
from streams.notifier.courier import Courier
from streams.notifier.partition import Partition
from streams.notifier.rules import Rules
from streams.notifier.state import load, save
from streams.notifier.traced import TracedNotices
from streams.pacing import Pacing
from streams.sink import Sink

GROUP: Final = "gigmatch-notifier"
TOPICS: Final = (EVENTS, OUTCOMES, NOTIFICATIONS)
_READ: Final = 1_000
_POLL_S: Final = 0.1
_PAUSE_S: Final = 1.0
_UNHEARD_S: Final = 5.0
"""Who has no partitions after so long asks why not."""

_log = structlog.get_logger()


class AssignmentError(RuntimeError):
    """What is known of a partition cannot be read; the process ends, and is started again."""


class Notifier:
    """One process. `run` until asked to stop; `sink` publishes, `adapters` send.

    `spans` takes what was done for notifications in a trace.
    """

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        rules: Rules,
        adapters: Mapping[Channel, Adapter],
        contacts: Contacts,
        spans: Spans | None = None,
    ) -> None:
        self._settings = settings
        self._traced = None if spans is None else TracedNotices(spans)
        self._sink = sink
        self._rules = rules
        self._reader = LogReader(settings.kafka, settings.fetch_wait_ms, settings.group)
        self._consumer = consumer_of(
            settings,
            GROUP,
            {
                "partition.assignment.strategy": "range",
                "session.timeout.ms": int(settings.session_timeout_s * 1000),
                "heartbeat.interval.ms": int(settings.session_timeout_s * 1000 / 4),
            },
        )
        self._pacing = Pacing(self._consumer, self._reader)
        self._courier = Courier(adapters, contacts, settings.language, self._traced)
        self._partitions: dict[int, Partition] = {}
        self._count = 0
        self._assignment = 0
        self._is_encrypted = parse_kafka_address(settings.kafka).is_encrypted
        self._looked = time.monotonic()
        self._poller = ThreadPoolExecutor(max_workers=1, thread_name_prefix="poll")
        self.trouble = "not in the consumer group yet"
        """Why nobody is told at the moment; empty when they are."""

    async def run(self, asked_to_stop: asyncio.Event) -> None:
        """Tell workers until asked to stop. Raises what a sink raises when a record is lost."""
        self._consumer.subscribe(list(TOPICS), on_assign=self._on_assign, on_revoke=self._on_revoke)
        try:
            while not asked_to_stop.is_set():
                try:
                    await self._turn()
                except KafkaException as error:
                    why = await asyncio.to_thread(kafka_why, error, self._settings.kafka)
                    self.trouble = f"the broker does not answer: {why}"
                    _log.warning("cannot read the log, trying again", why=why)
                    await asyncio.sleep(_PAUSE_S)
            await self._save(at_least=1)
        finally:
            await self._courier.close()
            self._consumer.close()
            self._reader.close()
            self._poller.shutdown()

    async def _turn(self) -> None:
        """Read what has come, say what follows from it, and let messages go out."""
        loop = asyncio.get_running_loop()
        passed = await loop.run_in_executor(self._poller, self._read)
        with metrics.TURN_SECONDS.time():
            now = self._now()
            for number, partition in self._partitions.items():
                self._publish(partition.announce(passed.get(number, 0), now))
                self._publish(partition.plan(now))
            attempts = [one for part in self._partitions.values() for one in part.attempts(now)]
            self._courier.carry(attempts, now)
            self._publish(self._courier.results(now))
            await self._sink.drain()
        await self._save(at_least=self._settings.snapshot_every)
        self._look()
        if self._is_encrypted and not self._assignment:
            await self._ask_why_not()

    async def _ask_why_not(self) -> None:
        """Say why the group does not take it, as far as TLS keeps it out: the client does not."""
        if time.monotonic() - self._looked < _UNHEARD_S:
            return
        if why := await asyncio.to_thread(kafka_trouble, self._settings.kafka):
            self.trouble = why
            _log.warning("cannot join the consumer group, trying again", why=why)
        self._looked = time.monotonic()

    def _read(self) -> dict[int, int]:
        """Take what has arrived; the facts that the matchers have passed, by partition."""
        first = self._consumer.poll(_POLL_S)
        if first is not None:
            self._take([first])
            assignment = self._assignment
            others = self._consumer.consume(_READ, timeout=0)
            if self._assignment == assignment:
                self._take(others)
            else:  # some may be from before the partitions were assigned anew
                self._go_on()
        orders = {number: partition.order for number, partition in self._partitions.items()}
        self._pacing.hold_back(orders)
        return self._pacing.passed(orders)

    def _take(self, messages: Sequence[Message]) -> None:
        """Take all; an error among them is raised afterwards, as the others do not come again."""
        error = None
        for message in messages:
            if message.error() is not None:
                error = message.error()
                continue
            record = record_of(message)
            if (partition := self._partitions.get(record.partition)) is not None:
                partition.take(record)
        if error is not None:
            raise KafkaException(error)

    def _publish(self, tellings: Iterable[Telling]) -> None:
        begin_ns = time.time_ns()
        for one in tellings:
            self._sink.publish(
                NOTIFICATIONS,
                one.value,
                key=one.key,
                headers=one.headers,
                partition=partition_of(one.message.worker_id, self._count),
            )
            if self._traced is not None:
                self._traced.published(one, begin_ns)

    async def _save(self, at_least: int) -> None:
        """Keep the state of partitions that have read so many records since the last time."""
        for number, partition in self._partitions.items():
            if partition.since_save >= at_least or partition.has_erased:
                save(self._sink, number, partition.state())
        await self._sink.drain()

    def _look(self) -> None:
        left = sum(partition.left for partition in self._partitions.values())
        metrics.WAITING.set(sum(partition.waiting for partition in self._partitions.values()))
        metrics.UNDER_WAY.set(self._courier.under_way)
        if self._assignment:
            self.trouble = f"{left} notifications to catch up" if left else ""

    def _now(self) -> int:
        if self._settings.clock == "wall":
            return time.time_ns() // 1_000_000
        return max((partition.clock for partition in self._partitions.values()), default=0)

    def _on_assign(self, consumer: Consumer, assigned: list[TopicPartition]) -> None:
        try:
            self._begin({one.partition for one in assigned})
        except KafkaException as error:
            raise AssignmentError(f"cannot go on with the partitions assigned: {error}") from error

    def _begin(self, numbers: set[int]) -> None:
        self._count = len(self._reader.partitions(NOTIFICATIONS))
        for number in numbers:
            state = load(self._reader, number)
            end = self._reader.bounds(NOTIFICATIONS, number)[1]
            self._partitions[number] = Partition(number, self._count, state, self._rules, end)
        self._assignment += 1
        self._go_on()

    def _go_on(self) -> None:
        """Read on from where each partition is."""
        places = [
            TopicPartition(topic, number, offset)
            for number, partition in sorted(self._partitions.items())
            for topic, offset in partition.next_offsets.items()
        ]
        self._pacing.begin()
        self._consumer.assign(places)
        _log.info("notifying", read_from={f"{p.topic}/{p.partition}": p.offset for p in places})

    def _on_revoke(self, consumer: Consumer, revoked: list[TopicPartition]) -> None:
        for one in revoked:
            self._partitions.pop(one.partition, None)
