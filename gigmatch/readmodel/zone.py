"""A market at a glance: its clock, totals, stations, claims."""

from typing import Final

import msgspec

from events.facts import ClaimKind, ClaimResult
from gigmatch.readmodel.document import Document

FILL_MINUTES: Final = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 1440, 2880)
"""Upper bounds of the classes of the time to fill; longer is a class of its own."""


class StationDoc(Document):
    """A station seen in a posting or an availability. Coordinates are of its newest job.

    Of the jobs that are kept: how many are `closed` and `filled`, the closed ones' `asked` and
    `booked` places, and how many were filled within each of FILL_MINUTES. `seen_at` is the time of
    its last fact.
    """

    jobs: int = 0
    places: int = 0
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    seen_at: int = 0
    closed: int = 0
    filled: int = 0
    asked: int = 0
    booked: int = 0
    fill_times: list[int] = msgspec.field(default_factory=list)


class ClaimDoc(Document):
    """An open wage claim. `station_id` is the station that opened it, "" for another client.

    `employer_name` is what the newest job that names the employer calls it: who was renamed is
    found under the name that is at the door.
    """

    amount_fen: int
    workers: int
    at: int
    station_id: str = ""
    employer_name: str = ""
    kind: ClaimKind = "larger"


class ClosedClaimDoc(ClaimDoc, kw_only=True):
    """A wage claim that was closed at `closed_at`, by the fact at `offset`.

    `referred_to` is the office that has it now.
    """

    offset: int
    closed_at: int
    result: ClaimResult
    referred_to: str = ""


class ZoneDoc(Document):
    """A market at a glance. `totals` counts accepted facts and outcomes by type.

    `offers` and `bookings` are those of the jobs that are kept, by status.
    `claims` are the open wage claims by employer and claim id, `blocked` how many had blocked one,
    `closed_claims` those that were closed of late, by employer and claim id.
    """

    zone: str
    clock: int = 0
    model: str = ""
    open_offers: int = 0
    offers: dict[str, int] = msgspec.field(default_factory=dict)
    bookings: dict[str, int] = msgspec.field(default_factory=dict)
    totals: dict[str, int] = msgspec.field(default_factory=dict)
    stations: dict[str, StationDoc] = msgspec.field(default_factory=dict)
    blocked: dict[str, int] = msgspec.field(default_factory=dict)
    claims: dict[str, dict[str, ClaimDoc]] = msgspec.field(default_factory=dict)
    closed_claims: dict[str, dict[str, ClosedClaimDoc]] = msgspec.field(default_factory=dict)
