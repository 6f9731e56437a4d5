"""A worker: their ranking, open offers and bookings."""

from collections.abc import Iterator

import msgspec

from events.values import Interval
from gigmatch.readmodel.document import Document
from gigmatch.readmodel.job import BookingStatus
from gigmatch.readmodel.keys import index_key, present_key
from gigmatch.readmodel.ranking import RankingDoc


class WorkerOfferDoc(Document):
    """An open offer as its worker sees it."""

    job_id: str
    rank: int
    score: float
    places: int
    at: int
    expires_at: int


class WorkerBookingDoc(Document):
    """A booking as its worker sees it; one in another zone's job names that zone.

    `rated` are the stars that they have given the employer. Who has the job does not see them.
    """

    offer_id: str
    places: int
    at: int
    shifts: tuple[Interval, ...]
    job_zone: str = ""
    status: BookingStatus = "confirmed"
    rated: int | None = None


class WorkerDoc(Document):
    """A worker's matches. `valid_until` is None while they are not available.

    `home` is the zone that keeps a visitor's calendar, "" for who lives here. `asked` counts the
    offers, `booked` the bookings they have had since they are kept. `call_number` is what the hall
    calls them, no other worker of their station's; visitors have none.
    """

    zone: str
    worker_id: str
    station_id: str
    at: int
    home: str = ""
    call_number: str = ""
    valid_until: int | None = None
    asked: int = 0
    booked: int = 0
    ranking: RankingDoc | None = None
    offers: dict[str, WorkerOfferDoc] = msgspec.field(default_factory=dict)
    bookings: dict[str, WorkerBookingDoc] = msgspec.field(default_factory=dict)

    @property
    def keep_until(self) -> int:
        """After this nothing is left to show."""
        ends = (shift.end for held in self.bookings.values() for shift in held.shifts)
        return max((self.at if self.valid_until is None else self.valid_until, *ends))

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        yield index_key("workers", self.zone), self.worker_id, self.keep_until
        if not self.home:
            yield index_key("asked", self.zone), self.worker_id, self.asked
            yield index_key("booked", self.zone), self.worker_id, self.booked
        if self.valid_until is not None and not self.home:
            yield present_key(self.zone, self.station_id), self.worker_id, self.valid_until


def away_id(zone: str, job_id: str) -> str:
    """How a worker's bookings name a job of another zone."""
    return f"{zone}/{job_id}"
