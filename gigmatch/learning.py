"""What there is to learn from a log: its answered offers, and the release at work at its end."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from events.envelope import Record
from events.facts import ModelPromoted
from events.notices import AnyFact
from events.topics import ALL_ZONES, EVENTS, OUTCOMES
from gigmatch.fold import LogShape, open_log, read_answered, read_file, shape_of_file
from gigmatch.promotions import in_all_partitions
from gigmatch.reach import require_broker
from matching.engine import Engine, Step
from matching.scorer import RULES
from models.dataset import Dataset, together
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
    """Replay log files, each on its own, or without any the broker's topics up to now.

    A table of `gigmatch dataset` does for its logs. `at_work` is that of the last of them. What was
    answered at the time is compared with what the engine answers, where the log has it. Raises
    LogError, TableError, UserError, ReleaseError.
    """
    if not logs:
        require_broker(bootstrap)
        return _learn(read_answered(bootstrap), partitions, registry, on_record, beside=OUTCOMES)
    parts = [
        _read(log) if is_parquet(log) else _learn(read_file(log), partitions, registry, on_record)
        for log in logs
    ]
    return Learnt(
        together([part.data for part in parts]),
        tuple(source for part in parts for source in part.sources),
        parts[-1].at_work,
    )


def _read(table: Path) -> Learnt:
    """What a table holds; at work is what made its last offer, the rules when there is none."""
    data, sources = read(table)
    at_work = str(data.column("release")[-1]) if len(data) else RULES
    return Learnt(data.answered(), sources, at_work)


def _learn(
    records: Iterable[Record],
    partitions: int,
    registry: Registry,
    on_record: OnRecord,
    beside: str = "",
) -> Learnt:
    """Replay a log; `on_record` is not told of the records of a topic `beside` it."""
    at_work: dict[int, str] = {}

    def on_step(engine: Engine, fact: AnyFact, step: Step) -> None:
        if isinstance(fact, ModelPromoted) and fact.zone == ALL_ZONES:
            at_work[engine.partition] = fact.release

    replay, digest = Replay(partitions, registry.open, on_step), hashlib.sha256()
    count = 0
    for record in records:
        replay.feed(record)
        count += 1
        digest.update(_line(record))
        if record.topic != beside:
            on_record()
        if record.topic == EVENTS:
            at_work.setdefault(record.partition, RULES)
    data = replay.dataset().answered()
    source = LogSource(
        sha256=digest.hexdigest(),
        records=count,
        offers=len(data),
        first=int(data.times[0]) if len(data) else 0,
        last=int(data.times[-1]) if len(data) else 0,
    )
    return Learnt(data, (source,), in_all_partitions(at_work))


_encode = msgspec.json.Encoder().encode


def _line(record: Record) -> bytes:
    """A record as `gigmatch replay --record` writes it: a topic has the hash of its file."""
    return _encode(record) + b"\n"
