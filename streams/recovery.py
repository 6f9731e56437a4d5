"""Rebuilding a partition: newest snapshots, then the log between, outcomes held back.

Outcomes that `market.outcomes` already holds are not published again; those that a dead process
no longer got out are.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import islice
from typing import Final, Protocol

import msgspec
import structlog

from events.emission import Emission, emission_position
from events.envelope import Record
from events.refusals import UNKNOWN_RELEASE, answered_offset, is_refusal, outcome_id, promotes
from events.topics import EVENTS, OUTCOMES, SNAPSHOTS
from gigmatch.errors import SaidError
from matching.engine import Engine, Step
from matching.scorer import MissingReleaseError
from matching.snapshots import SnapshotError
from streams import metrics
from streams.snapshots import IncompleteError, SnapshotSet, as_written, mark_of, newest

Position = tuple[int, str, int]
NewEngine = Callable[[int], Engine]


class Reader(Protocol):
    """What a recovery needs of a broker; `gigmatch.logread.LogReader` is one."""

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset there is, and the one that the next record will get."""
        ...

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        """The records with start <= offset < end."""
        ...


OpenLog = Callable[[], AbstractContextManager[Reader]]

NOTHING_DELIVERED: Final[Position] = (-1, "", -1)
_TAIL: Final = 200
"""Outcomes looked at from the end: a zombie may have repeated a few older ones last."""
_FIRST_LOOK: Final = 64
"""Snapshot records looked at first, from the end; more when no complete set is among them."""
_CHUNK: Final = 1000
_MANY: Final = 4096
"""Outcomes looked at first for the answer to a promotion."""

_log = structlog.get_logger()


class Interrupted(Exception):
    """The process ends while a partition is being rebuilt."""


class LogTruncatedError(SaidError):
    """The log no longer has what no usable snapshot holds; the message says what to do."""


class Rebuilt(msgspec.Struct, frozen=True):
    """An engine, how far its outcomes got, and the first step whose outcomes did not.

    The engine stands before the record at `up_to`, or after the record of `unsent`.
    """

    engine: Engine
    delivered: Position
    replayed: int
    unsent: tuple[Record, Step] | None = None


class CaughtUp(msgspec.Struct, frozen=True):
    """Records of the log, and how far their outcomes got."""

    records: list[Record]
    delivered: Position


class Recovery:
    """Rebuilds partitions from the topics that `open_log` opens. Blocking: run it in a thread."""

    def __init__(self, open_log: OpenLog, new_engine: NewEngine) -> None:
        self._open_log = open_log
        self._new_engine = new_engine
        self._stopping = False
        self.progress = 0
        """Records read so far, by all rebuilds: what the watchdog looks at."""

    def stop(self) -> None:
        """Make a rebuild under way raise Interrupted."""
        self._stopping = True

    def rebuild(self, partition: int, up_to: int) -> Rebuilt:
        """The partition's engine after the records before offset `up_to`.

        Ends earlier at a record whose outcomes have not been published. Raises LogTruncatedError
        rather than begin in the middle of the log, and MissingReleaseError rather than score
        otherwise than before.
        """
        with self._open_log() as reader:
            delivered = self._delivered(reader, partition)
            engine, delivered = self._from_snapshots(reader, partition, delivered)
            _require(reader, partition, engine.replay_from())
            rebuilt = self._replay(reader, engine, delivered, up_to)
        metrics.RECOVERIES.inc()
        metrics.REPLAYED.inc(rebuilt.replayed)
        _log.info(
            "partition rebuilt",
            partition=partition,
            replayed=rebuilt.replayed,
            up_to=engine.last_offset + 1,
            delivered=delivered[0],
        )
        return rebuilt

    def catch_up(self, partition: int, begin: int, end: int) -> CaughtUp:
        """Up to a thousand records of the log with begin <= offset < end; none at its end.

        Raises LogTruncatedError when the log begins after the first.
        """
        with self._open_log() as reader:
            _require(reader, partition, begin)
            delivered = self._delivered(reader, partition)
            return CaughtUp(
                list(islice(self._read(reader, EVENTS, partition, begin, end), _CHUNK)), delivered
            )

    def _replay(self, reader: Reader, engine: Engine, delivered: Position, up_to: int) -> Rebuilt:
        replayed = 0
        for record in self._read(reader, EVENTS, engine.partition, engine.replay_from(), up_to):
            is_answered = record.offset <= delivered[0]
            if is_answered:
                step = step_again(engine, record, was_refused=self.was_refused(record))
            else:
                step = engine.step(record)
            replayed += 1
            if left := undelivered(step.emissions, delivered):
                unsent = record, msgspec.structs.replace(step, emissions=left)
                return Rebuilt(engine, delivered, replayed, unsent)
        return Rebuilt(engine, delivered, replayed)

    def was_refused(self, record: Record) -> bool:
        """Whether a record that was answered before promoted a release that was not there.

        Looked for from the end, until what stands first is mostly of before and something comes
        later. Behind it a zombie may have repeated what is older. A promotion may have led to
        nothing.
        """
        if not promotes(record):
            return False
        with self._open_log() as reader:
            low, end = reader.bounds(OUTCOMES, record.partition)
            look = _MANY
            while True:
                begin = max(low, end - look)
                offsets: list[int] = []
                for outcome in self._read(reader, OUTCOMES, record.partition, begin, end):
                    offset = answered_offset(outcome)
                    if offset == record.offset:
                        return is_refusal(outcome)
                    offsets.append(offset)
                first = offsets[: _MANY // 4]
                is_before = 2 * sum(offset < record.offset for offset in first) > len(first)
                if begin == low or (is_before and max(offsets) > record.offset):
                    return False
                look *= 8

    def _has_said(self, partition: int, id: str) -> bool:
        """Whether the outcome topic has an outcome, however long ago."""
        return any(outcome_id(outcome) == id for outcome in self._said(partition))

    def _said(self, partition: int) -> Iterator[Record]:
        """All outcomes of a partition.

        A reader reads one thing at a time, and the one of a rebuild goes on after this.
        """
        with self._open_log() as aside:
            begin, end = aside.bounds(OUTCOMES, partition)
            yield from self._read(aside, OUTCOMES, partition, begin, end)

    def _delivered(self, reader: Reader, partition: int) -> Position:
        _, end = reader.bounds(OUTCOMES, partition)
        positions = [NOTHING_DELIVERED]
        for record in self._read(reader, OUTCOMES, partition, end - _TAIL, end):
            try:
                positions.append(emission_position(outcome_id(record)))
            except ValueError:
                _log.warning("an outcome with a foreign id", origin=record.origin)
        return max(positions)

    def _from_snapshots(
        self, reader: Reader, partition: int, delivered: Position
    ) -> tuple[Engine, Position]:
        """The engine as the newest snapshots have it, and up to where outcomes are there."""
        for find in (self._last_written, self._newest_complete):
            found = find(reader, partition)
            if found is not None:
                try:
                    return self._restored(found, partition, delivered)
                except IncompleteError:
                    continue  # the other way looks further back
        return self._new_engine(partition), delivered

    def _restored(
        self, found: SnapshotSet, partition: int, delivered: Position
    ) -> tuple[Engine, Position]:
        engine, mark = self._new_engine(partition), found.mark
        marked = emission_position(mark.delivered) if mark.delivered else NOTHING_DELIVERED
        # A zombie may have repeated so much that what was said before it is not among the last.
        if marked > delivered and not self._has_said(partition, mark.delivered):
            _log.error(
                "outcomes are lost; reading the whole log to publish them again",
                partition=partition,
                last_published=mark.delivered,
            )
            return engine, delivered
        threads = ThreadPoolExecutor(os.cpu_count(), "restore")
        try:
            engine.restore_set(mark.blob, found.zones, threads.map)
            for open_pool in engine.sealed_pools():  # beside whatever comes next
                threads.submit(open_pool)
        except SnapshotError as error:
            _log.warning("snapshot not usable, reading the whole log", why=str(error))
        finally:
            threads.shutdown(wait=False)
        return engine, max(delivered, marked)

    def _last_written(self, reader: Reader, partition: int) -> SnapshotSet | None:
        """The set whose mark is the last record of all, as it mostly is: read while it is used."""
        low, end = reader.bounds(SNAPSHOTS, partition)
        last = list(self._read(reader, SNAPSHOTS, partition, max(low, end - 1), end))
        mark = mark_of(last[0]) if last else None
        if mark is None:
            return None
        begin = max(low, end - 1 - len(mark.keys))
        records = self._read(reader, SNAPSHOTS, partition, begin, end - 1)
        return SnapshotSet(mark, as_written(mark, records))

    def _newest_complete(self, reader: Reader, partition: int) -> SnapshotSet | None:
        """The newest set that is complete, wherever its records are."""
        low, end = reader.bounds(SNAPSHOTS, partition)
        look = _FIRST_LOOK
        while True:
            begin = max(low, end - look)
            found = newest(self._read(reader, SNAPSHOTS, partition, begin, end))
            if found is not None or begin == low:
                if found is None and end > low:
                    _log.warning("no complete snapshot, reading the whole log", partition=partition)
                return found
            look *= 8

    def _read(
        self, reader: Reader, topic: str, partition: int, begin: int, end: int
    ) -> Iterator[Record]:
        for record in reader.read(topic, partition, begin, end):
            if self._stopping:
                raise Interrupted
            self.progress += 1
            yield record


def step_again(engine: Engine, record: Record, *, was_refused: bool) -> Step:
    """Apply a record that was answered before: the answer stands, also to a promotion.

    Which releases are here may have changed since. Raises MissingReleaseError when one that was
    taken is not.
    """
    step = engine.step(record, is_refused=was_refused)
    rejection = step.rejection
    if rejection is not None and rejection.code == UNKNOWN_RELEASE and not was_refused:
        raise MissingReleaseError(str(rejection.details["value"]))
    return step


def undelivered(emissions: tuple[Emission, ...], delivered: Position) -> tuple[Emission, ...]:
    """The emissions that come after what the outcome topic already holds."""
    if not emissions or emission_position(emissions[0].id) > delivered:
        return emissions
    return tuple(e for e in emissions if emission_position(e.id) > delivered)


def _require(reader: Reader, partition: int, offset: int) -> None:
    """Raise LogTruncatedError when the log begins after the record that is needed next."""
    first, _ = reader.bounds(EVENTS, partition)
    if first > offset:
        raise LogTruncatedError(
            "matcher.log_truncated",
            log=f"{EVENTS}/{partition}",
            first=first,
            needed=offset,
            snapshots=SNAPSHOTS,
        )
