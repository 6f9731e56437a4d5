"""The commands of a terminal, in the order of acceptance, until the gateway has answered, and on.

Once a command is decided its body is forgotten: what it was is known by its hash, what became of
it by the gateway's answer.
"""

import hashlib

import msgspec

from producers.outbox.disk import Disk
from producers.outbox.errors import KnownIdError


class Command(msgspec.Struct, frozen=True):
    """What a clerk says. A later one on the same `subject`, if it has one, takes its place."""

    id: str
    path: str
    value: bytes
    language: str
    subject: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What the gateway has said to a command."""

    status: int
    content: bytes

    @property
    def is_refusal(self) -> bool:
        """Whether it has not been taken, however often it is said."""
        return self.status >= 400


class WaitingCommand(msgspec.Struct, frozen=True):
    """A command without the gateway's answer; `accepted_at` is UTC ms."""

    seq: int
    id: str
    path: str
    value: bytes
    language: str
    accepted_at: int


class ListedCommand(msgspec.Struct, frozen=True):
    """A command without its content."""

    seq: int
    id: str
    path: str
    size: int
    accepted_at: int


class RefusedCommand(msgspec.Struct, frozen=True):
    """A command that the gateway has refused, and its words; times are UTC ms."""

    id: str
    path: str
    accepted_at: int
    at: int
    status: int
    problem: msgspec.Raw


class CommandFigures(msgspec.Struct, frozen=True):
    """How the queue stands; times are UTC ms."""

    waiting: int
    oldest_at: int | None
    decided: int
    last_decided_at: int | None
    refused: int


class Commands:
    """The commands in the file of a station. Any thread may use it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._under_way = 0

    def add(self, command: Command, at: int) -> Answer | None:
        """Keep a command; when this returns it is on the disk. The answer, if it is known already.

        Those on the same subject that wait and are not under way go. The same id with the same
        content is the same command. Raises KnownIdError for other content, NoRoomError.
        """
        digest = hashlib.sha256(command.path.encode() + b"\n" + command.value).digest()
        with self._disk.locked() as connection:
            known = connection.execute(
                "SELECT digest, status, answer FROM command WHERE id = ?", (command.id,)
            ).fetchone()
            if known is not None:
                if known[0] != digest:
                    raise KnownIdError(command.id)
                return _answer(*known[1:])
            replaced = (
                "DELETE FROM command WHERE subject = ? AND subject <> '' "
                "AND decided_at IS NULL AND seq <> ?",
                (command.subject, self._under_way),
            )
            self._disk.insert(
                "INSERT INTO command (id, path, digest, value, language, subject, accepted_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(command.id, command.path, digest, command.value),
                    *(command.language, command.subject, at),
                ),
                replaced,
            )
        return None

    def answer_to(self, id: str) -> Answer | None:
        """What the gateway has said to a command, if it has."""
        with self._disk.locked() as connection:
            found = connection.execute(
                "SELECT status, answer FROM command WHERE id = ?", (id,)
            ).fetchone()
        return None if found is None else _answer(*found)

    def take_next(self) -> WaitingCommand | None:
        """The one that has waited longest; it is under way until `let_go`."""
        with self._disk.locked() as connection:
            found = connection.execute(
                "SELECT seq, id, path, value, language, accepted_at FROM command "
                "INDEXED BY undecided WHERE decided_at IS NULL ORDER BY seq LIMIT 1"
            ).fetchone()
            if found is None:
                return None
            waiting = WaitingCommand(*found)
            self._under_way = waiting.seq
            return waiting

    def let_go(self) -> None:
        """Nothing is under way."""
        with self._disk.locked():
            self._under_way = 0

    def decide(self, seq: int, answer: Answer, at: int) -> None:
        """Record the gateway's answer, with the reserve's room if need be. Raises NoRoomError."""
        statement = (
            "UPDATE command SET decided_at = ?, status = ?, answer = ?, value = x'' WHERE seq = ?"
        )
        values = (at, answer.status, answer.content, seq)
        with self._disk.locked():
            self._disk.record(
                lambda connection: connection.execute(statement, values),
                lambda connection: connection.execute(statement, values),
            )

    def discard(self, id: str) -> bool:
        """Forget a command that was refused, or waits and is not under way; whether there was one.

        Raises NoRoomError.
        """
        with self._disk.locked():
            return (
                self._disk.remove(
                    "DELETE FROM command WHERE id = ? AND seq <> ? "
                    "AND (decided_at IS NULL OR status >= 400)",
                    id,
                    self._under_way,
                )
                > 0
            )

    def prune(self, before: int) -> int:
        """Forget what was decided before a time, UTC ms; how many. Raises NoRoomError."""
        with self._disk.locked():
            return self._disk.remove("DELETE FROM command WHERE decided_at < ?", before)

    def figures(self) -> CommandFigures:
        """How the queue stands."""
        with self._disk.locked() as connection:
            waiting = connection.execute(
                "SELECT count(*), min(accepted_at) FROM command INDEXED BY undecided "
                "WHERE decided_at IS NULL"
            ).fetchone()
            decided = connection.execute(
                "SELECT count(*), max(decided_at), count(*) FILTER (WHERE status >= 400) "
                "FROM command INDEXED BY decided WHERE decided_at IS NOT NULL"
            ).fetchone()
        return CommandFigures(*waiting, *decided)

    def listed(self, most: int) -> list[ListedCommand]:
        """Those that have waited longest."""
        with self._disk.locked() as connection:
            rows = connection.execute(
                "SELECT seq, id, path, length(value), accepted_at FROM command "
                "INDEXED BY undecided WHERE decided_at IS NULL ORDER BY seq LIMIT ?",
                (most,),
            )
            return [ListedCommand(*row) for row in rows]

    def refused(self, most: int) -> list[RefusedCommand]:
        """Those that were refused last, the newest first."""
        with self._disk.locked() as connection:
            rows = connection.execute(
                "SELECT id, path, accepted_at, decided_at, status, answer FROM command "
                "WHERE status >= 400 ORDER BY decided_at DESC, seq DESC LIMIT ?",
                (most,),
            )
            return [
                RefusedCommand(id, path, accepted_at, at, status, msgspec.Raw(answer))
                for id, path, accepted_at, at, status, answer in rows
            ]


def _answer(status: int | None, content: bytes | None) -> Answer | None:
    return None if status is None or content is None else Answer(status, content)
