"""The queue of an outbox: facts in the order of acceptance, until the log has them, and a while on.

One connection, one lock: the HTTP threads add, the sender reads and records.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from producers.outbox.database import (
    give_back,
    open_database,
    transaction,
    translated,
    used_bytes,
)
from producers.outbox.errors import KnownIdError, NoRoomError
from producers.outbox.reserve import Reserve

RESERVE_BYTES: Final = 4 * 1024 * 1024
"""More than the log and one recorded batch can grow to: with it, what was sent can be recorded."""

_WAITING: Final = """
    SELECT count(*), min(accepted_at), count(*) FILTER (WHERE accepted_at < ?)
    FROM fact INDEXED BY waiting WHERE sent_at IS NULL
"""
_SENT: Final = """
    SELECT count(*), max(sent_at), coalesce(sum(late), 0)
    FROM fact INDEXED BY sent WHERE sent_at IS NOT NULL
"""


class Added(msgspec.Struct, frozen=True):
    """Where a fact stands in the queue, whether it is new, and whether the log has it."""

    seq: int
    is_new: bool
    is_sent: bool


class Waiting(msgspec.Struct, frozen=True):
    """A fact that the log does not have yet, or may not; `accepted_at` is UTC ms."""

    seq: int
    id: str
    type: str
    value: bytes
    accepted_at: int


class Listed(msgspec.Struct, frozen=True):
    """A waiting fact without its content."""

    seq: int
    id: str
    type: str
    size: int
    accepted_at: int


class Figures(msgspec.Struct, frozen=True):
    """How the queue stands; times are UTC ms. `late` counts those that went out late, or will."""

    waiting: int
    oldest_at: int | None
    sent: int
    last_sent_at: int | None
    late: int


class Store:
    """The outbox of one station in one file. Any thread may use it."""

    def __init__(self, path: Path, station: str, *, max_mb: int) -> None:
        """Open or make it; it takes no more facts beyond `max_mb` MB.

        Raises what `open_database` raises.
        """
        self.path = path
        self._max_mb = max_mb
        self._connection = open_database(path, station)
        self._reserve = Reserve(path.with_name(f"{path.name}-reserve"), RESERVE_BYTES)
        self._lock = threading.Lock()
        [(last,)] = self._connection.execute("SELECT coalesce(max(seq), 0) FROM fact").fetchall()
        self.last_seq: int = last
        """The newest fact: cheap to look at for whoever waits for news."""

    def add(self, id: str, type: str, value: bytes, at: int) -> Added:
        """Keep a fact; when this returns it is on the disk.

        The same id with the same content is the same fact. Raises KnownIdError for other content,
        NoRoomError when it cannot be written.
        """
        with self._locked():
            known = self._connection.execute(
                "SELECT seq, type, value, sent_at FROM fact WHERE id = ?", (id,)
            ).fetchone()
            if known is not None:
                if (known[1], known[2]) != (type, value):
                    raise KnownIdError(id)
                return Added(known[0], is_new=False, is_sent=known[3] is not None)
            try:
                with translated(self.path):
                    self.last_seq = self._insert(id, type, value, at)
            except NoRoomError:
                self._make_room()
                self.last_seq = self._insert(id, type, value, at)
            return Added(self.last_seq, is_new=True, is_sent=False)

    def waiting(self, after: int, *, most: int, most_bytes: int) -> list[Waiting]:
        """The next facts behind `after` that wait, in order; at least one if there is one."""
        found: list[Waiting] = []
        size = 0
        with self._locked():
            rows = self._connection.execute(
                "SELECT seq, id, type, value, accepted_at FROM fact INDEXED BY waiting "
                "WHERE sent_at IS NULL AND seq > ? ORDER BY seq LIMIT ?",
                (after, most),
            )
            for row in rows:
                found.append(Waiting(*row))
                size += len(found[-1].value)
                if size >= most_bytes:
                    break
        return found

    def delivered(self, facts: Sequence[tuple[int, bool]], at: int) -> None:
        """Record that the log has facts, each with whether it was late.

        Where there is no room to record, the reserve makes some, and they are forgotten, which
        needs none that is new. Raises NoRoomError when not even that can be written.
        """
        with self._locked():
            try:
                with translated(self.path), transaction(self._connection):
                    self._connection.executemany(
                        "UPDATE fact SET sent_at = ?, late = ? WHERE seq = ? AND sent_at IS NULL",
                        [(at, late, seq) for seq, late in facts],
                    )
            except NoRoomError:
                self._reserve.release()
                self._empty_log()
                with transaction(self._connection):
                    self._connection.executemany(
                        "DELETE FROM fact WHERE seq = ?", [(seq,) for seq, _ in facts]
                    )

    def prune(self, before: int) -> int:
        """Forget what was sent before a time, UTC ms; how many. Raises NoRoomError."""
        with self._locked():
            with transaction(self._connection):
                done = self._connection.execute("DELETE FROM fact WHERE sent_at < ?", (before,))
            give_back(self._connection)
        return done.rowcount

    def figures(self, late_from: int) -> Figures:
        """How the queue stands; what was accepted before `late_from`, UTC ms, and waits is late."""
        with self._locked():
            waiting, oldest_at, late = self._connection.execute(_WAITING, (late_from,)).fetchone()
            sent, last_sent_at, late_sent = self._connection.execute(_SENT).fetchone()
        return Figures(waiting, oldest_at, sent, last_sent_at, late + late_sent)

    def listed(self, most: int) -> list[Listed]:
        """The facts that have waited longest."""
        with self._locked():
            rows = self._connection.execute(
                "SELECT seq, id, type, length(value), accepted_at FROM fact INDEXED BY waiting "
                "WHERE sent_at IS NULL ORDER BY seq LIMIT ?",
                (most,),
            )
            return [Listed(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
            self._reserve.release()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock, translated(self.path):
            yield

    def _insert(self, id: str, type: str, value: bytes, at: int) -> int:
        if not self._reserve.hold():
            raise NoRoomError(
                f"{self.path} takes facts only with {RESERVE_BYTES // 1024 // 1024} MB of room "
                "to spare: free space on its disk"
            )
        if used_bytes(self._connection) >= self._max_mb * 1024 * 1024:
            raise NoRoomError(
                f"{self.path} has reached {self._max_mb} MB (GIGMATCH_OUTBOX_MAX_MB): "
                "see that it can send, or raise the limit"
            )
        with transaction(self._connection):
            done = self._connection.execute(
                "INSERT INTO fact (id, type, value, accepted_at) VALUES (?, ?, ?, ?)",
                (id, type, value, at),
            )
        assert done.lastrowid is not None
        return done.lastrowid

    def _make_room(self) -> None:
        """Forget the older half of what was sent, and give the disk what space that leaves."""
        self._empty_log()
        with transaction(self._connection):
            self._connection.execute(
                "DELETE FROM fact WHERE seq IN (SELECT seq FROM fact WHERE sent_at IS NOT NULL "
                "ORDER BY seq LIMIT (SELECT (count(*) + 1) / 2 FROM fact "
                "WHERE sent_at IS NOT NULL))"
            )
        give_back(self._connection)
        self._empty_log()

    def _empty_log(self) -> None:
        """Write the log into the file, so that its space can be used again."""
        with contextlib.suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
