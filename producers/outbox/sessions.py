"""Who is signed in at this terminal, as the gateway has said last: to know them without a line.

Kept is what the gateway answers about a session, under the hash of its cookie. The cookie itself,
which alone lets anybody in, is in the browser and nowhere else.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Self

import msgspec

from producers.outbox.database import transaction
from producers.outbox.disk import Disk


class Session(msgspec.Struct, frozen=True):
    """What a command has to do with; `view` is the whole answer of the gateway."""

    role: str
    csrf: str
    expires_at: int
    station_id: str | None = None
    view: bytes = b""

    @classmethod
    def of(cls, view: bytes) -> Self:
        """The session of an answer. Raises msgspec.DecodeError."""
        return msgspec.structs.replace(msgspec.json.decode(view, type=cls), view=view)

    def has_token(self, token: str) -> bool:
        """Whether a page's token is this session's."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())


class Sessions:
    """The sessions in the file of a station. Any thread may use it."""

    def __init__(self, disk: Disk, clock: Callable[[], int]) -> None:
        """`clock` gives UTC ms."""
        self._disk = disk
        self._clock = clock

    def keep(self, cookie: str, session: Session) -> None:
        """Remember a session until it ends. Raises NoRoomError."""
        with self._disk.locked() as connection, transaction(connection):
            connection.execute("DELETE FROM session WHERE expires_at <= ?", (self._clock(),))
            connection.execute(
                "INSERT OR REPLACE INTO session (cookie, view, expires_at) VALUES (?, ?, ?)",
                (_hashed(cookie), session.view, session.expires_at),
            )

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, while it lasts."""
        with self._disk.locked() as connection:
            found = connection.execute(
                "SELECT view FROM session WHERE cookie = ? AND expires_at > ?",
                (_hashed(cookie), self._clock()),
            ).fetchone()
        return None if found is None else Session.of(found[0])

    def forget(self, cookie: str) -> None:
        """It has ended. Raises NoRoomError."""
        with self._disk.locked() as connection, transaction(connection):
            connection.execute("DELETE FROM session WHERE cookie = ?", (_hashed(cookie),))


def _hashed(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
