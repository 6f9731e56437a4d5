"""What there is to learn from a log: its answered offers, and the release at work at its end."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from events.envelope import Record
from events.topics import EVENTS
from gigmatch.fold import LogShape, open_log, read_file, shape_of_file
from gigmatch.promotions import Promotions, release_at_work
from matching.scorer import RULES
from models.dataset import Dataset, joined
from models.manifest import LogSource
from models.parquet import is_parquet, read
from models.registry import Registry
from models.replay import Replay

OnRecord = Callable[[], None]


class Learnt(NamedTuple):
    """Offers with a known answer in order of time, and the release at work when the log ends."""

    data: Dataset
    sources: tuple[LogSource, ...]
    at_work: str


def shape_of(logs: list[Path], bootstrap: str) -> LogShape:
    """The shape of log files together or, when there are none, of the broker's topic.

    Tables of decisions have been read from their logs already: no records of theirs are left.
    """
    if not logs:
        return open_log(bootstrap, None)[0]
    shapes = [LogShape(1, 0) if is_parquet(log) else shape_of_file(log) for log in logs]
    return LogShape(max(shape.partitions for shape in shapes), sum(s.records for s in shapes))


def learn(
    logs: list[Path],
    bootstrap: str,
    partitions: int,
    registry: Registry,
    on_record: OnRecord = lambda: None,
) -> Learnt:
    """Replay log files, each on its own, or without any the broker's topic up to now.

    A table of `gigmatch dataset` does for its logs. `at_work` is that of the last of them. Raises
    LogError, TableError, UserError, ReleaseError.
    """
    if not logs:
        _, records = open_log(bootstrap, None)
        return _learn(records, partitions, registry, on_record)
    parts = [
        _read(log) if is_parquet(log) else _learn(read_file(log), partitions, registry, on_record)
        for log in logs
    ]
    return Learnt(
        joined([part.data for part in parts]),
        tuple(source for part in parts for source in part.sources),
        parts[-1].at_work,
    )


def _read(table: Path) -> Learnt:
    """What a table holds; at work is what made its last offer, the rules when there is none."""
    data, sources = read(table)
    at_work = str(data.column("release")[-1]) if len(data) else RULES
    return Learnt(data.answered(), sources, at_work)


def _learn(
    records: Iterable[Record], partitions: int, registry: Registry, on_record: OnRecord
) -> Learnt:
    replay, digest = Replay(partitions, registry.open), hashlib.sha256()
    promotions: dict[int, Promotions] = {}
    count = 0
    for record in records:
        on_record()
        count += 1
        digest.update(_line(record))
        replay.feed(record)
        if record.topic == EVENTS:
            if record.partition not in promotions:
                promotions[record.partition] = Promotions(registry.has)
            promotions[record.partition].take(record)
    data = replay.dataset().answered()
    source = LogSource(
        sha256=digest.hexdigest(),
        records=count,
        offers=len(data),
        first=int(data.times[0]) if len(data) else 0,
        last=int(data.times[-1]) if len(data) else 0,
    )
    return Learnt(data, (source,), release_at_work(promotions))


_encode = msgspec.json.Encoder().encode


def _line(record: Record) -> bytes:
    """A record as `gigmatch replay --record` writes it: a topic has the hash of its file."""
    return _encode(record) + b"\n"
