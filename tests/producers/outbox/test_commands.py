"""The queue of a terminal's commands: their order, what becomes of them, and how long they stay."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.outbox.commands import Answer, Command, CommandFigures, Commands
from producers.outbox.errors import KnownIdError, NoRoomError
from producers.outbox.store import Store
from tests.producers.outbox.disks import free_disk, full_disk

STATION = "511181-05"
TAKEN = Answer(202, b'{"id":"a"}')
REFUSED = Answer(404, b'{"title":"no"}')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "outbox.db", STATION, max_mb=1)
    yield opened
    opened.close()


@pytest.fixture
def commands(store: Store) -> Commands:
    return Commands(store.disk)


def of(id: str, subject: str = "", value: bytes = b"{}") -> Command:
    return Command(id, f"/api/{id[0]}", value, "zh-CN", subject)


def ids(commands: Commands) -> list[str]:
    return [one.id for one in commands.listed(100)]


def test_they_wait_in_the_order_in_which_they_were_taken(commands: Commands) -> None:
    for at, id in enumerate("cab"):
        assert commands.add(of(id), at) is None
    assert ids(commands) == ["c", "a", "b"]
    for id in "cab":
        waiting = commands.take_next()
        assert waiting is not None
        assert (waiting.id, waiting.path, waiting.value) == (id, f"/api/{id}", b"{}")
        commands.decide(waiting.seq, TAKEN, at=9)
    assert commands.take_next() is None


def test_one_that_was_not_decided_comes_again(commands: Commands) -> None:
    commands.add(of("a"), 1)
    first = commands.take_next()
    commands.let_go()
    assert first == commands.take_next() is not None


def test_the_same_again_is_the_same_and_has_its_answer(commands: Commands) -> None:
    commands.add(of("a"), 1)
    assert commands.add(of("a"), 2) is None
    assert ids(commands) == ["a"]
    commands.decide(1, TAKEN, at=3)
    assert commands.add(of("a"), 4) == commands.answer_to("a") == TAKEN
    for other in (of("a", value=b"{ }"), Command("a", "/api/b", b"{}", "zh-CN")):
        with pytest.raises(KnownIdError):
            commands.add(other, 5)


def test_what_it_said_is_forgotten_once_it_is_decided(commands: Commands, store: Store) -> None:
    commands.add(of("a", value=b'{"birth_year":1966}'), 1)
    commands.decide(1, TAKEN, at=2)
    with store.disk.locked() as connection:
        assert connection.execute("SELECT value FROM command").fetchall() == [(b"",)]


def test_a_later_word_takes_the_place_of_one_that_waits(commands: Commands) -> None:
    for id in ("a1", "b1", "c1"):
        commands.add(of(id, subject="O-1" if id != "b1" else "O-2"), 1)
    assert ids(commands) == ["b1", "c1"]
    commands.add(of("d1"), 1)
    commands.add(of("e1"), 1)
    assert ids(commands) == ["b1", "c1", "d1", "e1"]  # without a subject each is for itself


def test_what_is_under_way_or_decided_is_not_replaced(commands: Commands) -> None:
    commands.add(of("a", subject="O-1"), 1)
    assert commands.take_next() is not None
    commands.add(of("b", subject="O-1"), 2)
    assert ids(commands) == ["a", "b"]
    commands.decide(1, TAKEN, at=3)
    commands.let_go()
    commands.add(of("c", subject="O-1"), 4)
    assert ids(commands) == ["c"]
    assert commands.answer_to("a") == TAKEN


def test_figures_and_what_was_refused(commands: Commands) -> None:
    assert commands.figures() == CommandFigures(0, None, 0, None, 0)
    for at, id in enumerate("abc"):
        commands.add(of(id), at)
    commands.decide(1, TAKEN, at=10)
    commands.decide(2, REFUSED, at=11)
    assert commands.figures() == CommandFigures(1, 2, 2, 11, 1)
    [refused] = commands.refused(9)
    assert (refused.id, refused.path, refused.accepted_at, refused.at) == ("b", "/api/b", 1, 11)
    assert (refused.status, bytes(refused.problem)) == (404, REFUSED.content)


def test_what_waits_and_what_was_refused_can_be_discarded(commands: Commands) -> None:
    for id in "abcd":
        commands.add(of(id), 1)
    commands.decide(1, TAKEN, at=2)
    commands.decide(2, REFUSED, at=2)
    assert commands.take_next() is not None
    done = [commands.discard(id) for id in "abcdx"]
    assert done == [False, True, False, True, False]
    assert ids(commands) == ["c"]


def test_what_was_decided_goes_after_a_while(commands: Commands) -> None:
    for id in "abc":
        commands.add(of(id), 1)
    commands.decide(1, TAKEN, at=10)
    commands.decide(2, REFUSED, at=20)
    assert commands.prune(before=20) == 1
    assert commands.answer_to("a") is None
    assert commands.answer_to("b") == REFUSED
    assert ids(commands) == ["c"]


def test_all_of_it_is_there_after_a_power_cut(store: Store, tmp_path: Path) -> None:
    commands = Commands(store.disk)
    for id in "abc":
        commands.add(of(id), 1)
    commands.decide(1, REFUSED, at=2)
    commands.take_next()
    after = tmp_path / "after.db"
    for side in ("", "-wal"):  # what is on the disk at this moment
        Path(f"{after}{side}").write_bytes(Path(f"{store.path}{side}").read_bytes())
    again = Store(after, STATION, max_mb=1)
    assert ids(Commands(again.disk)) == ["b", "c"]
    assert Commands(again.disk).answer_to("a") == REFUSED
    again.close()


def test_on_a_full_disk_nothing_is_taken_and_what_is_decided_is_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands(store.disk)
    for number in range(60):
        commands.add(of(f"a{number}", value=bytes(3_000)), 1)
    release = store.disk.reserve.release

    def releases() -> None:
        release()
        free_disk()

    room = min(Path(f"{store.path}-wal").stat().st_size, store.path.stat().st_size)
    with full_disk(room):
        with pytest.raises(NoRoomError):
            commands.add(of("b", value=bytes(3_000)), 2)
        monkeypatch.setattr(store.disk.reserve, "release", releases)
        commands.decide(1, REFUSED, at=3)
    assert commands.answer_to("a0") == REFUSED
    assert commands.figures().waiting == 59


def test_a_full_outbox_gives_up_what_was_decided_first(commands: Commands) -> None:
    number = _fill(commands)
    with pytest.raises(NoRoomError, match="1 MB"):
        commands.add(of("b", value=bytes(10_000)), 2)
    for seq in range(1, 41):
        commands.decide(seq, TAKEN, at=2)
    commands.add(of("b", value=bytes(10_000)), 3)
    assert commands.figures().waiting == number - 40 + 1


def test_a_file_of_the_version_before_is_taken_over(store: Store) -> None:
    store.add("f", "t", b"x", at=1)
    with store.disk.locked() as connection:
        for table in ("command", "session"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
    store.close()
    again = Store(store.path, STATION, max_mb=1)
    assert [fact.id for fact in again.waiting(0, most=9, most_bytes=9)] == ["f"]
    Commands(again.disk).add(of("a"), 1)
    again.close()
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_nobody_else_can_read_the_file(store: Store) -> None:
    assert {one.stat().st_mode & 0o077 for one in store.path.parent.glob("outbox.db*")} <= {0, 0o44}
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert Path(f"{store.path}-wal").stat().st_mode & 0o777 == 0o600


def _fill(commands: Commands) -> int:
    """Add until there is no room; how many."""
    for number in range(1_000):
        try:
            commands.add(of(f"a{number}", value=bytes(10_000)), 1)
        except NoRoomError:
            return number
    raise AssertionError("it never gets full")
