"""Rebuilding a partition: newest snapshots, then the log between, outcomes held back.

Outcomes that `market.outcomes` already holds are not published again; those that a dead process
no longer got out are.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from events.emission import Emission, emission_position
from events.envelope import Record
from events.topics import ALL_ZONES, EVENTS, OUTCOMES, SNAPSHOTS
from gigmatch.logread import LogReader
from matching.engine import Engine, Step
from matching.snapshots import SnapshotError
from streams import metrics

Position = tuple[int, str, int]
NewEngine = Callable[[int], Engine]

NOTHING_DELIVERED: Final[Position] = (-1, "", -1)
_TAIL: Final = 200
"""Outcomes looked at from the end: a zombie may have repeated a few older ones last."""

_log = structlog.get_logger()


class Rebuilt(msgspec.Struct, frozen=True):
    """An engine as it is before `up_to`, how far its outcomes got, and what is still to be sent."""

    engine: Engine
    delivered: Position
    unsent: tuple[tuple[Record, Step], ...]


class Recovery:
    """Rebuilds partitions from the broker at `bootstrap`. Blocking: run it in a thread."""

    def __init__(self, bootstrap: str, new_engine: NewEngine, fetch_wait_ms: int = 100) -> None:
        self._bootstrap = bootstrap
        self._new_engine = new_engine
        self._fetch_wait_ms = fetch_wait_ms
        self.progress = 0
        """Records read so far, by all rebuilds: what the watchdog looks at."""

    def rebuild(self, partition: int, up_to: int) -> Rebuilt:
        """The partition's engine after every record before offset `up_to`."""
        with LogReader(self._bootstrap, self._fetch_wait_ms) as reader:
            delivered = self._delivered(reader, partition)
            engine = self._from_snapshots(reader, partition)
            began = engine.replay_from()
            unsent: list[tuple[Record, Step]] = []
            for record in reader.read(EVENTS, partition, began, up_to):
                self.progress += 1
                step = engine.step(record)
                if left := undelivered(step.emissions, delivered):
                    unsent.append((record, msgspec.structs.replace(step, emissions=left)))
        metrics.RECOVERIES.inc()
        metrics.REPLAYED.inc(max(0, up_to - began))
        _log.info(
            "partition rebuilt",
            partition=partition,
            from_snapshot=began - 1,
            up_to=up_to,
            delivered=delivered[0],
            unsent=len(unsent),
        )
        return Rebuilt(engine, delivered, tuple(unsent))

    def _delivered(self, reader: LogReader, partition: int) -> Position:
        _, end = reader.bounds(OUTCOMES, partition)
        positions = [NOTHING_DELIVERED]
        for record in reader.read(OUTCOMES, partition, end - _TAIL, end):
            ce_id = next((value for name, value in record.headers if name == "ce_id"), b"")
            try:
                positions.append(emission_position(ce_id.decode()))
            except ValueError:
                _log.warning("an outcome with a foreign id", origin=record.origin)
        return max(positions)

    def _from_snapshots(self, reader: LogReader, partition: int) -> Engine:
        blobs: dict[str, bytes] = {}
        for record in reader.read(SNAPSHOTS, partition):
            self.progress += 1
            if record.key is not None and record.value is not None:
                blobs[record.key.decode(errors="replace")] = record.value
        engine = self._new_engine(partition)
        if ALL_ZONES not in blobs:  # the mark of a complete set is written last
            return engine
        try:
            for zone, blob in blobs.items():
                engine.restore(zone, blob)
        except SnapshotError as error:
            _log.warning("snapshot not usable, reading the whole log", why=str(error))
            return self._new_engine(partition)
        return engine


def undelivered(emissions: tuple[Emission, ...], delivered: Position) -> tuple[Emission, ...]:
    """The emissions that come after what the outcome topic already holds."""
    if not emissions or emission_position(emissions[0].id) > delivered:
        return emissions
    return tuple(e for e in emissions if emission_position(e.id) > delivered)
