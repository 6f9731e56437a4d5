"""The zones and stations whose names and places are known: those that ship, and a file's."""

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from events.phrases import translated
from events.values import END, Text, Title, Zone
from gigmatch.errors import SaidError, system_says
from gigmatch.settings import Settings

_NUMBER: Final = rf"^[A-Za-z0-9]{{1,20}}{END}"
_LANGUAGES: Final = ("zh-CN", "en")


class KnownStation(msgspec.Struct, frozen=True):
    """A station by its number in its zone: `05` of 511181-05. About where it is, WGS-84 degrees."""

    number: Annotated[str, Meta(pattern=_NUMBER)]
    name: dict[str, Title]
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]

    def __post_init__(self) -> None:
        """Raise ValueError for a name that is missing in a language."""
        _check_name(self.name)


class KnownZone(msgspec.Struct, frozen=True):
    """A zone and its stations; `above` is what it belongs to, as addresses say it."""

    zone: Zone
    name: dict[str, Title]
    stations: Annotated[tuple[KnownStation, ...], Meta(min_length=1)]
    above: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for a name that is missing in a language, or a station there twice."""
        _check_name(self.name)
        _check_once("station", (station.number for station in self.stations))


class _Zones(msgspec.Struct, frozen=True):
    """A file of stations, as `gateway/stations.json` is one."""

    zones: tuple[KnownZone, ...]

    def __post_init__(self) -> None:
        _check_once("zone", (zone.zone for zone in self.zones))


@cache
def known_zones() -> dict[str, KnownZone]:
    """The zones of GIGMATCH_STATIONS, then those that ship. Raises UserError for a wrong file.

    Read once: a file that changes is for the next start.
    """
    return zones_with(Settings().stations)


def zones_with(file: Path | None) -> dict[str, KnownZone]:
    """The zones of a file, if there is one, then those that ship and are not in it.

    Raises UserError for a file that cannot be read or has a wrong form.
    """
    shipped = _zones(resources.files("gateway").joinpath("stations.json").read_bytes())
    own = {} if file is None else _own(file)
    return own | {zone: known for zone, known in shipped.items() if zone not in own}


def known_station(station_id: str) -> KnownStation | None:
    """A station by its id, where the gateway knows it."""
    zone, _, number = station_id.partition("-")
    stations = known_zones()[zone].stations if zone in known_zones() else ()
    return next((one for one in stations if one.number == number), None)


def _own(file: Path) -> dict[str, KnownZone]:
    try:
        return _zones(file.read_bytes())
    except OSError as error:
        raise SaidError("stations.unread", path=file, why=system_says(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SaidError("stations.wrong", path=file, why=translated(str(error))) from error


def _zones(content: bytes) -> dict[str, KnownZone]:
    """The zones of a file's content by their codes. Raises DecodeError, UnicodeDecodeError."""
    return {zone.zone: zone for zone in msgspec.json.decode(content, type=_Zones).zones}


def _check_name(name: dict[str, str]) -> None:
    if missing := [language for language in _LANGUAGES if language not in name]:
        raise ValueError(f"the name is missing in {' and '.join(missing)}")


def _check_once(what: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise ValueError(f"{what} {id} is there twice")
        seen.add(id)
