"""What an adapter gets and gives: one protocol for every way out of the market."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from events.notifications import FailureReason, NotificationDue
from events.tracing import Trace


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it goes out. Its `repr` shows no address.

    `message_id` is the idempotency key: the same message may go out again after a crash, with the
    same id, items and text. After `patience_s` seconds nobody needs it any more. `trace` is the
    place of carrying it out, for receivers that go on with it.
    """

    message_id: str
    worker_id: str
    address: str
    language: str
    text: str
    items: Sequence[NotificationDue]
    patience_s: float
    trace: Trace | None = None

    def __repr__(self) -> str:
        return f"Letter({self.message_id})"


class Undelivered(Exception):
    """An adapter did not get rid of a letter."""

    def __init__(self, reason: FailureReason, tries: int, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason: FailureReason = reason
        self.tries = tries
        self.status = status


class Adapter(Protocol):
    """A way out of the market. `needs_address`: it cannot do without the worker's."""

    needs_address: bool

    async def send(self, letter: Letter) -> int:
        """Hand a letter over and return after how many tries. Raises Undelivered.

        It may be cancelled at any moment and called again with the same letter.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and files."""
        ...
