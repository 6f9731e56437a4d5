"""Snapshots of a partition: written as a set, read as a set, or not used at all.

A set is one record a zone and, last, one with the key `*` that names the zones of the set. Every
record says up to which offset of `market.events` its set goes. A zone that is missing, or older
than its set, would silently be an empty or an old market: such a set is incomplete.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from events.envelope import Headers, Record
from events.topics import ALL_ZONES, SNAPSHOTS
from matching.market_state import STATE_VERSION
from streams.sink import Sink

_OFFSET: Final = "offset"
_ZONES: Final = "zones"
_DELIVERED: Final = "delivered"
_VERSION: Final = "version"


class IncompleteError(Exception):
    """A set of which a record is not where it was written; an older one may be whole."""


class Mark(msgspec.Struct, frozen=True):
    """What completes a set. `delivered` is the id of the last outcome before it, or ""."""

    zones: tuple[str, ...]
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
    zones = sorted(zone for zone in blobs if zone != ALL_ZONES)
    headers: Headers = ((_OFFSET, b"%d" % offset), (_VERSION, b"%d" % STATE_VERSION))
    for zone in zones:
        _publish(sink, partition, zone, blobs[zone], headers)
    mark = ((_ZONES, ",".join(zones).encode()), (_DELIVERED, delivered.encode()))
    _publish(sink, partition, ALL_ZONES, blobs[ALL_ZONES], headers + mark)


def mark_of(record: Record) -> Mark | None:
    """The mark in a record; None when it is none."""
    offset = _offset(record)
    if record.key != ALL_ZONES.encode() or record.value is None or offset < 0:
        return None
    texts = {name: value.decode(errors="replace") for name, value in record.headers}
    zones = tuple(filter(None, texts.get(_ZONES, "").split(",")))
    return Mark(zones, record.value, offset, texts.get(_DELIVERED, ""))


def as_written(mark: Mark, records: Iterable[Record]) -> Iterator[tuple[str, bytes]]:
    """The blobs of a mark's zones out of the records before it, as these come.

    Raises IncompleteError when the records are others.
    """
    coming = iter(records)
    for zone in mark.zones:
        record = next(coming, None)
        if (
            record is None
            or record.value is None
            or record.key != zone.encode()
            or _offset(record) != mark.offset
        ):
            raise IncompleteError(zone)
        yield zone, record.value


def newest(records: Iterable[Record]) -> SnapshotSet | None:
    """The set that the last `*` among the records completes; None when it is not complete."""
    found: dict[str, Record] = {}
    for record in records:
        found[(record.key or b"").decode(errors="replace")] = record
    mark = mark_of(found[ALL_ZONES]) if ALL_ZONES in found else None
    if mark is None:
        return None
    blobs: list[tuple[str, bytes]] = []
    for zone in mark.zones:
        zone_record = found.get(zone)
        if (
            zone_record is None
            or zone_record.value is None
            or _offset(zone_record) < mark.offset
            or zone == ALL_ZONES
        ):
            return None
        blobs.append((zone, zone_record.value))
    return SnapshotSet(mark, blobs)


def _publish(sink: Sink, partition: int, zone: str, blob: bytes, headers: Headers) -> None:
    sink.publish(SNAPSHOTS, blob, key=zone.encode(), headers=headers, partition=partition)


def _offset(record: Record) -> int:
    """The offset in a snapshot record's headers; -1 when it has none."""
    text = dict(record.headers).get(_OFFSET, b"")
    return int(text) if text.isdigit() else -1
