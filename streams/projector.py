"""The projector: both topics into Redis, each batch and its offsets in one transaction.

Not a consumer group: one projector reads every partition from the offsets that Redis holds, so
that what is written and how far it goes can never disagree.
"""

import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Final, cast

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition
from prometheus_client import Counter
from redis import Redis, RedisError, WatchError

from events.codec import decode, decode_outcome
from events.emission import emission_position
from events.envelope import Record
from events.rejections import Rejection
from events.topics import EVENTS, OUTCOMES
from gigmatch import readmodel as keys
from gigmatch.logread import LogReader, record_of
from streams.projection import Command, project_event, project_outcome

PROJECTED: Final = Counter("gigmatch_projected", "Records projected into Redis", ["topic"])

_BATCH: Final = 500
_PAUSE_S: Final = 1.0
_REBUILD_PAUSE_S: Final = 60
"""A rebuild that writes nothing for so long has died; the projector then goes on."""

_log = structlog.get_logger()


class ReadModel:
    """The read model's bookkeeping: which records are in it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._epoch: object = None
        self.offsets: dict[str, int] = {}
        self._positions: dict[int, str] = {}
        self._live: dict[int, str] = {}

    def load(self) -> None:
        """Read how far the model goes; a model that is gone begins at zero."""
        self._redis.set(keys.EPOCH, uuid.uuid4().hex, nx=True)
        self._epoch = self._redis.get(keys.EPOCH)
        self.offsets = {place: int(offset) for place, offset in self._hash(keys.OFFSETS).items()}
        self._positions = self._ids(keys.POSITIONS)
        self._live = self._ids(keys.LIVE_POSITIONS)

    def is_current(self) -> bool:
        """Whether Redis still holds the model that was loaded, and nobody rebuilds it."""
        return self._redis.get(keys.EPOCH) == self._epoch and not self.is_being_rebuilt()

    def is_being_rebuilt(self) -> bool:
        """Whether a rebuild is at work."""
        return bool(self._redis.exists(keys.REBUILDING))

    def write(self, records: Iterable[Record]) -> int:
        """Project records in one transaction with their offsets; how many were new.

        Raises WatchError when the model was dropped or rebuilt meanwhile; nothing is then written.
        """
        count = 0
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.watch(keys.EPOCH)  # type: ignore[no-untyped-call]
            if pipeline.get(keys.EPOCH) != self._epoch:
                raise WatchError("the read model is not the one that was loaded")
            pipeline.multi()
            for record in records:
                place = f"{record.topic}/{record.partition}"
                if record.offset < self.offsets.get(place, 0):
                    continue
                for command in self._commands(record):
                    pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
                self.offsets[place] = record.offset + 1
                PROJECTED.labels(record.topic).inc()
                count += 1
            if count:
                for place, offset in self.offsets.items():
                    pipeline.hset(keys.OFFSETS, place, str(offset))
                pipeline.execute()
        return count

    def _commands(self, record: Record) -> list[Command]:
        try:
            if record.topic == EVENTS:
                event = decode(record)
                at = record.timestamp if event.time is None else event.time
                return project_event(event, at)
            return self._outcome_commands(record)
        except Rejection:
            return []  # the matcher has put it among the dead letters

    def _outcome_commands(self, record: Record) -> list[Command]:
        envelope, outcome = decode_outcome(record)
        partition, position = record.partition, emission_position(envelope.id)
        commands: list[Command] = []
        if position > _position(self._positions.get(partition)):
            commands += project_outcome(outcome)
            commands.append(("HSET", keys.POSITIONS, partition, envelope.id))
            self._positions[partition] = envelope.id
        if position > _position(self._live.get(partition)):
            live = ("type", outcome.TYPE, "data", envelope.data)
            commands.append(("XADD", keys.LIVE, "MAXLEN", "~", keys.LIVE_LENGTH, "*", *live))
            commands.append(("HSET", keys.LIVE_POSITIONS, partition, envelope.id))
            self._live[partition] = envelope.id
        return commands

    def _ids(self, key: str) -> dict[int, str]:
        return {int(number): id for number, id in self._hash(key).items()}

    def _hash(self, key: str) -> dict[str, str]:
        stored = cast("dict[bytes, bytes]", self._redis.hgetall(key))
        return {field.decode(): value.decode() for field, value in stored.items()}


class Projector:
    """Keeps the read model up to date until asked to stop."""

    def __init__(self, bootstrap: str, redis: Redis, fetch_wait_ms: int) -> None:
        self._bootstrap = bootstrap
        self._model = ReadModel(redis)
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "gigmatch-unused",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": fetch_wait_ms,
                "fetch.message.max.bytes": 16 * 1024 * 1024,
                "log_level": 0,
            }
        )
        self.trouble = "not started"

    def run(self, asked_to_stop: threading.Event) -> None:
        """Project; when Redis or the broker is away, wait and try again."""
        assigned = False
        while not asked_to_stop.is_set():
            try:
                if self._model.is_being_rebuilt():
                    self.trouble, assigned = "the read model is being rebuilt", False
                    asked_to_stop.wait(_PAUSE_S)
                    continue
                if not assigned or not self._model.is_current():
                    self._assign()
                    assigned = True
                self._model.write(self._arrived())
                self.trouble = ""
            except (RedisError, KafkaException) as error:
                self.trouble, assigned = str(error), False
                _log.warning("cannot project", why=self.trouble)
                asked_to_stop.wait(_PAUSE_S)
        self._consumer.close()

    def _assign(self) -> None:
        self._model.load()
        with LogReader(self._bootstrap) as reader:
            places = [
                TopicPartition(topic, number, self._model.offsets.get(f"{topic}/{number}", 0))
                for topic in (EVENTS, OUTCOMES)
                for number in reader.partitions(topic)
            ]
        self._consumer.assign(places)

    def _arrived(self) -> list[Record]:
        first = self._consumer.poll(0.2)
        if first is None:
            return []
        messages = [first, *self._consumer.consume(_BATCH, 0)]
        for message in messages:
            if message.error() is not None:
                raise KafkaException(message.error())
        return [record_of(message) for message in messages]


def rebuild(
    bootstrap: str,
    redis: Redis,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Drop the read model and project the whole log again; how many records that were.

    A running projector notices and goes on from where this ends. The live stream stays.
    """
    kept = {name.encode() for name in (keys.LIVE, keys.LIVE_POSITIONS, keys.REBUILDING)}
    redis.set(keys.REBUILDING, 1, ex=_REBUILD_PAUSE_S)
    redis.delete(keys.EPOCH)
    for key in redis.scan_iter(f"{keys.PREFIX}*", count=1000):
        if key not in kept:
            redis.delete(key)
    model = ReadModel(redis)
    model.load()
    done = 0
    with LogReader(bootstrap) as reader:
        ends = {
            (topic, number): reader.bounds(topic, number)[1]
            for topic in (EVENTS, OUTCOMES)
            for number in reader.partitions(topic)
        }
        for (topic, number), end in ends.items():
            for batch in _batches(reader.read(topic, number, 0, end)):
                done += model.write(batch)
                redis.expire(keys.REBUILDING, _REBUILD_PAUSE_S)
                on_progress(done, sum(ends.values()))
    redis.delete(keys.REBUILDING)
    return done


def _batches(records: Iterable[Record]) -> Iterable[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _position(id: str | None) -> tuple[int, str, int]:
    return emission_position(id) if id is not None else (-1, "", -1)
