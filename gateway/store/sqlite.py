"""A store in one SQLite file: for one gateway. A write is on the disk before it is answered."""

import asyncio
import os
import sqlite3
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from events.phrases import translated
from gateway.store.protocol import Kind, StoreError

T = TypeVar("T")

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS kept (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, until INTEGER,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID, STRICT
"""
_ENDING: Final = "CREATE INDEX IF NOT EXISTS ending ON kept (until) WHERE until IS NOT NULL"
"""What is over goes with every `add`, which must not look at all that is kept for it."""
_ALIVE: Final = "(until IS NULL OR until > ?)"
_BUSY_S: Final = 10.0
_BESIDE: Final = ("-wal", "-shm")
"""SQLite's own files, which it makes as readable as the first is."""


class SqliteStore:
    """Values in one table, in WAL mode; other processes may have the file open, too."""

    def __init__(self, path: str) -> None:
        """Open or make the file, readable by its owner alone. Raises StoreError.

        A folder that is not there yet is made for its owner alone, too. A file that everybody can
        read, as a copy of one that was put back may be, is made its owner's again.
        """
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        try:
            self._connection = _open(Path(path))
        except (sqlite3.Error, OSError) as error:
            raise StoreError("store.unopened", path=path, why=translated(_said(error))) from error

    async def get(self, kind: Kind, key: str) -> bytes | None:
        """The value, or None."""
        query = f"SELECT value FROM kept WHERE kind = ? AND key = ? AND {_ALIVE}"
        return await self._run(lambda db: _first(db.execute(query, (kind, key, _now()))))

    async def put(self, kind: Kind, key: str, value: bytes, *, until: int | None = None) -> None:
        """Keep a value, in place of one that is there."""
        put = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)"
        await self._run(lambda db: db.execute(put, (kind, key, value, until)))

    async def add(self, kind: Kind, key: str, value: bytes, *, until: int | None = None) -> bool:
        """Keep a value unless there is one; whether it was kept."""

        def add(db: sqlite3.Connection) -> bool:
            db.execute("DELETE FROM kept WHERE until <= ?", (_now(),))
            new = "INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?)"
            return db.execute(new, (kind, key, value, until)).rowcount == 1

        return await self._run(add)

    async def replace(
        self, kind: Kind, key: str, value: bytes, *, until: int | None = None
    ) -> bool:
        """Keep a value in place of one that is there; whether there was one."""
        replace = f"UPDATE kept SET value = ?, until = ? WHERE kind = ? AND key = ? AND {_ALIVE}"
        found = (value, until, kind, key, _now())
        return await self._run(lambda db: db.execute(replace, found).rowcount == 1)

    async def take(self, kind: Kind, key: str) -> bytes | None:
        """Remove a value and return it."""
        take = f"DELETE FROM kept WHERE kind = ? AND key = ? AND {_ALIVE} RETURNING value"
        return await self._run(lambda db: _first(db.execute(take, (kind, key, _now()))))

    async def all(self, kind: Kind) -> dict[str, bytes]:
        """Every value of a kind, by key."""
        query = f"SELECT key, value FROM kept WHERE kind = ? AND {_ALIVE} ORDER BY key"
        return await self._run(lambda db: dict(db.execute(query, (kind, _now())).fetchall()))

    async def ping(self) -> None:
        """Raise StoreError unless the file can be read."""
        await self._run(lambda db: db.execute("SELECT 1 FROM kept LIMIT 1").fetchall())

    async def close(self) -> None:
        """Close the file."""
        await self._run(lambda db: db.close())
        self._thread.shutdown()

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def transaction() -> T:
            try:
                return work(self._connection)
            except sqlite3.Error as error:
                raise StoreError("store.silent", why=translated(str(error))) from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)


def _said(error: sqlite3.Error | OSError) -> str:
    """What was said, without the path, which is told besides."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for file in (path, *(path.with_name(path.name + end) for end in _BESIDE)):
        if file.exists() and file.stat().st_mode & stat.S_IRWXO:
            file.chmod(0o600)
    # Each statement is a transaction of its own; one thread at a time has the connection.
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute(_TABLE)
    db.execute(_ENDING)
    return db


def _first(cursor: sqlite3.Cursor) -> bytes | None:
    # All rows: with RETURNING, a statement that is not read to its end is not committed.
    rows = cursor.fetchall()
    return rows[0][0] if rows else None


def _now() -> int:
    return time.time_ns() // 1_000_000
