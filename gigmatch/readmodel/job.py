"""A job: its posting, ranking, offers and bookings, and the line about it."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from events.facts import JobPosted
from events.outcomes import InvitedVia
from events.values import Pay
from gigmatch.readmodel.document import Document
from gigmatch.readmodel.keys import index_key, posted_key
from gigmatch.readmodel.ranking import RankingDoc
from matching.closing import closes_at
from matching.proposal import Proposal

JobStatus = Literal["open", "filled", "expired", "cancelled"]
OfferStatus = Literal["open", "accepted", "declined", "expired", "withdrawn"]
BookingStatus = Literal["confirmed", "completed", "no_show", "cancelled", "pending"]


class OfferDoc(Document):
    """An offer of a job, and what became of it. `offered` is what the job was then, for anybody."""

    offer_id: str
    worker_id: str
    rank: int
    score: float
    p_accept: float
    p_complete: float
    places: int
    at: int
    expires_at: int
    tier: int | None = None
    ring: int | None = None
    via: InvitedVia | None = None
    status: OfferStatus = "open"
    closed_at: int | None = None
    reason: str = ""
    offered: Proposal | None = None


class BookingDoc(Document):
    """A place of a job and who has it; `stars` is what the employer gave them last."""

    offer_id: str
    worker_id: str
    places: int
    at: int
    status: BookingStatus = "confirmed"
    reason: str = ""
    stars: int | None = None


class JobDoc(Document):
    """A job as it stands. `at` is the market's time when it was posted, `filled_at` when full.

    Since it `was_filled` its closing date counts no more (`matching.closing`).
    `continued_by` are the jobs in which its remaining days were posted, the newest last.
    """

    posted: JobPosted
    offset: int
    at: int
    pay_fen_day: int
    status: JobStatus = "open"
    filled_at: int | None = None
    was_filled: bool = False
    ranking: RankingDoc | None = None
    offers: dict[str, OfferDoc] = msgspec.field(default_factory=dict)
    bookings: dict[str, BookingDoc] = msgspec.field(default_factory=dict)
    unfilled: dict[str, int] | None = None
    continued_by: list[str] = msgspec.field(default_factory=list)

    @property
    def booked(self) -> int:
        """Places that are taken."""
        return sum(b.places for b in self.bookings.values() if b.status != "cancelled")

    @property
    def expected(self) -> int:
        """Places of those who are still to come, or came."""
        there = ("confirmed", "pending", "completed")
        return sum(b.places for b in self.bookings.values() if b.status in there)

    @property
    def remaining(self) -> int:
        """Places that are not."""
        return self.posted.headcount - self.booked

    @property
    def expires_at(self) -> int:
        """When the posting ends: at its first shift at the latest."""
        return closes_at(self.posted, was_filled=self.was_filled)

    @property
    def ends_at(self) -> int:
        """The end of the last shift."""
        return max(shift.end for shift in self.posted.shifts)

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        zone, job_id = self.posted.zone, self.posted.job_id
        yield index_key("jobs", zone), job_id, self.ends_at
        yield posted_key(zone, self.posted.station_id), job_id, self.offset
        if self.status == "open":
            yield index_key("open", zone), job_id, self.offset
        if self.ranking is not None:
            yield index_key("ranked", zone), job_id, self.ranking.offset


class JobBrief(Document):
    """What a line about a job needs; `pay` as it is posted, where that is not by the day."""

    job_id: str
    zone: str
    title: str
    station_id: str
    place: str
    headcount: int
    remaining: int
    pay_fen_day: int
    status: JobStatus
    at: int
    start: int
    employer_name: str = ""
    pay: Pay | None = None


def brief(job: JobDoc) -> JobBrief:
    """The line about a job."""
    posted = job.posted
    return JobBrief(
        job_id=posted.job_id,
        zone=posted.zone,
        title=posted.title,
        station_id=posted.station_id,
        place=posted.place.name,
        headcount=posted.headcount,
        remaining=job.remaining,
        pay_fen_day=job.pay_fen_day,
        status=job.status,
        at=job.at,
        start=min(shift.start for shift in posted.shifts),
        employer_name=posted.employer_name or "",
        pay=None if posted.pay.unit == "day" else posted.pay,
    )
