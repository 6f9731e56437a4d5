"""Folding a log again: markets as they were, from a file or from the broker's topics."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from events.emission import Emission
from events.envelope import Record
from events.topics import ALL_ZONES, EVENTS, OUTCOMES, partition_of
from gigmatch.logread import LogReader
from matching.engine import Engine
from matching.market import Market
from matching.scorer import OpenScorer

OnRecord = Callable[[Record], None]


class LogFileError(Exception):
    """A log file that cannot be read; names the line."""


class Folded(msgspec.Struct):
    """A fold's result: engines by partition, the outcomes' hash, and counts by type."""

    engines: dict[int, Engine]
    outcomes: Counter[str]
    records: int
    outcomes_sha256: str

    @property
    def state_hash(self) -> str:
        """One hash over the state of all partitions."""
        digest = hashlib.sha256()
        for partition in sorted(self.engines):
            digest.update(self.engines[partition].state_hash().encode())
        return digest.hexdigest()

    def market(self, zone: str) -> Market | None:
        """The market of a zone, if the log has one."""
        for engine in self.engines.values():
            if zone in engine.markets:
                return engine.markets[zone]
        return None


def fold(
    records: Iterable[Record],
    partitions: int,
    open_scorer: OpenScorer,
    *,
    snapshot_at: int | None = None,
    on_emission: Callable[[int, Emission], None] = lambda partition, emission: None,
    on_record: OnRecord = lambda record: None,
) -> Folded:
    """Apply the `market.events` records of a log, each partition in its order.

    With `snapshot_at` every engine is packed, thrown away and restored after that offset, which
    must change nothing.
    """
    engines: dict[int, Engine] = {}
    digest, counts, total = hashlib.sha256(), Counter[str](), 0
    for record in records:
        on_record(record)
        if record.topic != EVENTS:
            continue
        engine = engines.get(record.partition)
        if engine is None:
            engine = engines[record.partition] = Engine(record.partition, partitions, open_scorer)
        total += 1
        for emission in engine.step(record).emissions:
            digest.update(bytes_of(emission))
            counts[emission.outcome.TYPE] += 1
            on_emission(record.partition, emission)
        if record.offset == snapshot_at:
            engines[record.partition] = _restored(engine, partitions, open_scorer)
    return Folded(engines, counts, total, digest.hexdigest())


def bytes_of(emission: Emission) -> bytes:
    """Id, headers and value of an emission, as one string of bytes."""
    headers = b"".join(name.encode() + b"=" + value + b"\n" for name, value in emission.headers)
    return emission.id.encode() + b"\n" + headers + emission.value + b"\n"


def read_file(path: Path) -> Iterator[Record]:
    """The records of a log file. Raises LogFileError."""
    decoder = msgspec.json.Decoder(Record)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError as error:
                raise LogFileError(f"{path}, line {number}: {error}") from None


def read_topic(bootstrap: str, zone: str | None = None) -> Iterator[Record]:
    """The records of `market.events` up to now, partition by partition, or a zone's partition."""
    with LogReader(bootstrap) as reader:
        known = reader.partitions(EVENTS)
        wanted = known if zone is None else [partition_of(zone, len(known))]
        for partition in wanted:
            yield from reader.read(EVENTS, partition)


def read_outcomes(bootstrap: str) -> dict[int, list[Record]]:
    """The records of `market.outcomes` up to now by partition, the first of each id."""
    with LogReader(bootstrap) as reader:
        return {
            partition: first_of_each_id(reader.read(OUTCOMES, partition))
            for partition in reader.partitions(OUTCOMES)
        }


def first_of_each_id(records: Iterable[Record]) -> list[Record]:
    """Outcome records without repetitions."""
    seen: dict[bytes, Record] = {}
    for record in records:
        seen.setdefault(dict(record.headers).get("ce_id", b""), record)
    return list(seen.values())


def count_partitions(bootstrap: str) -> int:
    """How many partitions `market.events` has."""
    with LogReader(bootstrap) as reader:
        return len(reader.partitions(EVENTS))


def _restored(engine: Engine, partitions: int, open_scorer: OpenScorer) -> Engine:
    blobs = engine.snapshot()
    again = Engine(engine.partition, partitions, open_scorer)
    for zone in sorted(blobs, key=lambda zone: zone == ALL_ZONES):
        again.restore(zone, blobs[zone])
    return again
