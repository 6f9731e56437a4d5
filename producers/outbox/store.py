"""The facts of an outbox, in the order of acceptance, until the log has them, and a while on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from producers.outbox.disk import Disk
from producers.outbox.errors import KnownIdError

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
    """The facts of one station in one file. Any thread may use it."""

    def __init__(self, path: Path, station: str, *, max_mb: int) -> None:
        """Open or make the file, as `Disk` does."""
        self.path = path
        self.disk = Disk(path, station, max_mb=max_mb)
        with self.disk.locked() as connection:
            [(last,)] = connection.execute("SELECT coalesce(max(seq), 0) FROM fact").fetchall()
        self.last_seq: int = last
        """The newest fact: cheap to look at for whoever waits for news."""

    def add(self, id: str, type: str, value: bytes, at: int) -> Added:
        """Keep a fact; when this returns it is on the disk.

        The same id with the same content is the same fact. Raises KnownIdError for other content,
        NoRoomError when it cannot be written.
        """
        with self.disk.locked() as connection:
            known = connection.execute(
                "SELECT seq, type, value, sent_at FROM fact WHERE id = ?", (id,)
            ).fetchone()
            if known is not None:
                if (known[1], known[2]) != (type, value):
                    raise KnownIdError(id)
                return Added(known[0], is_new=False, is_sent=known[3] is not None)
            self.last_seq = self.disk.insert(
                "INSERT INTO fact (id, type, value, accepted_at) VALUES (?, ?, ?, ?)",
                (id, type, value, at),
            )
            return Added(self.last_seq, is_new=True, is_sent=False)

    def waiting(self, after: int, *, most: int, most_bytes: int) -> list[Waiting]:
        """The next facts behind `after` that wait, in order; at least one if there is one."""
        found: list[Waiting] = []
        size = 0
        with self.disk.locked() as connection:
            rows = connection.execute(
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

        Where there is no room even with the reserve's, they are forgotten, which needs none that is
        new. Raises NoRoomError when not even that can be written.
        """
        with self.disk.locked():
            self.disk.record(
                lambda connection: connection.executemany(
                    "UPDATE fact SET sent_at = ?, late = ? WHERE seq = ? AND sent_at IS NULL",
                    [(at, late, seq) for seq, late in facts],
                ),
                lambda connection: connection.executemany(
                    "DELETE FROM fact WHERE seq = ?", [(seq,) for seq, _ in facts]
                ),
            )

    def prune(self, before: int) -> int:
        """Forget what was sent before a time, UTC ms; how many. Raises NoRoomError."""
        with self.disk.locked():
            return self.disk.remove("DELETE FROM fact WHERE sent_at < ?", before)

    def figures(self, late_from: int) -> Figures:
        """How the queue stands; what was accepted before `late_from`, UTC ms, and waits is late."""
        with self.disk.locked() as connection:
            waiting, oldest_at, late = connection.execute(_WAITING, (late_from,)).fetchone()
            sent, last_sent_at, late_sent = connection.execute(_SENT).fetchone()
        return Figures(waiting, oldest_at, sent, last_sent_at, late + late_sent)

    def listed(self, most: int) -> list[Listed]:
        """The facts that have waited longest."""
        with self.disk.locked() as connection:
            rows = connection.execute(
                "SELECT seq, id, type, length(value), accepted_at FROM fact INDEXED BY waiting "
                "WHERE sent_at IS NULL ORDER BY seq LIMIT ?",
                (most,),
            )
            return [Listed(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self.disk.close()
