"""Who speaks: a station, and what it may say. A fact of another's never gets into its outbox."""

import re
from typing import Final, Self

import msgspec

from events.codec import FACT_TYPES
from events.envelope import Headers, binary_headers
from events.facts import (
    ClockTicked,
    EmployerDelisted,
    EmployerListed,
    Fact,
    ModelPromoted,
    PolicyChanged,
    StationQuarantined,
    StationReleased,
)
from events.rejections import Rejection
from events.tracing import begun
from gigmatch.errors import SaidError

_STATION: Final = re.compile(r"([0-9]{6})-([A-Za-z0-9]{1,20})")
_NOT_FOR_STATIONS: Final = (
    *(ClockTicked, ModelPromoted, PolicyChanged),
    *(StationQuarantined, StationReleased),
    *(EmployerListed, EmployerDelisted),
)
_TYPES: Final = ", ".join(
    name for name, fact in FACT_TYPES.items() if not issubclass(fact, _NOT_FOR_STATIONS)
)


class Station(msgspec.Struct, frozen=True):
    """A station by its zone and its number in it: `511181` and `05`."""

    zone: str
    number: str

    @classmethod
    def parse(cls, name: str, zone: str | None = None) -> Self:
        """The station of a name like `511181-05`, in `zone` if one is given. Raises UserError."""
        found = _STATION.fullmatch(name)
        if found is None:
            raise SaidError("usage.no_station", name=name)
        if zone is not None and zone != found[1]:
            raise SaidError("usage.other_zone", station=name, own=found[1], zone=zone)
        return cls(found[1], found[2])

    @property
    def name(self) -> str:
        """As `station_id` has it: `511181-05`."""
        return f"{self.zone}-{self.number}"

    @property
    def source(self) -> str:
        """The `ce_source` of everything it says."""
        return f"/zones/{self.zone}/stations/{self.number}"

    def check(self, fact: Fact, claimed_source: str | None = None) -> None:
        """Raise Rejection for what this station may not say."""
        if isinstance(fact, _NOT_FOR_STATIONS):
            raise Rejection("not_for_stations", "ce_type", value=fact.TYPE, known=_TYPES)
        if fact.zone != self.zone:
            raise Rejection("other_zone", "zone", value=fact.zone, zone=self.zone)
        station_id = getattr(fact, "station_id", self.name)
        if station_id != self.name:
            raise Rejection("other_station", "station_id", value=station_id, station=self.name)
        if claimed_source not in (None, self.source):
            raise Rejection("other_source", "ce_source", value=claimed_source, source=self.source)

    def headers(self, ce_type: str, *, id: str, time: int, trace_share: float = 0.0) -> Headers:
        """The CloudEvents headers of a fact said at a time, UTC ms; a trace begins with it.

        `trace_share` of those traces are recorded by whoever can.
        """
        headers = binary_headers(id=id, source=self.source, type=ce_type, time=time)
        return (*headers, *begun(self.source, id, trace_share).headers)
