"""Where a worker is reached: looked up when a message goes out, written down nowhere else."""

import os
import stat
import threading
from pathlib import Path
from typing import Final, Protocol

import msgspec

from events.values import Channel
from gigmatch.errors import SaidError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class ContactsError(SaidError):
    """The contacts cannot be read; says what to do."""


class ContactsAwayError(ContactsError):
    """Nobody answers who has them; in a moment they may."""


class Contact(msgspec.Struct, frozen=True):
    """An address on one channel, and the language the worker reads; shown nowhere."""

    address: str
    language: str | None = None

    def __repr__(self) -> str:
        return "Contact(…)"


class Contacts(Protocol):
    """Knows the workers' addresses. Called from threads."""

    def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
        """The address of a worker of a station on a channel; None without one.

        May take a while. Raises ContactsAwayError where asking again may help, else UserError and
        OSError.
        """
        ...


class NoContacts:
    """Knows nobody."""

    def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
        """None, always."""
        return None


class FileContacts:
    """A JSON file that others cannot read: `{worker: {"sms": …, "webhook": …, "language": …}}`.

    Nor may they put another in its place. It is read again when it has changed.

    Raises ContactsError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._known: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._refresh()

    def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
        """The address of a worker on a channel; their ids are of all zones."""
        with self._lock:
            self._refresh()
            entry = self._known.get(worker_id, {})
        address = entry.get(channel)
        return None if address is None else Contact(address, entry.get("language"))

    def _refresh(self) -> None:
        with self._path.open("rb") as file:
            found = os.fstat(file.fileno())
            self._check(found.st_mode)  # which changes without the time of the content
            if found.st_mtime_ns == self._read_at:
                return
            content = file.read()
        try:
            known = msgspec.json.decode(content, type=dict[str, dict[str, str]])
        except (msgspec.DecodeError, UnicodeDecodeError):
            # The reason could quote an address.
            raise ContactsError("notifier.no_contacts", path=self._path) from None
        self._known, self._read_at = known, found.st_mtime_ns

    def _check(self, mode: int) -> None:
        if mode & _OTHERS:
            raise ContactsError("notifier.contacts_readable", path=self._path)
        folder = self._path.parent
        of_folder = folder.stat().st_mode
        if of_folder & stat.S_IWOTH and not of_folder & stat.S_ISVTX:
            raise ContactsError("notifier.contacts_replaceable", path=self._path, folder=folder)
