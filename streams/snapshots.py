"""Snapshots of a partition: written as a set, read as a set, or not used at all.

A set is one record a zone and, last, one with the key `*` that names the records of the set. Every
record says up to which offset of `market.events` its set goes. A zone that is missing, or older
than its set, would silently be an empty or an old market: such a set is incomplete. A zone that is
too large for a record comes in parts, `511181`, `511181/1` and so on; parts of two sets make none.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Final

import msgspec

from events.envelope import Headers, Record
from events.topics import ALL_ZONES, MAX_RECORD_BYTES, SNAPSHOTS
from matching.market_state import STATE_VERSION
from streams.sink import Sink

_OFFSET: Final = "offset"
_ZONES: Final = "zones"
_DELIVERED: Final = "delivered"
_VERSION: Final = "version"
_PARTS: Final = "parts"
LARGEST_PART: Final = MAX_RECORD_BYTES // 2
"""Bytes; far below what a broker takes, for headers and whatever it adds."""


class IncompleteError(Exception):
    """A set of which a record is not where it was written; an older one may be whole."""


class Mark(msgspec.Struct, frozen=True):
    """What completes a set: the keys of its records, in order, and the partition's own state.

    `delivered` is the id of the last outcome before it, or "".
    """

    keys: tuple[str, ...]
    blob: bytes
    offset: int
    delivered: str


class SnapshotSet(msgspec.Struct, frozen=True):
    """A mark, and the blob of each of its zones, perhaps as they come."""

    mark: Mark
    zones: Iterable[tuple[str, bytes]]


def publish(
    sink: Sink, partition: int, blobs: Mapping[str, bytes], *, offset: int, delivered: str
) -> None:
    """Write a set: every zone's blob, then that of `*`, which completes it."""
    headers: Headers = ((_OFFSET, b"%d" % offset), (_VERSION, b"%d" % STATE_VERSION))
    keys: list[str] = []
    for zone in sorted(zone for zone in blobs if zone != ALL_ZONES):
        parts = _parts(blobs[zone])
        together = ((_PARTS, b"%d" % len(parts)),) if len(parts) > 1 else ()
        for number, part in enumerate(parts):
            keys.append(f"{zone}/{number}" if number else zone)
            _publish(sink, partition, keys[-1], part, headers + together)
    mark = ((_ZONES, ",".join(keys).encode()), (_DELIVERED, delivered.encode()))
    _publish(sink, partition, ALL_ZONES, blobs[ALL_ZONES], headers + mark)


def mark_of(record: Record) -> Mark | None:
    """The mark in a record; None when it is none."""
    offset = _offset(record)
    if record.key != ALL_ZONES.encode() or record.value is None or offset < 0:
        return None
    texts = {name: value.decode(errors="replace") for name, value in record.headers}
    keys = tuple(filter(None, texts.get(_ZONES, "").split(",")))
    return Mark(keys, record.value, offset, texts.get(_DELIVERED, ""))


def as_written(mark: Mark, records: Iterable[Record]) -> Iterator[tuple[str, bytes]]:
    """The blobs of a mark's zones out of the records before it, as these come.

    Raises IncompleteError when the records are others.
    """
    return _joined(mark.keys, _expected(mark, iter(records)))


def newest(records: Iterable[Record]) -> SnapshotSet | None:
    """The set that the last `*` among the records completes; None when it is not complete."""
    found: dict[str, Record] = {}
    at_mark: dict[str, Record] = {}
    for record in records:
        key = (record.key or b"").decode(errors="replace")
        found[key] = record
        if key == ALL_ZONES:
            at_mark = dict(found)
    mark = mark_of(found[ALL_ZONES]) if ALL_ZONES in found else None
    if mark is None:
        return None
    values: list[bytes] = []
    for key in mark.keys:
        last = found.get(key)
        is_whole = f"{key}/1" not in mark.keys and "/" not in key and not _is_part(last)
        value = _not_before(last, mark) if is_whole else _of_set(at_mark.get(key), mark)
        if value is None:
            return None
        values.append(value)
    return SnapshotSet(mark, list(_joined(mark.keys, iter(values))))


def _expected(mark: Mark, coming: Iterator[Record]) -> Iterator[bytes]:
    """The values of a mark's records, when they come in order and are of its set."""
    for key in mark.keys:
        record = next(coming, None)
        value = _of_set(record, mark)
        if record is None or value is None or record.key != key.encode():
            raise IncompleteError(key)
        yield value


def _joined(keys: Iterable[str], values: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """Each zone's blob of its parts, which follow one another."""
    for zone, of_zone in groupby(keys, _zone):
        yield zone, b"".join(islice(values, len(list(of_zone))))


def _of_set(record: Record | None, mark: Mark) -> bytes | None:
    """What a record of a mark's set holds; None when it is another's, or deleted."""
    return record.value if record is not None and _offset(record) == mark.offset else None


def _not_before(record: Record | None, mark: Mark) -> bytes | None:
    """The same, or what a later set has, which has no mark yet: compaction leaves the newest."""
    return record.value if record is not None and _offset(record) >= mark.offset else None


def _is_part(record: Record | None) -> bool:
    """Whether it is not all of its zone: parts of several sets make none."""
    return record is not None and _PARTS in dict(record.headers)


def _parts(blob: bytes) -> list[bytes]:
    """A zone's blob in pieces that a record takes, at least one."""
    if len(blob) <= LARGEST_PART:
        return [blob]
    return [blob[at : at + LARGEST_PART] for at in range(0, len(blob), LARGEST_PART)]


def _zone(key: str) -> str:
    return key.partition("/")[0]


def _publish(sink: Sink, partition: int, key: str, blob: bytes, headers: Headers) -> None:
    sink.publish(SNAPSHOTS, blob, key=key.encode(), headers=headers, partition=partition)


def _offset(record: Record) -> int:
    """The offset in a snapshot record's headers; -1 when it has none."""
    text = dict(record.headers).get(_OFFSET, b"")
    return int(text) if text.isdigit() else -1
