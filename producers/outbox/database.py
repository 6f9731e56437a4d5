"""The SQLite file under an outbox: opened so that what is committed survives a power cut.

WAL with synchronous=FULL syncs the log at every commit. The lock is exclusive for the life of the
process and goes with it, so no second process can send from the same file.
"""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from producers.outbox.errors import BusyError, DamagedError, ForeignFileError, NoRoomError

APPLICATION_ID: Final = 0x67_6D_6F_62  # "gmob"
VERSION: Final = 2

_SCHEMA: Final = """
    CREATE TABLE fact (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        sent_at INTEGER,
        late INTEGER NOT NULL DEFAULT 0,
        value BLOB NOT NULL
    ) STRICT;
    CREATE INDEX waiting ON fact (seq, accepted_at) WHERE sent_at IS NULL;
    CREATE INDEX sent ON fact (sent_at, late) WHERE sent_at IS NOT NULL;
    CREATE TABLE owner (station TEXT NOT NULL) STRICT;
"""
_OF_VERSION_2: Final = """
    CREATE TABLE command (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL,
        digest BLOB NOT NULL,
        value BLOB NOT NULL,
        language TEXT NOT NULL,
        subject TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        decided_at INTEGER,
        status INTEGER,
        answer BLOB
    ) STRICT;
    CREATE INDEX undecided ON command (seq, accepted_at, subject) WHERE decided_at IS NULL;
    CREATE INDEX decided ON command (decided_at, status) WHERE decided_at IS NOT NULL;
    CREATE TABLE session (
        cookie BLOB PRIMARY KEY, view BLOB NOT NULL, expires_at INTEGER NOT NULL
    ) STRICT;
"""
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_SIDES: Final = ("", "-wal", "-shm")


def open_database(path: Path, station: str) -> sqlite3.Connection:
    """The file of a station, made when it is not there.

    A damaged file is renamed, with its log. Raises DamagedError, BusyError, ForeignFileError,
    NoRoomError or OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # says in words why it cannot be written
    if path.stat().st_mode & stat.S_IRWXO:
        path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    try:
        with translated(path):
            _prepare(connection, path, station)
    except DamagedError as error:
        connection.close()
        raise DamagedError(path, _put_aside(path), error.why) from error
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours: NoRoomError, DamagedError, BusyError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _NO_ROOM:
            raise NoRoomError(
                f"{path} cannot be written ({error}): free space on its disk"
            ) from error
        if code in _DAMAGE:
            raise DamagedError(path, None, str(error)) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(path) from error
        raise


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it is on the disk when this returns, or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the file holds, without pages that are free again."""
    [(used,)] = connection.execute(
        "SELECT (page_count - freelist_count) * page_size "
        "FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    ).fetchall()
    return int(used)


def give_back(connection: sqlite3.Connection) -> None:
    """Cut pages that are free off the file."""
    connection.executescript("PRAGMA incremental_vacuum")  # `execute` would free a single page


def _prepare(connection: sqlite3.Connection, path: Path, station: str) -> None:
    if path.stat().st_size == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 256")  # pages: the log stays about 1 MB
    connection.execute("PRAGMA journal_size_limit = 1048576")
    with transaction(connection):  # takes the lock
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            _create(connection, station)
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise ForeignFileError(path, "a database of another program")
    if connection.execute("PRAGMA user_version").fetchone() == (1,):
        with transaction(connection):
            _run(connection, _OF_VERSION_2)
            connection.execute(f"PRAGMA user_version = {VERSION}")
    if connection.execute("PRAGMA user_version").fetchone() != (VERSION,):
        raise ForeignFileError(path, "an outbox of another version of gigmatch")
    [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise DamagedError(path, None, found)
    [(owner,)] = connection.execute("SELECT station FROM owner").fetchall()
    if owner != station:
        raise ForeignFileError(path, f"the outbox of station {owner}, not of {station}")


def _create(connection: sqlite3.Connection, station: str) -> None:
    _run(connection, _SCHEMA + _OF_VERSION_2)
    connection.execute("INSERT INTO owner VALUES (?)", (station,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _run(connection: sqlite3.Connection, statements: str) -> None:
    """One by one: `executescript` would end the transaction."""
    for statement in filter(str.strip, statements.split(";")):
        connection.execute(statement)


def _put_aside(path: Path) -> Path:
    """Rename a file and its log, so that both can be looked at; the new name."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z")
    for side in _SIDES:
        part = path.with_name(path.name + side)
        if part.exists():
            part.rename(aside.with_name(aside.name + side))
    return aside
