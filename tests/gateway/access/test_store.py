"""A store keeps what it is given, until when it is told, and gives a thing to one taker."""

import asyncio
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store import Store, StoreError, open_store
from gigmatch.errors import UserError
from gigmatch.processes import free_port


@pytest.fixture(params=["sqlite", "redis"])
async def store(
    request: pytest.FixtureRequest, redis_url: str, tmp_path: Path
) -> AsyncIterator[Store]:
    address = redis_url if request.param == "redis" else f"sqlite:{tmp_path / 'kept' / 'store.db'}"
    opened = open_store(address)
    yield opened
    await opened.close()


def in_ms(after: int) -> int:
    return time.time_ns() // 1_000_000 + after


async def test_what_is_put_is_got_by_kind_and_key(store: Store) -> None:
    await store.put("key", "a", b"1")
    await store.put("key", "a", b"2")
    await store.put("session", "a", b"3")
    assert await store.get("key", "a") == b"2"
    assert await store.get("code", "a") is None
    assert await store.all("key") == {"a": b"2"}
    await store.ping()


async def test_what_is_over_is_not_there(store: Store) -> None:
    await store.put("session", "soon", b"1", until=in_ms(40))
    await store.put("session", "later", b"1", until=in_ms(60_000))
    while await store.get("session", "soon") is not None:
        await asyncio.sleep(0.01)
    assert await store.take("session", "soon") is None
    assert list(await store.all("session")) == ["later"]
    assert await store.add("session", "soon", b"2")


async def test_what_is_gone_is_not_replaced(store: Store) -> None:
    await store.put("session", "a", b"1", until=in_ms(60_000))
    assert await store.replace("session", "a", b"2", until=in_ms(60_000))
    assert await store.get("session", "a") == b"2"
    assert await store.replace("session", "a", b"2", until=in_ms(40))
    while await store.get("session", "a") is not None:
        await asyncio.sleep(0.01)
    assert not await store.replace("session", "a", b"3")
    assert not await store.replace("session", "b", b"3")
    assert await store.all("session") == {}


async def test_of_many_at_once_one_adds_and_one_takes(store: Store) -> None:
    added = await asyncio.gather(*(store.add("used", "x", b"%d" % n) for n in range(20)))
    assert added.count(True) == 1
    taken = await asyncio.gather(*(store.take("used", "x") for _ in range(20)))
    assert [one for one in taken if one is not None] == [b"%d" % added.index(True)]


async def test_a_file_outlives_its_process_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = open_store(f"sqlite:{path}")
    await first.put("key", "a", b"1")
    await first.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = open_store(f"sqlite:{path}")
    assert await second.get("key", "a") == b"1"
    await second.close()


async def test_what_is_over_goes_without_a_look_at_all_there_is(tmp_path: Path) -> None:
    """A store of an earlier version, too, has the way to it from its first opening on."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as before:
        before.execute(
            "CREATE TABLE kept (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
            " until INTEGER, PRIMARY KEY (kind, key)) WITHOUT ROWID, STRICT"
        )
    opened = open_store(f"sqlite:{path}")
    await opened.put("heard", "over", b"1", until=in_ms(-1))
    await opened.put("key", "stays", b"1")
    await opened.add("heard", "new", b"1", until=in_ms(60_000))
    with closing(sqlite3.connect(path)) as beside:
        left = beside.execute("SELECT key FROM kept ORDER BY key").fetchall()
        [plan] = beside.execute("EXPLAIN QUERY PLAN DELETE FROM kept WHERE until <= 1").fetchall()
    assert left == [("new",), ("stays",)]
    assert "INDEX ending" in plan[-1]
    await opened.close()


async def test_a_file_that_everybody_could_read_is_its_owners_again(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    path = folder / "store.db"
    first = open_store(f"sqlite:{path}")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    await first.put("key", "a", b"1")
    for file in folder.iterdir():
        file.chmod(0o644)  # a copy that was put back
    second = open_store(f"sqlite:{path}")
    await second.put("key", "b", b"2")
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)
    await first.close()
    await second.close()
    path.chmod(0o660)  # for a group that has been asked for
    await open_store(f"sqlite:{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


async def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    away = open_store(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreError, match="does not answer"):
        await away.get("key", "a")
    await away.close()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:{tmp_path}")
    with pytest.raises(UserError, match="sqlite:PATH"):
        open_store("postgres://somewhere")
