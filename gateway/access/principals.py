"""Who asks: somebody unknown, a station's device, a worker, an operator."""

from typing import Literal

import msgspec

from events.values import Identifier, Zone

Role = Literal["anyone", "station", "worker", "reader", "operator"]


class Anyone(msgspec.Struct, frozen=True):
    """Somebody who has not said who they are."""

    role: Role = "anyone"

    @property
    def actor(self) -> str:
        """Their name in the audit."""
        return "anyone"


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A station's terminal, known by its device key."""

    zone: Zone
    station_id: Identifier
    key_id: str
    role: Role = "station"

    @property
    def actor(self) -> str:
        """Their name in the audit."""
        return f"station:{self.station_id}:{self.key_id}"

    @property
    def source(self) -> str:
        """The `ce_source` of what the station says."""
        return f"/zones/{self.zone}/stations/{self.station_id.rpartition('-')[2]}"


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A worker on their phone, known by a link or a code of their station; `zone` is home."""

    zone: Zone
    worker_id: Identifier
    station_id: Identifier
    role: Role = "worker"

    @property
    def actor(self) -> str:
        """Their name in the audit."""
        return f"worker:{self.worker_id}"

    @property
    def source(self) -> str:
        """The `ce_source` of what the worker says."""
        return f"/zones/{self.zone}/workers/{self.worker_id}"


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on call, known by a key; a `reader` changes nothing.

    `zones` are those that they may look at and work on, None for all.
    """

    name: str
    key_id: str
    role: Role
    zones: tuple[Zone, ...] | None = None

    @property
    def actor(self) -> str:
        """Their name in the audit."""
        return f"{self.role}:{self.name}:{self.key_id}"

    def sees(self, zone: str | None) -> bool:
        """Whether a zone is theirs; None is what is of no zone, or nobody knows of which."""
        return self.zones is None or zone in self.zones


Known = Station | Worker | Operator
Principal = Anyone | Known
