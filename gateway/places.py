"""The zones and stations that ship with the gateway: their names, and about where they are."""

from functools import cache
from importlib import resources
from typing import Any

import msgspec


class KnownStation(msgspec.Struct, frozen=True):
    """A station that ships with the gateway; its coordinates are approximate."""

    number: str
    name: dict[str, str]
    lat: float
    lon: float


class KnownZone(msgspec.Struct, frozen=True):
    """A zone that ships with the gateway; `above` is what it belongs to, as addresses say it."""

    zone: str
    name: dict[str, str]
    stations: tuple[KnownStation, ...]
    above: tuple[str, ...] = ()


@cache
def known_zones() -> dict[str, KnownZone]:
    """Names and approximate station coordinates of the zones that ship with the gateway."""
    content = resources.files("gateway").joinpath("stations.json").read_bytes()
    decoded = msgspec.json.decode(content, type=dict[str, Any])
    zones = msgspec.convert(decoded["zones"], list[KnownZone])
    return {zone.zone: zone for zone in zones}


def known_station(station_id: str) -> KnownStation | None:
    """A station by its id, where the gateway knows it."""
    zone, _, number = station_id.partition("-")
    stations = known_zones()[zone].stations if zone in known_zones() else ()
    return next((one for one in stations if one.number == number), None)
