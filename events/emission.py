"""What is on its way to the log: its id, its time and its bytes, all decided by its cause."""

from typing import Final

import msgspec

from events.codec import encode, event_headers
from events.envelope import Headers
from events.notices import Notice, market_source
from events.notifications import AnyNotification
from events.outcomes import AnyOutcome
from events.tracing import Trace

NOTIFIER: Final = "/notifier"
"""The `ce_source` of `market.notifications`."""


class Emission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An outcome with its deterministic id. `time` is its cause's time in UTC milliseconds.

    `after` is its cause's place in a trace, None when that is in none.
    """

    id: str
    time: int
    outcome: AnyOutcome
    after: Trace | None = None

    @property
    def key(self) -> bytes:
        """The Kafka key: the zone."""
        return self.outcome.zone.encode()

    @property
    def value(self) -> bytes:
        """The Kafka value: the outcome as JSON."""
        return encode(self.outcome)

    @property
    def headers(self) -> Headers:
        """The CloudEvents headers in binary mode."""
        source = market_source(self.outcome.zone)
        headers = event_headers(self.outcome, id=self.id, source=source, time=self.time)
        return headers if self.after is None else (*headers, *self.after.then(self.id).headers)


class Sending(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A notice on its way to another zone's partition of `market.events`, with its own id.

    `after` as in `Emission`.
    """

    id: str
    time: int
    notice: Notice
    after: Trace | None = None

    @property
    def key(self) -> bytes:
        """The Kafka key: the zone that is told."""
        return self.notice.zone.encode()

    @property
    def value(self) -> bytes:
        """The Kafka value: the notice as JSON."""
        return encode(self.notice)

    @property
    def headers(self) -> Headers:
        """The CloudEvents headers in binary mode."""
        source = market_source(self.notice.from_zone)
        headers = event_headers(self.notice, id=self.id, source=source, time=self.time)
        return headers if self.after is None else (*headers, *self.after.then(self.id).headers)


class Telling(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message on its way to `market.notifications`, with its own id.

    `after`: the place in a trace of what it follows from, as in `Emission`.
    """

    id: str
    message: AnyNotification
    after: Trace | None = None

    @property
    def key(self) -> bytes:
        """The Kafka key: the worker."""
        return self.message.worker_id.encode()

    @property
    def value(self) -> bytes:
        """The Kafka value: the message as JSON."""
        return encode(self.message)

    @property
    def headers(self) -> Headers:
        """The CloudEvents headers in binary mode."""
        headers = event_headers(self.message, id=self.id, source=NOTIFIER, time=self.message.at)
        return headers if self.after is None else (*headers, *self.after.then(self.id).headers)


def emission_id(zone: str, offset: int, index: int) -> str:
    """The id of the `index`-th outcome of the event at `offset`."""
    return f"{zone}-{offset}-{index}"


def sending_id(zone: str, offset: int, index: int) -> str:
    """The id of the `index`-th notice that a zone's market gives on the event at `offset`."""
    return f"{zone}-{offset}-notice-{index}"


def emission_position(id: str) -> tuple[int, str, int]:
    """Where an emission stands in its partition: (offset, zone, index), in the order sent."""
    zone, offset, index = id.rsplit("-", 2)
    return int(offset), zone, int(index)
