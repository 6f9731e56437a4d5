"""The projector: `market.events` and `market.outcomes` into the read model, exactly once.

Each partition's progress lies in Redis, in the transaction with everything that follows from it,
and reading goes on from there: nothing is committed to Kafka. So it may die at any moment, and run
twice: who finds the progress moved by somebody else lets them go first, and reads it again. When
the progress is gone, because Redis was flushed, it begins at zero; where the log has been cut
since, it goes on from what is there and says what is missing (`streams.gaps`).

All partitions are assigned by number; a second projector is a spare that takes over by itself.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import KafkaException, TopicPartition
from prometheus_client import Counter, Gauge
from redis import RedisError

from events.codec import decode_outcome
from events.rejections import Rejection
from events.topics import EVENTS, OUTCOMES
from gigmatch.logread import LogReader, record_of
from gigmatch.settings import Settings
from gigmatch.spans import Spans
from gigmatch.topics_admin import TopicsError
from streams.calibration import COUNTED_MS, Calibration
from streams.causal import CausalOrder
from streams.consuming import PROJECTORS, consumer_of, log_id
from streams.gaps import go_on, tell
from streams.notice_projector import NoticeProjector
from streams.pacing import Pacing
from streams.partition_projector import PartitionProjector
from streams.redis_store import OvertakenError, RedisStore
from streams.traced_projection import TracedProjection
from streams.trouble import trouble_of

WAITING: Final = Gauge("gigmatch_projector_waiting_facts", "Facts the matcher has not passed yet")
LAG: Final = Gauge(
    "gigmatch_projector_lag_records",
    "Outcomes on the broker that are not in the read model yet",
    ["partition"],
)
TROUBLES: Final = Counter(
    "gigmatch_projector_troubles", "Times it could not project: Redis or Kafka did not answer"
)

_READ: Final = 1_000
_POLL_S: Final = 0.1
_CHECK_S: Final = 1.0
_PAUSE_S: Final = 1.0

Goals = dict[int, tuple[int, int]]

_log = structlog.get_logger()


class TopicsMissingError(TopicsError):
    """The broker does not have the market's topics."""


class Projector:
    """Projects all partitions. `run` until asked to stop; `run_once` for tests and rebuilds."""

    def __init__(self, settings: Settings, spans: Spans | None = None) -> None:
        """`spans` takes what was done for records in a trace."""
        self._settings = settings
        self._spans = spans
        self._reader = LogReader(settings.kafka, settings.fetch_wait_ms, settings.group)
        self._store = RedisStore(settings.redis)
        # A log that is cut while it is read is begun anew, else nobody would see the gap.
        self._consumer = consumer_of(settings, PROJECTORS, {"auto.offset.reset": "error"})
        self._partitions: dict[int, PartitionProjector] = {}
        self._calibrations: dict[int, Calibration] = {}
        self._pacing = Pacing(self._consumer, self._reader)
        self._checked = 0.0
        self.trouble = "nothing read yet"
        """Why it does not project at the moment; empty when it does."""

    def run(self, asked_to_stop: threading.Event) -> None:
        """Project until asked to stop; whatever is unreachable is waited for."""
        while not asked_to_stop.is_set():
            try:
                self.run_once()
                self.trouble = ""
            except (RedisError, KafkaException, TopicsError) as error:
                self.trouble = trouble_of(error, self._settings)
                TROUBLES.inc()
                _log.warning("cannot project, trying again", why=self.trouble)
                asked_to_stop.wait(_PAUSE_S)

    def run_once(self, patience_s: float = _POLL_S) -> int:
        """Read what has arrived and write what is certain; how many facts and outcomes that was.

        Raises RedisError, KafkaException or TopicsError; call it again later.
        """
        try:
            if not self._partitions:
                self._begin()
            self._take(patience_s)
            passed = self._pacing.passed(self._orders())
            written = sum(
                partition.write(passed.get(number, 0))
                for number, partition in self._partitions.items()
            )
            self._check_for_others()
        except OvertakenError as error:
            _log.info("somebody else projects or rebuilds; reading on from there", at=str(error))
            self._partitions.clear()
            time.sleep(_PAUSE_S)
            return 0
        except (RedisError, KafkaException):
            self._partitions.clear()  # whether a transaction took place is not known
            raise
        self._pacing.hold_back(self._orders())
        WAITING.set(sum(one.order.waiting_facts for one in self._partitions.values()))
        return written

    def flush(self) -> None:
        """Delete the read model, and begin at zero."""
        self._store.flush()
        self._partitions.clear()

    def goals(self) -> Goals:
        """Up to where each partition can be projected now: ends of events passed, of outcomes."""
        partitions = self._numbers()
        passed = self._reader.committed(EVENTS, partitions)
        return {
            number: (passed[number], self._reader.bounds(OUTCOMES, number)[1])
            for number in partitions
        }

    def done(self, goals: Goals) -> int:
        """How many records of the goals have been projected."""
        done = 0
        for number, (events, outcomes) in goals.items():
            if (partition := self._partitions.get(number)) is not None:
                order = partition.order
                done += min(events, order.events if order.waiting_facts else order.events_read)
                done += min(outcomes, order.outcomes)
        return done

    def close(self) -> None:
        """Disconnect from everything."""
        self._consumer.close()
        self._reader.close()
        self._store.close()

    def _begin(self) -> None:
        """Read on from the progress that is stored."""
        numbers = self._numbers()
        places, ends, gaps = [], {}, []
        for number, progress in self._store.progress(
            numbers, log_id(self._settings.kafka, EVENTS, OUTCOMES)
        ).items():
            bounds = {topic: self._reader.bounds(topic, number) for topic in (EVENTS, OUTCOMES)}
            gaps += go_on(progress, number, bounds)
            (_, newest), (first, end) = bounds[EVENTS], bounds[OUTCOMES]
            ends[number] = end if end > first else 0
            # What a broker had and has no more is waited for: it is projected already.
            places.append(TopicPartition(EVENTS, number, min(progress.events, newest)))
            places.append(TopicPartition(OUTCOMES, number, min(progress.outcomes, end)))
            if number not in self._calibrations:
                since = self._clock(number, end) - COUNTED_MS
                self._calibrations[number] = Calibration(since)
            traced = self._traced(number, {EVENTS: newest, OUTCOMES: end})
            self._partitions[number] = PartitionProjector(
                self._store, number, len(numbers), progress, self._calibrations[number], traced
            )
        tell(self._store.remember(gaps))
        self._store.expect(ends)
        self._pacing.begin()
        self._consumer.assign(places)
        _log.info("projecting", read_from={f"{p.topic}/{p.partition}": p.offset for p in places})

    def _clock(self, number: int, end: int) -> int:
        """The market's clock at the last outcome before an offset, UTC ms; 0 if there is none."""
        for record in list(self._reader.read(OUTCOMES, number, end - 1, end)):
            with contextlib.suppress(Rejection):
                return decode_outcome(record)[1].at
        return 0

    def _traced(self, number: int, ends: dict[str, int]) -> TracedProjection | None:
        return None if self._spans is None else TracedProjection(self._spans, number, ends)

    def _numbers(self) -> list[int]:
        numbers = self._reader.partitions(EVENTS)
        if not numbers or numbers != self._reader.partitions(OUTCOMES):
            raise TopicsMissingError(
                f"{EVENTS} and {OUTCOMES} are not at {self._settings.kafka}, or their partitions "
                "differ: run `gigmatch topics --create`"
            )
        return numbers

    def _take(self, patience_s: float) -> None:
        # Asking for a batch with patience would wait until the batch is full.
        first = self._consumer.poll(patience_s)
        if first is None:
            return
        for message in (first, *self._consumer.consume(_READ, timeout=0)):
            if (error := message.error()) is not None:
                raise KafkaException(error)
            record = record_of(message)
            self._partitions[record.partition].take(record)

    def _orders(self) -> dict[int, CausalOrder]:
        return {number: partition.order for number, partition in self._partitions.items()}

    def _check_for_others(self) -> None:
        """Notice a flush while nothing arrives. Raises OvertakenError."""
        if time.monotonic() - self._checked < _CHECK_S:
            return
        self._checked = time.monotonic()
        self._show_lag()
        if self._store.overtaken():
            raise OvertakenError("any partition")

    def _show_lag(self) -> None:
        """What the last fetches said of the ends, which costs no question."""
        for number, partition in self._partitions.items():
            place = TopicPartition(OUTCOMES, number)
            _, end = self._consumer.get_watermark_offsets(place, cached=True)
            LAG.labels(number).set(max(0, end - partition.order.outcomes))


def rebuild(
    settings: Settings, show: Callable[[int, int], None], asked_to_stop: threading.Event
) -> int:
    """Flush the read model and project all of the log again; records projected.

    Works beside a running projector: whoever comes first does the next piece. `show` is told how
    many of how many records are done.
    """
    projector, notices = Projector(settings), NoticeProjector(settings)
    try:
        goals, told = projector.goals(), notices.goals()
        total = sum(events + outcomes for events, outcomes in goals.values())
        projector.flush()
        while not asked_to_stop.is_set():
            projector.run_once()
            done = projector.done(goals)
            show(done, total)
            if done >= total:
                break
        while not asked_to_stop.is_set():
            notices.run_once()
            if notices.reached(told):
                break
        return total + sum(told.values())
    finally:
        projector.close()
        notices.close()
