"""An outcome on its way to the log: its id, its time and its bytes, all decided by its cause."""

import msgspec

from events.codec import encode, event_headers
from events.envelope import Headers
from events.outcomes import AnyOutcome


class Emission(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome with its deterministic id. `time` is its cause's time in UTC milliseconds."""

    id: str
    time: int
    outcome: AnyOutcome

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
        source = f"/zones/{self.outcome.zone}/market"
        return event_headers(self.outcome, id=self.id, source=source, time=self.time)


def emission_id(zone: str, offset: int, index: int) -> str:
    """The id of the `index`-th outcome of the event at `offset`."""
    return f"{zone}-{offset}-{index}"


def emission_position(id: str) -> tuple[int, str, int]:
    """Where an emission stands in its partition: (offset, zone, index), in the order sent."""
    zone, offset, index = id.rsplit("-", 2)
    return int(offset), zone, int(index)
