"""One file and its disk: what may be written when there is little room, and what goes first.

One connection, one lock: the HTTP threads add, the senders read and record.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from producers.outbox.database import (
    give_back,
    open_database,
    transaction,
    translated,
    used_bytes,
)
from producers.outbox.errors import NoRoomError
from producers.outbox.reserve import Reserve

RESERVE_BYTES: Final = 4 * 1024 * 1024
"""More than the log and one recorded batch can grow to: with it, what was sent can be recorded."""

_OLDER_HALF: Final = """
    DELETE FROM {table} WHERE seq IN (
        SELECT seq FROM {table} WHERE {sent_at} IS NOT NULL ORDER BY seq
        LIMIT (SELECT (count(*) + 1) / 2 FROM {table} WHERE {sent_at} IS NOT NULL)
    )
"""
_GOES_FIRST: Final = tuple(
    _OLDER_HALF.format(table=table, sent_at=sent_at)
    for table, sent_at in (("fact", "sent_at"), ("command", "decided_at"))
)
Write = Callable[[sqlite3.Connection], object]


class Disk:
    """The file of one station. Any thread may use it; everything but `locked` wants the lock."""

    def __init__(self, path: Path, station: str, *, max_mb: int) -> None:
        """Open or make it; it takes no more beyond `max_mb` MB. Raises as `open_database` does."""
        self.path = path
        self.connection = open_database(path, station)
        self.reserve = Reserve(path.with_name(f"{path.name}-reserve"), RESERVE_BYTES)
        self._max_mb = max_mb
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def locked(self) -> Iterator[sqlite3.Connection]:
        """The connection, for nobody else meanwhile; its errors are ours."""
        with self._lock, translated(self.path):
            yield self.connection

    def insert(self, statement: str, values: tuple[Any, ...], *before: tuple[str, Any]) -> int:
        """Keep a new row behind what is done `before`, all of it or nothing; where it stands.

        When this returns it is on the disk. Raises NoRoomError when it cannot be written.
        """
        try:
            with translated(self.path):
                return self._insert(statement, values, before)
        except NoRoomError:
            self._make_room()
            return self._insert(statement, values, before)

    def record(self, write: Write, instead: Write) -> None:
        """Write down what has been sent. Where there is no room, the reserve makes some.

        `instead` is what is written then. Raises NoRoomError when not even that can be.
        """
        try:
            with translated(self.path), transaction(self.connection):
                write(self.connection)
        except NoRoomError:
            self.reserve.release()
            self.empty_log()
            with transaction(self.connection):
                instead(self.connection)

    def remove(self, statement: str, *values: object) -> int:
        """Delete rows and give the disk their space; how many. Raises NoRoomError."""
        with transaction(self.connection):
            done = self.connection.execute(statement, values)
        give_back(self.connection)
        return done.rowcount

    def empty_log(self) -> None:
        """Write the log into the file, so that its space can be used again."""
        with contextlib.suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self.connection.close()
            self.reserve.release()

    def _insert(
        self, statement: str, values: tuple[Any, ...], before: tuple[tuple[str, Any], ...]
    ) -> int:
        if not self.reserve.hold():
            raise NoRoomError(
                f"{self.path} takes nothing new without {RESERVE_BYTES // 1024 // 1024} MB of room "
                "to spare: free space on its disk"
            )
        if used_bytes(self.connection) >= self._max_mb * 1024 * 1024:
            raise NoRoomError(
                f"{self.path} has reached {self._max_mb} MB (GIGMATCH_OUTBOX_MAX_MB): "
                "see that it can send, or raise the limit"
            )
        with transaction(self.connection):
            for one in before:
                self.connection.execute(*one)
            done = self.connection.execute(statement, values)
        assert done.lastrowid is not None
        return done.lastrowid

    def _make_room(self) -> None:
        """Forget the older half of what was sent, and give the disk what space that leaves."""
        self.empty_log()
        with transaction(self.connection):
            for statement in _GOES_FIRST:
                self.connection.execute(statement)
        give_back(self.connection)
        self.empty_log()
