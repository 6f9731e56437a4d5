"""The one way onto the log: an idempotent confluent-kafka producer whose deliveries are awaited."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events.codec import encode, event_headers
from events.envelope import Headers
from events.facts import Fact
from events.phrases import translated
from events.texts import LANGUAGES
from events.topics import ALL_ZONES, EVENTS, MAX_RECORD_BYTES, partition_of
from events.tracing import beginning
from gigmatch.admin import admin_client
from gigmatch.errors import SaidError, in_each_language
from gigmatch.kafka_address import client_config
from gigmatch.tls_trouble import kafka_why

Arrived = Callable[[int, int | None], None]
"""Is told the partition and the offset of a record that the broker has.

The offset is None when only a repetition told so: the answer to the first try was lost.
"""

DELIVERY_TIMEOUT_S: Final = 120.0
REFUSED_FOR_GOOD: Final = "delivery.for_good"
_FULL_QUEUE_WAIT_S: Final = 0.1
_POLL_EVERY: Final = 64
"""Reports are taken now and then while publishing: each look costs as much as a record does."""
_BY_KEY: Final = -1
_NOW: Final = 0


class DeliveryError(SaidError):
    """A record that the broker did not take; the message names topic, partition and reason."""


class Publisher:
    """Publishes records in order and says when the broker has them.

    Not for use from several threads at once.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        config: Mapping[str, object] | None = None,
        trace_share: float = 0.0,
    ) -> None:
        """Connect lazily to `bootstrap`; `config` adds to or replaces librdkafka settings.

        `trace_share` of the facts of a zone, 0 to 1, begin a trace.
        """
        self._bootstrap = bootstrap
        self._trace_share = trace_share
        self._producer = Producer(
            {
                **client_config(bootstrap),
                "client.id": client_id,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 2,
                "message.max.bytes": MAX_RECORD_BYTES,
                "queue.buffering.max.messages": 200_000,
                "delivery.timeout.ms": int(DELIVERY_TIMEOUT_S * 1000),
                "compression.type": "none",
                "log_level": 0,  # failures are raised, not printed
                **(config or {}),
            }
        )
        self._since_poll = 0
        self._failures: list[tuple[str, str]] = []
        self._partitions: dict[str, int] = {}
        self._waiter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="delivery")

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        timestamp: int | None = None,
        arrived: Arrived | None = None,
    ) -> None:
        """Put a record into the queue; `drain` or `flush` tell when it has arrived.

        Without a partition the key decides. `arrived` is told where it landed. Raises
        DeliveryError for a record that is too large.
        """
        while True:
            try:
                self._producer.produce(
                    topic,
                    value=value,
                    key=key,
                    headers=list(headers),
                    on_delivery=self._delivered if arrived is None else self._telling(arrived),
                    partition=_BY_KEY if partition is None else partition,
                    timestamp=_NOW if timestamp is None else timestamp,
                )
            except BufferError:
                self._producer.poll(_FULL_QUEUE_WAIT_S)
            except KafkaException as error:
                raise _untaken(topic, value, error) from error
            else:
                self._since_poll += 1
                if self._since_poll >= _POLL_EVERY:
                    self._since_poll = 0
                    self._producer.poll(0)
                return

    def publish_fact(
        self,
        fact: Fact,
        *,
        id: str,
        source: str,
        time: int | None = None,
        partition: int | None = None,
    ) -> None:
        """Publish a fact to `market.events`, in the partition of its zone.

        A fact for all zones (`*`) needs a partition and is published to each by the caller.
        """
        if partition is None:
            if fact.zone == ALL_ZONES:
                raise ValueError("a fact for all zones is published to each partition by number")
            partition = partition_of(fact.zone, self.partitions(EVENTS))
        headers = event_headers(fact, id=id, source=source, time=time)
        if fact.zone != ALL_ZONES:
            headers = (*headers, *beginning(source, id, self._trace_share))
        self.publish(
            EVENTS,
            encode(fact),
            key=fact.zone.encode(),
            headers=headers,
            partition=partition,
        )

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has.

        Raises DeliveryError when it does not exist, or no broker says so.
        """
        if topic not in self._partitions:
            try:
                with admin_client(self._bootstrap) as admin:
                    known = admin.list_topics(timeout=10)
            except KafkaException as error:
                why = {one: kafka_why(error, self._bootstrap, one) for one in LANGUAGES}
                raise DeliveryError(
                    "error.no_broker", bootstrap=self._bootstrap, why=why
                ) from error
            if topic not in known.topics or known.topics[topic].error is not None:
                raise DeliveryError("error.no_topic", name=topic)
            self._partitions[topic] = len(known.topics[topic].partitions)
        return self._partitions[topic]

    async def drain(self) -> None:
        """Return when everything published so far has arrived. Raises DeliveryError."""
        if len(self._producer) == 0:
            self._raise_failures()
            return
        await asyncio.get_running_loop().run_in_executor(self._waiter, self.flush)

    def flush(self, timeout_s: float = DELIVERY_TIMEOUT_S) -> None:
        """The same, blocking; raises DeliveryError also when `timeout_s` passes."""
        with _telling_why():
            left = self._producer.flush(timeout_s)
        self._raise_failures()
        if left:
            raise DeliveryError(
                "delivery.late", n=left, s=f"{timeout_s:.0f}", bootstrap=self._bootstrap
            )

    def check(self, wait_s: float = 0.0) -> None:
        """Raise DeliveryError for what has failed so far; waits `wait_s` for a report at most."""
        with _telling_why():
            self._producer.poll(wait_s)
        self._raise_failures()

    def close(self) -> None:
        """Wait for what is under way and end. Raises DeliveryError."""
        try:
            self.flush()
        finally:
            self._waiter.shutdown()

    def abandon(self) -> None:
        """End at once. What has not arrived may still do so: who repeats it keeps its id."""
        self._producer.purge()
        self._producer.poll(0)
        self._failures.clear()
        self._waiter.shutdown()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            where = f"{message.topic()}[{message.partition()}]"
            self._failures.append((where, error.str()))

    def _telling(self, arrived: Arrived) -> Callable[[KafkaError | None, Message], None]:
        def delivered(error: KafkaError | None, message: Message) -> None:
            self._delivered(error, message)
            partition = message.partition()
            if error is None and partition is not None:
                arrived(partition, message.offset())

        return delivered

    def _raise_failures(self) -> None:
        if self._failures:
            failures, self._failures = self._failures, []
            (where, why), further = failures[0], len(failures) - 1
            told = {"where": where, "why": translated(why)}
            if further:
                raise DeliveryError("delivery.several", **told, n=further)
            raise DeliveryError("delivery.one", **told)


@contextmanager
def _telling_why() -> Iterator[None]:
    """Raise DeliveryError for what ends a producer, as a user who may write nothing.

    confluent-kafka raises it out of the client's own loop, wrapped when a report came along, and
    loses it when two did: only the client's log has it then.
    """
    try:
        yield
    except (KafkaException, SystemError) as error:
        why = error if isinstance(error, KafkaException) else error.__cause__
        reason = in_each_language(REFUSED_FOR_GOOD)
        if isinstance(why, KafkaException):
            reason = translated(why.args[0].str())
        raise DeliveryError("delivery.none", why=reason) from error


def _untaken(topic: str, value: bytes | None, error: KafkaException) -> DeliveryError:
    kafka_error = error.args[0]
    if kafka_error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
        size = len(value or b"")
        return DeliveryError("delivery.too_large", topic=topic, size=size, limit=MAX_RECORD_BYTES)
    return DeliveryError("delivery.untaken", topic=topic, why=translated(kafka_error.str()))
