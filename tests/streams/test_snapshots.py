"""A set of snapshots is used when it is complete, and only then."""

import msgspec
import pytest

from events.envelope import Record
from events.topics import SNAPSHOTS
from streams.snapshots import (
    LARGEST_PART,
    IncompleteError,
    Mark,
    as_written,
    mark_of,
    newest,
    publish,
)
from tests.streams.memory import MemoryTopics

BLOBS = {"511102": b"one", "511181": b"two", "*": b"all"}


def _written(*offsets: int) -> list[Record]:
    topics = MemoryTopics()
    for offset in offsets:
        publish(topics, 0, BLOBS, offset=offset, delivered=f"511181-{offset}-0")
    return topics.all(SNAPSHOTS)


def test_the_mark_is_written_last_and_names_the_set() -> None:
    records = _written(7)
    assert [record.key for record in records] == [b"511102", b"511181", b"*"]
    found = newest(records)
    assert found is not None
    assert found.mark == Mark(("511102", "511181"), b"all", 7, "511181-7-0")
    assert list(found.zones) == [("511102", b"one"), ("511181", b"two")]


def test_the_newest_complete_set_counts() -> None:
    found = newest(_written(7, 9))
    assert found is not None
    assert found.mark.offset == 9


def test_the_beginning_of_the_next_set_does_no_harm() -> None:
    for more in (1, 2):
        found = newest(_written(7, 9)[: 3 + more])
        assert found is not None
        assert found.mark.offset == 7


def test_a_set_without_one_of_its_zones_is_none() -> None:
    records = _written(7)
    assert newest(records[1:]) is None
    assert newest(records[:2]) is None


def test_a_zone_older_than_its_set_makes_it_none() -> None:
    records = _written(7, 9)
    assert newest([*records[:3], records[3], records[5]]) is None


def test_a_deleted_or_foreign_record_makes_it_none() -> None:
    records = _written(7)
    assert newest([*records, msgspec.structs.replace(records[0], value=None)]) is None
    assert newest([*records, msgspec.structs.replace(records[0], headers=())]) is None
    assert newest([*records, msgspec.structs.replace(records[2], headers=())]) is None
    assert newest([]) is None


def test_a_partition_without_markets_has_a_set_too() -> None:
    topics = MemoryTopics()
    publish(topics, 0, {"*": b"all"}, offset=3, delivered="")
    found = newest(topics.all(SNAPSHOTS))
    assert found is not None
    assert (found.mark.blob, list(found.zones)) == (b"all", [])


def test_a_set_is_read_as_it_was_written() -> None:
    *zones, last = _written(7)
    mark = mark_of(last)
    assert mark is not None
    assert list(as_written(mark, zones)) == [("511102", b"one"), ("511181", b"two")]


def test_only_the_record_that_completes_a_set_is_a_mark() -> None:
    *zones, last = _written(7)
    for record in zones:
        assert mark_of(record) is None
    assert mark_of(msgspec.structs.replace(last, headers=())) is None
    assert mark_of(msgspec.structs.replace(last, value=None)) is None


LARGE = {"511102": bytes(range(256)) * 80_000, "511181": b"two", "*": b"all"}
"""One of three parts: 20 MB, and what a record takes is 16."""


def _written_large(*offsets: int) -> list[Record]:
    topics = MemoryTopics()
    for offset in offsets:
        publish(topics, 0, LARGE, offset=offset, delivered="")
    return topics.all(SNAPSHOTS)


def test_a_zone_too_large_for_a_record_comes_in_parts() -> None:
    *parts, last = records = _written_large(7)
    keys = [b"511102", b"511102/1", b"511102/2", b"511181"]
    assert [record.key for record in parts] == keys
    assert all(len(record.value or b"") <= LARGEST_PART for record in parts)
    found, mark = newest(records), mark_of(last)
    assert found is not None
    assert mark is not None
    zones = [(zone, LARGE[zone]) for zone in ("511102", "511181")]
    assert list(found.zones) == list(as_written(mark, parts)) == zones


def test_parts_of_two_sets_make_none() -> None:
    seven, nine = _written_large(7), _written_large(9)
    begun = newest([*seven, *nine[:2]])
    assert begun is not None
    assert begun.mark.offset == 7
    assert dict(begun.zones)["511102"] == LARGE["511102"]
    compacted = [*nine[:1], *seven[1:]]
    assert newest(compacted) is None
    assert newest([*seven[1:], *nine[:1]]) is None
    grown = [*_written(7)[1:], *nine[:1]]  # it was whole, and only its first part is there now
    assert newest(grown) is None
    assert newest(seven[:1] + seven[2:]) is None


def test_a_whole_zone_of_a_later_set_will_do() -> None:
    seven, nine = _written(7), _written(9)
    found = newest([*seven[1:], nine[0]])
    assert found is not None
    assert found.mark.offset == 7


def test_other_records_than_were_written_are_told_when_they_come() -> None:
    first, second, last = _written(7)
    old, *_ = _written(5)
    mark = mark_of(last)
    assert mark is not None
    deleted = msgspec.structs.replace(second, value=None)
    for records in ([], [first], [second, first], [old, second], [first, deleted]):
        with pytest.raises(IncompleteError):
            list(as_written(mark, records))
