"""Snapshots of a partition: written as a set, read as a set, or not used at all.

A set is one record a zone and, last, one with the key `*` that names the zones of the set. Every
record says up to which offset of `market.events` its set goes. A zone that is missing, or older
than its set, would silently be an empty or an old market: such a set is incomplete.
"""

from collections.abc import Iterable, Mapping
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


class SnapshotSet(msgspec.Struct, frozen=True):
    """A complete set. `delivered` is the id of the last outcome before it, or ""."""

    blobs: Mapping[str, bytes]
    offset: int
    delivered: str


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


def newest(records: Iterable[Record]) -> SnapshotSet | None:
    """The set that the last `*` among the records completes; None when it is not complete."""
    found: dict[str, Record] = {}
    for record in records:
        found[(record.key or b"").decode(errors="replace")] = record
    mark = found.get(ALL_ZONES)
    if mark is None or (offset := _offset(mark)) < 0:
        return None
    texts = {name: value.decode(errors="replace") for name, value in mark.headers}
    blobs: dict[str, bytes] = {}
    for zone in (*filter(None, texts.get(_ZONES, "").split(",")), ALL_ZONES):
        record = found.get(zone, mark)
        if record.value is None or _offset(record) < offset or (record is mark) != (zone == "*"):
            return None
        blobs[zone] = record.value
    return SnapshotSet(blobs, offset, texts.get(_DELIVERED, ""))


def _publish(sink: Sink, partition: int, zone: str, blob: bytes, headers: Headers) -> None:
    sink.publish(SNAPSHOTS, blob, key=zone.encode(), headers=headers, partition=partition)


def _offset(record: Record) -> int:
    """The offset in a snapshot record's headers; -1 when it has none."""
    text = dict(record.headers).get(_OFFSET, b"")
    return int(text) if text.isdigit() else -1
