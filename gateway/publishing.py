"""What the gateway needs of a publisher; who starts it passes one in."""

from typing import NamedTuple, Protocol

from events.audit import AuditRecorded
from events.facts import Fact
from events.tracing import Trace


class Landed(NamedTuple):
    """Where a record stands on the log; the offset is None when only a repetition told so."""

    partition: int
    offset: int | None


class PublishError(Exception):
    """The broker did not take a record, as far as is known; the same id may be sent again."""


class Publishing(Protocol):
    """Puts records onto the log, one at a time, and returns when the broker has them."""

    async def fact(self, fact: Fact, *, id: str, source: str, time: int, trace: Trace) -> Landed:
        """Publish a fact to `market.events`, at a place of a trace. Raises PublishError."""

    async def everywhere(self, fact: Fact, *, id: str, source: str, time: int) -> int:
        """Publish a fact for all zones to each partition; how many. Raises PublishError."""

    async def record(self, line: AuditRecorded, *, id: str, source: str) -> Landed:
        """Publish a line of the audit to `market.audit`. Raises PublishError."""
