"""`market.notifications` into the read model: what stations have to tell their workers.

As the projector of the market does: progress lies in Redis, in the transaction with what follows
from it, and nothing is committed to Kafka. After a flush it begins at zero, or where retention has
left the topic's beginning: that leaves what people were told for a month, and pages for a day.
"""

import threading
import time
from collections import defaultdict
from typing import Final

import structlog
from confluent_kafka import KafkaException, TopicPartition
from redis import RedisError

from events.codec import decode_notification
from events.envelope import Record
from events.notifications import AnyNotification
from events.rejections import Rejection
from events.topics import NOTIFICATIONS
from events.tracing import trace_of
from gigmatch.logread import LogReader, record_of
from gigmatch.readmodel.notices import NoticeProgress
from gigmatch.settings import Settings
from gigmatch.spans import Spans
from gigmatch.topics_admin import TopicsError
from streams.consuming import PROJECTORS, consumer_of, log_id
from streams.notice_store import NoticeStore
from streams.redis_store import OvertakenError
from streams.traced_projection import TracedProjection, Written
from streams.trouble import trouble_of

_READ: Final = 1_000
_POLL_S: Final = 0.1
_PAUSE_S: Final = 1.0

_log = structlog.get_logger()


class NoticeProjector:
    """Projects all partitions. `run` until asked to stop; `run_once` for tests and rebuilds."""

    def __init__(self, settings: Settings, spans: Spans | None = None) -> None:
        """`spans` takes what was done for records in a trace."""
        self._settings = settings
        self._spans = spans
        self._traced: dict[int, TracedProjection] = {}
        self._reader = LogReader(settings.kafka, settings.fetch_wait_ms)
        self._store = NoticeStore(settings.redis)
        self._consumer = consumer_of(settings, PROJECTORS)
        self._progress: dict[int, NoticeProgress] = {}
        self._begun: dict[int, int] = {}
        self.trouble = "no notifications read yet"
        """Why it does not project at the moment; empty when it does."""

    def run(self, asked_to_stop: threading.Event) -> None:
        """Project until asked to stop; whatever is unreachable is waited for."""
        while not asked_to_stop.is_set():
            try:
                self.run_once()
                self.trouble = ""
            except (RedisError, KafkaException, TopicsError) as error:
                self.trouble = trouble_of(error, self._settings)
                _log.warning("cannot project notifications, trying again", why=self.trouble)
                asked_to_stop.wait(_PAUSE_S)

    def run_once(self, patience_s: float = _POLL_S) -> int:
        """Read what has arrived and write it; how many records that was.

        Raises RedisError, KafkaException or TopicsError; call it again later.
        """
        try:
            if not self._progress or self._flushed():
                self._begin()
            return self._take(patience_s)
        except OvertakenError as error:
            _log.info("somebody else projects notifications; reading on from there", at=str(error))
            self._progress.clear()
            return 0
        except (RedisError, KafkaException):
            self._progress.clear()  # whether a transaction took place is not known
            raise

    def goals(self) -> dict[int, int]:
        """The present end of each partition."""
        numbers = self._reader.partitions(NOTIFICATIONS)
        return {number: self._reader.bounds(NOTIFICATIONS, number)[1] for number in numbers}

    def reached(self, goals: dict[int, int]) -> bool:
        """Whether all records before the goals have been projected."""
        offsets = {
            number: max(one.offset, self._begun[number])  # what is gone need not be read
            for number, one in self._progress.items()
        }
        return all(offsets.get(number, 0) >= end for number, end in goals.items())

    def close(self) -> None:
        """Disconnect from everything."""
        self._consumer.close()
        self._reader.close()
        self._store.close()

    def _flushed(self) -> bool:
        """Whether the progress in Redis is not ours any more."""
        return not self._store.expects() or any(
            self._store.progress(number, one.log).offset != one.offset
            for number, one in self._progress.items()
        )

    def _begin(self) -> None:
        numbers = self._reader.partitions(NOTIFICATIONS)
        if not numbers:
            raise TopicsError(
                f"{NOTIFICATIONS} is not at {self._settings.kafka}: run `gigmatch topics --create`"
            )
        log = log_id(self._settings.kafka, NOTIFICATIONS)
        places, ends = [], {}
        for number in numbers:
            progress = self._store.progress(number, log)
            first, end = self._reader.bounds(NOTIFICATIONS, number)
            ends[number] = end if end > first else 0
            if self._spans is not None:
                self._traced[number] = TracedProjection(self._spans, number, {NOTIFICATIONS: end})
            places.append(TopicPartition(NOTIFICATIONS, number, max(first, progress.offset)))
            self._progress[number] = progress
            self._begun[number] = first
        self._store.expect(ends)
        self._consumer.assign(places)

    def _take(self, patience_s: float) -> int:
        first = self._consumer.poll(patience_s)
        if first is None:
            return 0
        batches: defaultdict[int, list[Record]] = defaultdict(list)
        for message in (first, *self._consumer.consume(_READ, timeout=0)):
            if (error := message.error()) is not None:
                raise KafkaException(error)
            record = record_of(message)
            batches[record.partition].append(record)
        for partition, records in batches.items():
            self._write(partition, records)
        return sum(map(len, batches.values()))

    def _write(self, partition: int, records: list[Record]) -> None:
        begin_ns = time.time_ns()
        before = self._progress[partition]
        read = [(record, message) for record in records if (message := _message(record))]
        messages = [message for _, message in read]
        clock = max([before.clock, *(message.at for message in messages)])
        after = NoticeProgress(log=before.log, offset=records[-1].offset + 1, clock=clock)
        self._store.write(partition, before, after, messages)
        self._progress[partition] = after
        if (traced := self._traced.get(partition)) is not None:
            traced.written((_written(record, message) for record, message in read), begin_ns)


def _written(record: Record, message: AnyNotification) -> Written:
    return Written(NOTIFICATIONS, record.offset, message.TYPE, trace_of(record.headers))


def _message(record: Record) -> AnyNotification | None:
    try:
        return decode_notification(record)[1]
    except Rejection as error:
        _log.warning("a notification that is none", origin=record.origin, why=error.code)
        return None
