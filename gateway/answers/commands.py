"""What becomes of a command."""

from typing import Literal

import msgspec

from gateway.answers.view import View

Erased = Literal["contact", "availability", "sessions", "matches"]


class Accepted(View):
    """A command is on the log; the market decides. `see` is where the outcome can be read.

    `offset` is null when the broker told only of a repetition that it has the record. `repeated`
    when the same id had been sent before: nothing was published again.
    """

    type: str
    id: str
    zone: str
    partition: int
    offset: int | None
    see: str
    repeated: bool = False
    erased: list[Erased] = msgspec.field(default_factory=list)
