"""What one zone's market tells another about a worker who works away from home (务工).

A worker's calendar has one writer, the market of their home zone. It announces the worker to every
other zone they name; there they are a visitor, ranked and offered work like anybody else. A
visitor's yes becomes a booking when the home zone, asked, has written it into the calendar.

    home   visitor.announced  -> zones named     each time anything about the worker changes
    away   booking.requested  -> home            a visitor said yes
    home   booking.answered   -> away            granted, or why not
    away   visitor.reported   -> home            what became of an offer or a booking

Notices are records of `market.events` like facts, written by the matcher that owns `from_zone`.
They may come twice and late: what is announced is whole and numbered, and an answer to a request
that has been given up is given back.
"""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from events.facts import Fact, Headcount, JobPosted, WorkerAvailable
from events.values import LATEST_MS, Code, Identifier, Interval, Message, Millis, Zone

MOST = 2**53 - 1  # the largest whole number that every JSON reader keeps
LAST_DAY = LATEST_MS // 86_400_000 + 1  # in China a day may begin before that of UTC
Count = Annotated[int, Meta(ge=0, le=MOST)]
Denial = Literal["taken", "unavailable"]
Report = Literal["declined", "expired", "cancelled", "completed", "no_show", "excused", "rated"]


class Experience(Message, frozen=True, kw_only=True):
    """How a worker has answered and worked so far; `employers` counts jobs done for each.

    `asked` and `agreed` count answers by trade; bit i of `days` is work i days before `last_day`.
    """

    accepted: Count = 0
    declined: Count = 0
    expired: Count = 0
    completed: Count = 0
    no_shows: Count = 0
    stars: Count = 0
    ratings: Count = 0
    employers: dict[Identifier, Count] = msgspec.field(default_factory=dict)
    asked: dict[Code, Count] = msgspec.field(default_factory=dict)
    agreed: dict[Code, Count] = msgspec.field(default_factory=dict)
    last_day: Annotated[int, Meta(ge=0, le=LAST_DAY)] = 0
    days: Annotated[int, Meta(ge=0, le=255)] = 0


class VisitorAnnounced(Message, frozen=True, kw_only=True):
    """All that another zone needs of a worker, as their home zone has it at its offset `version`.

    `busy` is the calendar without what is booked in the zone that is told; that is in `held`, by
    offer: a booking that is not held is one the home zone has cancelled. Without `available` they
    no longer look for work there; `forgotten` asks to erase them.
    """

    TYPE: ClassVar[str] = "visitor.announced"

    worker_id: Identifier
    zone: Zone
    from_zone: Zone
    version: Count
    since: Annotated[int, Meta(ge=0, le=LATEST_MS)]
    available: WorkerAvailable | None = None
    valid_until: Millis | None = None
    busy: tuple[Interval, ...] = ()
    bookings_left: Annotated[int, Meta(ge=-MOST, le=MOST)] | None = None
    held: tuple[Identifier, ...] = ()
    experience: Experience = msgspec.field(default_factory=Experience)
    forgotten: bool = False


class BookingRequested(Message, frozen=True, kw_only=True):
    """A visitor said yes to an offer of `places` in a job: may they have them?"""

    TYPE: ClassVar[str] = "booking.requested"

    worker_id: Identifier
    zone: Zone
    from_zone: Zone
    offer_id: Identifier
    job: JobPosted
    places: Headcount


class BookingAnswered(Message, frozen=True, kw_only=True):
    """The home zone has written a booking into the calendar, or says why not."""

    TYPE: ClassVar[str] = "booking.answered"

    worker_id: Identifier
    zone: Zone
    from_zone: Zone
    offer_id: Identifier
    denied: Denial | None = None


class VisitorReported(Message, frozen=True, kw_only=True):
    """What became of a visitor's offer or booking; `stars` when they were rated.

    `former` are the stars of the rating that this one replaces.
    """

    TYPE: ClassVar[str] = "visitor.reported"

    worker_id: Identifier
    zone: Zone
    from_zone: Zone
    offer_id: Identifier
    what: Report
    stars: Annotated[int, Meta(ge=1, le=5)] | None = None
    former: Annotated[int, Meta(ge=1, le=5)] | None = None


Notice = VisitorAnnounced | BookingRequested | BookingAnswered | VisitorReported
AnyFact = Fact | Notice


def market_source(zone: str) -> str:
    """The `ce_source` of what a zone's market writes."""
    return f"/zones/{zone}/market"
