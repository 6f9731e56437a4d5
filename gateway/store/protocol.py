"""What a store can do: small values by kind and key, some of which end by themselves."""

from typing import Literal, Protocol

from gigmatch.errors import SaidError

Kind = Literal[
    "key",
    "session",
    "code",
    "used",
    "barred",
    "receipt",
    "contact",
    "said",
    "told",
    "heard",
    "quarantined",
]
"""Device keys; sessions; one-time codes; links and codes that have been used; workers whose
sessions have ended; receipts of commands; sealed contacts; sealed availabilities; notices that
a clerk has told; facts of the log that have been followed; stations in quarantine."""


class StoreError(SaidError):
    """The store does not answer; nothing was changed as far as is known."""


class Store(Protocol):
    """Values by kind and key. `until` is UTC milliseconds; from then on a value is not there.

    Every method may raise StoreError.
    """

    async def get(self, kind: Kind, key: str) -> bytes | None:
        """The value, or None."""

    async def put(self, kind: Kind, key: str, value: bytes, *, until: int | None = None) -> None:
        """Keep a value, in place of one that is there."""

    async def add(self, kind: Kind, key: str, value: bytes, *, until: int | None = None) -> bool:
        """Keep a value unless there is one; whether it was kept. Of several at once, one is."""

    async def replace(
        self, kind: Kind, key: str, value: bytes, *, until: int | None = None
    ) -> bool:
        """Keep a value in place of one that is there; whether there was one, else nothing is."""

    async def take(self, kind: Kind, key: str) -> bytes | None:
        """Remove a value and return it. Of several at once, one gets it."""

    async def all(self, kind: Kind) -> dict[str, bytes]:
        """Every value of a kind, by key."""

    async def ping(self) -> None:
        """Raise StoreError unless the store answers."""

    async def close(self) -> None:
        """End; what is kept stays, where the store is durable."""
