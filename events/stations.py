"""Which station a record says it is from."""

import re
from typing import Final

from events.envelope import Headers

_SOURCE: Final = re.compile(r"/zones/([0-9]{6})/stations/([A-Za-z0-9]{1,20})")


def claimed_station(headers: Headers) -> str | None:
    """The station that the header `ce_source` names, as `station_id` has it; None for no station.

    It is a claim, read without looking at the value: the record may be anything.
    """
    for name, value in headers:
        if name == "ce_source":
            return station_of(value.decode(errors="replace")) if len(value) < 64 else None
    return None


def station_of(source: str) -> str | None:
    """The station of a `ce_source`: `511181-05` of `/zones/511181/stations/05`, or None."""
    found = _SOURCE.fullmatch(source)
    return None if found is None else f"{found[1]}-{found[2]}"
