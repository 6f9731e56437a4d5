"""Which station a record says it is from, and what it may say then.

A `ce_source` is a claim: only the gateway and a station's outbox know who speaks. What contradicts
itself is refused all the same, whoever wrote it.
"""

import re
from functools import lru_cache
from typing import Final

from events.envelope import Headers
from events.facts import Fact, OfferAccepted, OfferDeclined, WorkRated
from events.rejections import Rejection

_ZONE: Final = re.compile(r"[0-9]{6}")
_SOURCE: Final = re.compile(r"/zones/([0-9]{6})/stations/([A-Za-z0-9]{1,20})")


def claimed_station(headers: Headers) -> str | None:
    """The station that the header `ce_source` names, as `station_id` has it; None for no station.

    It is a claim, read without looking at the value: the record may be anything.
    """
    for name, value in headers:
        if name == "ce_source":
            return station_of(value.decode(errors="replace")) if len(value) < 64 else None
    return None


@lru_cache(maxsize=4096)
def station_of(source: str) -> str | None:
    """The station of a `ce_source`: `511181-05` of `/zones/511181/stations/05`, or None."""
    found = _SOURCE.fullmatch(source)
    return None if found is None else f"{found[1]}-{found[2]}"


def check_station(source: str, fact: Fact) -> None:
    """Raise Rejection when a station speaks for another zone, for all zones or as another station.

    A source of another form says nothing of a station, and a `station_id` that does not begin with
    a zone is known by what stands behind its last hyphen. What a worker says of an offer or of work
    comes from any zone: a visitor's station speaks for them in the job's (`events.notices`).
    """
    station = station_of(source)
    if station is None or _is_said_for_worker(fact):
        return
    if not station.startswith(f"{fact.zone}-"):
        raise Rejection("source_is_other_zone", "ce_source", value=source, zone=fact.zone)
    named = getattr(fact, "station_id", station)
    place, _, number = named.rpartition("-")
    is_other_zone = _ZONE.fullmatch(place) is not None and place != fact.zone
    if is_other_zone or f"{fact.zone}-{number}" != station:
        raise Rejection("source_is_other_station", "ce_source", value=source, station=named)


def _is_said_for_worker(fact: Fact) -> bool:
    if isinstance(fact, WorkRated):
        return fact.rated_by == "worker"
    return isinstance(fact, OfferAccepted | OfferDeclined)
