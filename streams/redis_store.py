"""The read model's side of Redis: one transaction for documents, live outcomes and progress."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self, cast

import msgspec
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from gigmatch.readmodel.keys import (
    ENDS,
    LIVE_LENGTH,
    LOG,
    MATCHED,
    MATCHED_LENGTH,
    PARTITIONS,
    PREFIX,
    TOLD_LENGTH,
    WORKERS,
    ZONES,
    index_key,
    live_id,
    live_key,
    matched_key,
    progress_key,
    told_key,
)
from gigmatch.readmodel.progress import Progress
from gigmatch.redis_address import redis_url
from matching.recent import REMEMBERED
from streams.gaps import Gap, gap_of
from streams.projection import Live, Projection
from streams.shelf import Changes

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_PROGRESS: Final = msgspec.json.Decoder(Progress)
_FLUSH: Final = """
local cursor, gone = '0', 0
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
  cursor = page[1]
  for first = 1, #page[2], 1000 do
    local last = math.min(first + 999, #page[2])
    gone = gone + redis.call('UNLINK', unpack(page[2], first, last))
  end
until cursor == '0'
return gone
"""
"""KEYS would do it in one, but is dangerous in Redis' own sense: the projector's user may not."""
GAPS: Final = f"{PREFIX}gaps"
"""Sorted set of what the log had lost before it was projected: topic/partition/begin -> end."""
_SEEN: Final = index_key("seen", "")


class OvertakenError(Exception):
    """Somebody else has moved a partition's progress: another projector, or a rebuild."""


class RedisStore:
    """Reads and writes the read model at `url`."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(redis_url(url), socket_timeout=30, socket_connect_timeout=5)
        self._stored: dict[int, bytes | None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._redis.close()

    def peek(self, partition: int) -> Progress | None:
        """A partition's progress as it is now."""
        stored = cast("bytes | None", self._redis.get(progress_key(partition)))
        return None if stored is None else _PROGRESS.decode(stored)

    def flush(self) -> int:
        """Delete every key of the read model at one moment; how many there were."""
        return cast(int, self._redis.eval(_FLUSH, 0, f"{PREFIX}*"))

    def progress(self, partitions: Iterable[int], log: str) -> dict[int, Progress]:
        """How far each partition of a log has been projected; go on from there.

        What another log left behind is flushed.
        """
        self._stored = dict.fromkeys(partitions)
        self._stored = self._read_progress()
        known = {number: _PROGRESS.decode(found) for number, found in self._stored.items() if found}
        if any(progress.log != log for progress in known.values()):
            self.flush()
            self._stored, known = dict.fromkeys(self._stored), {}
        return {number: known.get(number, Progress(log=log)) for number in self._stored}

    def expect(self, ends: Mapping[int, int]) -> None:
        """Tell readers up to which outcome each partition goes: before that it is incomplete."""
        self._redis.hset(ENDS, mapping={str(number): end for number, end in ends.items()})

    def remember(self, gaps: Iterable[Gap]) -> list[Gap]:
        """Keep what the log had lost, until a flush; all that is kept, oldest first."""
        if new := {gap.key: gap.end for gap in gaps}:
            self._redis.zadd(GAPS, cast("dict[Any, Any]", new))
        found = self._redis.zrange(GAPS, 0, -1, withscores=True)
        kept = cast("list[tuple[bytes, float]]", found)
        return sorted(gap_of(key.decode(), int(end)) for key, end in kept)

    def overtaken(self) -> bool:
        """Whether somebody else has moved any partition's progress since ours was known.

        Or has flushed all of it: when nothing had been projected yet, only what readers were told
        to expect is gone.
        """
        return not self._redis.exists(ENDS) or self._read_progress() != self._stored

    @contextmanager
    def transaction(self, partition: int) -> Iterator["Transaction"]:
        """What is read in it still holds when it commits.

        Raises OvertakenError when the partition's progress is not what this store wrote last.
        """
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.watch(progress_key(partition))  # type: ignore[no-untyped-call]
            if pipeline.get(progress_key(partition)) != self._stored.get(partition):
                raise OvertakenError(f"partition {partition}")
            transaction = Transaction(pipeline, partition, len(self._stored))
            yield transaction
            self._stored[partition] = transaction.committed

    def _read_progress(self) -> dict[int, bytes | None]:
        keys = [progress_key(number) for number in self._stored]
        found = cast("list[bytes | None]", self._redis.mget(keys))
        return dict(zip(self._stored, found, strict=True))


class Transaction:
    """One partition's transaction: reads, then one commit. It is the shelf's store."""

    def __init__(self, pipeline: Pipeline, partition: int, partitions: int) -> None:
        self.committed: bytes | None = None
        self._pipeline = pipeline
        self._partition = partition
        self._partitions = partitions

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The documents under keys, None where there is none."""
        return cast("list[bytes | None]", self._pipeline.mget(keys))

    def members(self, key: str, most: float) -> list[str]:
        """The members of a sorted set with a score up to `most`."""
        found = cast("list[bytes]", self._pipeline.zrangebyscore(key, "-inf", most))
        return [member.decode() for member in found]

    def holds(self, key: str, member: str) -> bool:
        """Whether a sorted set has a member."""
        return self._pipeline.zscore(key, member) is not None

    def commit(self, progress: Progress, changes: Changes, projection: Projection) -> None:
        """Write all of it, or nothing. Raises OvertakenError."""
        told, forgotten = projection.told, projection.forgotten
        erased = self._erased(forgotten) if forgotten else []
        pipeline = self._pipeline
        pipeline.multi()
        if progress.zones:
            pipeline.sadd(ZONES, *progress.zones)
        pipeline.mset({PARTITIONS: self._partitions, LOG: progress.log})
        if projection.removed:
            gone = sorted(projection.removed)
            pipeline.delete(*(told_key(*one) for one in gone), *(matched_key(*one) for one in gone))
        self._write(changes)
        if erased:
            pipeline.xdel(live_key(self._partition), *erased)
        for offset, live in list(told.items())[-LIVE_LENGTH:]:
            self._tell(live_key(self._partition), offset, live, LIVE_LENGTH)
        for who, heard in projection.heard.items():
            for offset, live in heard[-TOLD_LENGTH:]:
                self._tell(told_key(*who), offset, live, TOLD_LENGTH)
        self.committed = _ENCODER.encode(progress)
        pipeline.set(progress_key(self._partition), self.committed)
        try:
            pipeline.execute()
        except WatchError:
            raise OvertakenError(f"partition {self._partition}") from None

    def _write(self, changes: Changes) -> None:
        for key, document in changes.documents.items():
            if document is None:
                self._pipeline.delete(key)
            else:
                self._pipeline.set(key, document)
        for key, members in changes.members.items():
            gone = [member for member, score in members.items() if score is None]
            there = {member: score for member, score in members.items() if score is not None}
            if gone:
                self._pipeline.zrem(key, *gone)
            if there:
                self._pipeline.zadd(key, cast("dict[Any, Any]", there))
            if (most := _most_of(key)) is not None:
                self._pipeline.zremrangebyrank(key, 0, -most - 1)

    def _tell(self, key: str, offset: int, live: Live, most: int) -> None:
        entry: dict[Any, Any] = {
            "type": live.type,
            "zone": live.outcome.zone,
            "worker": WORKERS.join(live.worker_ids),
            "data": _ENCODER.encode(live),
        }
        self._pipeline.xadd(key, entry, id=live_id(offset), maxlen=most, approximate=False)

    def _erased(self, forgotten: set[tuple[str, str]]) -> list[bytes]:
        """The entries of the live stream that name somebody who asked to be erased."""
        entries = cast("list[tuple[bytes, Any]]", self._pipeline.xrange(live_key(self._partition)))
        names = [(zone.encode(), f'"{id}"'.encode()) for zone, id in sorted(forgotten)]
        return [
            id
            for id, entry in entries
            if any(entry[b"zone"] == zone and name in entry[b"data"] for zone, name in names)
        ]


def _most_of(key: str) -> int | None:
    """How many members a sorted set keeps, the newest; None for all."""
    if key.startswith(_SEEN):
        return REMEMBERED
    return MATCHED_LENGTH if key.startswith(MATCHED) else None
