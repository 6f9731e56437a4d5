"""What can go wrong with an outbox file, each with what to do."""

from pathlib import Path

from gigmatch.errors import UserError


class NoRoomError(UserError):
    """Nothing can be written now; nothing of it has been."""


class BusyError(UserError):
    """Another process uses the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use by another outbox: stop that one, or name another file")


class ForeignFileError(UserError):
    """The file is not this station's outbox, so it is left alone."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is {what}: name another file with --data")


class DamagedError(UserError):
    """The file cannot be read; it is kept aside."""

    def __init__(self, path: Path, aside: Path | None, why: str) -> None:
        self.why = why
        where = f"It was put aside as {aside}" if aside else "Start again, then it is put aside"
        super().__init__(
            f"the outbox {path} is damaged ({why}). {where}; what waited in it may be unsent: "
            f"`sqlite3 {aside or path} .recover` shows it: rows of `fact` without "
            "sent_at, to be published again under the same ids, and of `command` without "
            "decided_at, which a page that still has them sends again. The next start begins an "
            "empty outbox"
        )


class KnownIdError(Exception):
    """An id that stands for other content already."""


class RefusedError(Exception):
    """A request that is not answered: the status, a key of the translation table, its details."""

    def __init__(self, status: int, key: str, **details: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.details = details
