"""What operators ask of the rest of the system; who starts a gateway passes it in."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Letter(msgspec.Struct, kw_only=True, frozen=True):
    """A dead letter, safe to show: printable text, no phone or ID number.

    `origin` is topic/partition/offset of the refused record; `preview` its beginning, `cut` when
    there is more. `replayed_at` is when it was sent again. `zone` is where it is from, null where
    that cannot be read or is said in two ways.
    """

    origin: str
    code: str
    field: str
    reason: dict[str, str]
    ce_type: str
    source: str
    size: int
    at: int
    preview: str
    cut: bool
    replayed_at: int | None = None
    zone: str | None = None

    def marked(self, replayed_at: int | None) -> "Letter":
        """The letter with the time it was sent again."""
        return msgspec.structs.replace(self, replayed_at=replayed_at)


class Replayed(msgspec.Struct, kw_only=True, frozen=True):
    """What became of letters that were to be sent again, by origin.

    `repeated` had been sent before: nothing was published. `unknown` are not among the newest.
    """

    published: list[str]
    repeated: list[str]
    unknown: list[str]


def zone_of_station(station_id: str) -> str:
    """The zone of a station by its id: 511181 of 511181-05."""
    return station_id.partition("-")[0]


class LettersError(Exception):
    """The broker does not answer, or a letter is gone from it."""


class DeadLetters(Protocol):
    """The dead letters of the broker."""

    async def newest(self) -> list[Letter]:
        """The newest letters, newest first. Raises LettersError."""

    async def replay(self, origins: Sequence[str]) -> Replayed:
        """Send letters again that have not been sent again yet. Raises LettersError."""
