"""A set of snapshots is used when it is complete, and only then."""

import msgspec

from events.envelope import Record
from events.topics import SNAPSHOTS
from streams.snapshots import newest, publish
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
    assert (found.blobs, found.offset, found.delivered) == (BLOBS, 7, "511181-7-0")


def test_the_newest_complete_set_counts() -> None:
    found = newest(_written(7, 9))
    assert found is not None
    assert found.offset == 9


def test_the_beginning_of_the_next_set_does_no_harm() -> None:
    for more in (1, 2):
        found = newest(_written(7, 9)[: 3 + more])
        assert found is not None
        assert found.offset == 7


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
    assert found.blobs == {"*": b"all"}
