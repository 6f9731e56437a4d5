"""The queue on disk: what is in it, how large it gets, and what is said of a file of no use."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.outbox.disk import RESERVE_BYTES
from producers.outbox.errors import (
    BusyError,
    DamagedError,
    ForeignFileError,
    KnownIdError,
    NoRoomError,
)
from producers.outbox.store import Added, Figures, Store
from tests.producers.outbox.disks import free_disk, full_disk

STATION = "511181-05"
ALL = 10_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "outbox.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path, STATION, max_mb=1)
    yield opened
    opened.close()


def test_facts_wait_in_the_order_in_which_they_were_taken(store: Store) -> None:
    for number in range(5):
        store.add(f"id-{number}", "t", b"%d" % number, at=100 - number)
    waiting = store.waiting(0, most=ALL, most_bytes=ALL)
    assert [(fact.seq, fact.id, fact.value) for fact in waiting] == [
        (number + 1, f"id-{number}", b"%d" % number) for number in range(5)
    ]
    assert [fact.seq for fact in store.waiting(3, most=ALL, most_bytes=ALL)] == [4, 5]
    assert [fact.seq for fact in store.waiting(0, most=2, most_bytes=ALL)] == [1, 2]
    assert [fact.seq for fact in store.waiting(0, most=ALL, most_bytes=1)] == [1]
    assert [(fact.seq, fact.size) for fact in store.listed(2)] == [(1, 1), (2, 1)]


def test_the_same_fact_again_is_the_same_fact(store: Store) -> None:
    assert store.add("a", "t", b"x", at=1) == Added(1, is_new=True, is_sent=False)
    assert store.add("a", "t", b"x", at=2) == Added(1, is_new=False, is_sent=False)
    store.delivered([(1, False)], at=3)
    assert store.add("a", "t", b"x", at=4) == Added(1, is_new=False, is_sent=True)
    with pytest.raises(KnownIdError):
        store.add("a", "t", b"y", at=5)
    with pytest.raises(KnownIdError):
        store.add("a", "u", b"x", at=5)


def test_figures(store: Store) -> None:
    assert store.figures(0) == Figures(0, None, 0, None, 0)
    for at in (10, 20, 30, 40):
        store.add(f"{at}", "t", b"x", at=at)
    store.delivered([(1, True), (2, False)], at=50)
    assert store.figures(late_from=35) == Figures(
        waiting=2, oldest_at=30, sent=2, last_sent_at=50, late=2
    )
    assert store.figures(late_from=30).late == 1


def test_what_was_sent_goes_after_a_while_and_what_waits_stays(store: Store) -> None:
    for number in range(1, 5):
        store.add(f"{number}", "t", b"x", at=number)
    store.delivered([(1, False)], at=100)
    store.delivered([(2, False)], at=200)
    assert store.prune(before=200) == 1
    assert [fact.seq for fact in store.waiting(0, most=ALL, most_bytes=ALL)] == [3, 4]
    assert store.add("1", "t", b"other", at=9).seq == 5


def test_a_full_outbox_takes_no_more_and_gives_up_what_it_has_sent_first(store: Store) -> None:
    taken = _fill(store, "a")
    assert taken > 50
    before = store.waiting(0, most=ALL, most_bytes=10**9)
    with pytest.raises(NoRoomError, match="1 MB"):
        store.add("more", "t", bytes(10_000), at=1)
    assert store.waiting(0, most=ALL, most_bytes=10**9) == before
    store.delivered([(fact.seq, False) for fact in before[:40]], at=5)
    again = _fill(store, "b")
    assert again >= 35
    waiting = store.waiting(0, most=ALL, most_bytes=10**9)
    assert waiting[: taken - 40] == before[40:]
    assert len(waiting) == taken - 40 + again
    assert store.path.stat().st_size < 2 * 1024 * 1024


def test_on_a_full_disk_the_reserve_makes_room_to_record(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        store.add(f"id-{number}", "t", bytes(3_000), at=1)
    reserve = store.path.with_name("outbox.db-reserve")
    assert reserve.stat().st_size == RESERVE_BYTES
    release = store.disk.reserve.release

    def releases() -> None:
        release()
        free_disk()

    log = Path(f"{store.path}-wal").stat().st_size
    room = min(log, store.path.stat().st_size)
    with full_disk(room), monkeypatch.context() as patched:
        patched.setattr(store.disk.reserve, "release", releases)
        store.delivered([(seq, False) for seq in range(1, 31)], at=2)
        assert not reserve.exists()
    assert [fact.seq for fact in store.waiting(0, most=ALL, most_bytes=10**9)] == list(
        range(31, 51)
    )
    with full_disk(room=1_000_000), pytest.raises(NoRoomError, match="to spare"):
        store.add("more", "t", b"x", at=3)
    assert store.add("more", "t", b"x", at=3).seq == 51


def test_what_is_removed_gives_its_space_back(store: Store) -> None:
    for number in range(100):
        store.add(f"id-{number}", "t", bytes(9_000), at=1)
    store.delivered([(seq, False) for seq in range(1, 100)], at=2)
    store.disk.empty_log()
    before = store.path.stat().st_size
    assert store.prune(before=3) == 99
    store.disk.empty_log()
    assert store.path.stat().st_size < before / 5
    assert [fact.id for fact in store.waiting(0, most=ALL, most_bytes=ALL)] == ["id-99"]


def test_without_a_reserve_what_was_sent_is_given_up_for_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        store.add(f"id-{number}", "t", bytes(9_000), at=1)
    store.delivered([(seq, False) for seq in range(1, 101)], at=2)
    store.disk.empty_log()
    before = store.path.stat().st_size
    monkeypatch.setattr(
        store.disk.reserve, "hold", lambda: store.path.stat().st_size < before * 3 / 4
    )
    assert store.add("more", "t", b"x", at=3).is_new
    assert store.figures(0).sent == 50


def test_it_is_all_there_after_it_was_closed(path: Path, store: Store) -> None:
    store.add("a", "t", b"x", at=1)
    store.add("b", "t", b"y", at=2)
    store.delivered([(1, True)], at=3)
    store.close()
    again = Store(path, STATION, max_mb=1)
    assert [fact.id for fact in again.waiting(0, most=ALL, most_bytes=ALL)] == ["b"]
    assert again.last_seq == 2
    again.close()


def test_two_processes_cannot_have_the_same_file(path: Path, store: Store) -> None:
    with pytest.raises(BusyError, match="in use"):
        Store(path, STATION, max_mb=1)
    assert store.add("a", "t", b"x", at=1).is_new


def test_every_commit_is_synced(store: Store) -> None:
    modes = [
        store.disk.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "locking_mode")
    ]
    assert modes == ["wal", 2, "exclusive"]


def test_the_file_of_another_station_or_program_is_left_alone(path: Path, store: Store) -> None:
    store.add("a", "t", b"x", at=1)
    store.close()
    with pytest.raises(ForeignFileError, match="511181-05, not of 511181-06"):
        Store(path, "511181-06", max_mb=1)
    other = path.with_name("other.db")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(ForeignFileError, match="another program"):
        Store(other, STATION, max_mb=1)
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(ForeignFileError, match="another version"):
        Store(path, STATION, max_mb=1)
    assert sorted(one.name for one in path.parent.iterdir()) == ["other.db", "outbox.db"]


@pytest.mark.parametrize("harm", ["pages", "header", "torn"])
def test_a_damaged_file_is_kept_aside_and_the_next_start_is_empty(
    path: Path, store: Store, harm: str
) -> None:
    for number in range(100):
        store.add(f"id-{number}", "t", bytes(500), at=number)
    store.close()
    content = path.read_bytes()
    spoilt = {
        "pages": content[: 3 * 4096] + b"\xff" * 4096 * 4 + content[7 * 4096 :],
        "header": b"not a database" * 1000,
        "torn": content[: len(content) // 2],
    }[harm]
    path.write_bytes(spoilt)
    with pytest.raises(DamagedError, match=r"put aside as .*damaged-.*\.recover"):
        Store(path, STATION, max_mb=1)
    [aside] = path.parent.glob("outbox.db.damaged-*")
    assert aside.read_bytes() == spoilt
    again = Store(path, STATION, max_mb=1)
    assert again.add("a", "t", b"x", at=1).seq == 1
    again.close()


def _fill(store: Store, prefix: str) -> int:
    """Add until there is no room; how many."""
    for number in range(ALL):
        try:
            store.add(f"{prefix}-{number}", "t", bytes(10_000), at=1)
        except NoRoomError:
            return number
    raise AssertionError("it never gets full")
