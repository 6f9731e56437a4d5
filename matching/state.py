"""What a market remembers: plain data, all of it in the snapshot, nothing derived.

Plain data does not refer to itself, so the garbage collector need not look at it (`gc=False`).
"""

from collections.abc import Container
from itertools import count
from typing import Final, Literal

import msgspec

from events.facts import JobPosted, WorkerAvailable
from matching.days import DAY_MS
from matching.proposal import Answers, Proposal
from matching.terms import Span, overlap
from matching.track_record import TrackRecord

JobStatus = Literal["open", "filled", "expired", "cancelled"]
OfferStatus = Literal["open", "accepted", "declined", "expired", "withdrawn"]


class Offer(msgspec.Struct, kw_only=True, gc=False):
    """A place offered to a worker. `closed_by` says why a withdrawn one was withdrawn.

    `since` is when the wait began that it ended: of one that nobody could see it goes on, unless a
    booking has ended it since.
    """

    offer_id: str
    job_id: str
    worker_id: str
    places: int
    p_accept: float
    p_complete: float
    proposal: Proposal
    since: int
    made_at: int
    expires_at: int
    status: OfferStatus = "open"
    closed_by: str = ""


class Booking(msgspec.Struct, kw_only=True, gc=False):
    """Places of a job that a worker holds; `result` comes after the shift, `stars` after that.

    A visitor's is pending until their home zone grants it, at most until `pending_until`, which is
    put off once when no matcher was there to hear of it (`was_put_off`).
    `has_rated`: the worker has said what they think of the employer.
    """

    offer_id: str
    places: int
    result: Literal["", "completed", "no_show"] = ""
    pending_until: int = 0
    was_put_off: bool = False
    stars: int = 0
    has_rated: bool = False


class Away(msgspec.Struct, kw_only=True, gc=False):
    """Places that a worker of this zone has in another zone's job."""

    offer_id: str
    worker_id: str
    job: JobPosted
    places: int

    @property
    def key(self) -> str:
        """Its name among the worker's bookings; no job has a name like this."""
        return away_key(self.offer_id)


def away_key(offer_id: str) -> str:
    """How a calendar names the booking that came of another zone's offer."""
    return f"away/{offer_id}"


def nobody(booked: Container[str]) -> str:
    """A name among a job's bookings for one of those who were erased; no worker has such a name."""
    return next(name for n in count() if (name := f"forgotten/{n}") not in booked)


class Visit(msgspec.Struct, kw_only=True, gc=False):
    """What the home zone has announced of a visitor, at its offset `version`.

    `busy` is their calendar but for what is booked here, `bookings_left` likewise.
    """

    home: str
    version: int
    busy: tuple[Span, ...]
    bookings_left: int | None


MOST_BUSY: Final = 4_000
"""Spans of a calendar with which nobody takes more: other zones are told of it in one event."""


class Job(msgspec.Struct, kw_only=True, gc=False):
    """A job with who is booked, who is asked, and what who has answered before.

    `tier` counts its rounds of offers and `tier_at` is when the next begins. `exhausted` means
    that more are wanted and nobody is left to ask: whoever comes new asks for themselves. Since it
    `was_filled` its closing date counts no more (`matching.closing`).
    """

    posted: JobPosted
    status: JobStatus
    expires_at: int
    booked: dict[str, Booking] = {}
    open_offers: dict[str, str] = {}
    answers: dict[str, Answers] = {}
    offer_ids: list[str] = []
    tier: int = 1
    tier_at: int = 0
    exhausted: bool = False
    reported_unfilled: bool = False
    was_filled: bool = False

    @property
    def booked_places(self) -> int:
        """Places that are taken."""
        return sum(booking.places for booking in self.booked.values())

    @property
    def worked_places(self) -> int:
        """Places of those who have come or stayed away: whatever the job becomes, they stay."""
        return sum(booking.places for booking in self.booked.values() if booking.result)

    @property
    def open_places(self) -> int:
        """Places that are not taken."""
        return self.posted.headcount - self.booked_places

    def forget(self, worker_id: str) -> None:
        """Erase a worker; a place where they have worked stays taken, by nobody in particular."""
        self.answers.pop(worker_id, None)
        booking = self.booked.pop(worker_id, None)
        if booking is not None:
            self.booked[nobody(self.booked)] = Booking(
                offer_id="", places=booking.places, result=booking.result
            )

    def expected_workers(self) -> list[str]:
        """Who is booked and has neither come nor stayed away yet."""
        return [worker_id for worker_id, booking in self.booked.items() if not booking.result]

    @property
    def is_pending(self) -> bool:
        """Whether the places of a visitor wait for their home zone."""
        return any(booking.pending_until for booking in self.booked.values())


class Worker(msgspec.Struct, kw_only=True, gc=False):
    """A worker: availability while it lasts, bookings by job, open offers, track record.

    `worked` are the shifts of the last day that are done: rest and hours count them, too. Whoever
    lives in another zone is on a `visit`: that zone keeps their calendar. `told` are the zones that
    have ever heard of them from here.
    """

    available: WorkerAvailable | None = None
    valid_until: int = 0
    since: int = 0
    bookings: dict[str, tuple[Span, ...]] = {}
    worked: tuple[Span, ...] = ()
    open_offers: dict[str, str] = {}
    record: TrackRecord = msgspec.field(default_factory=TrackRecord)
    visit: Visit | None = None
    told: tuple[str, ...] = ()

    @property
    def busy(self) -> tuple[Span, ...]:
        """All shifts booked, and done of late, in order.

        A visitor's pending booking may overlap what their home zone says; then that counts.
        """
        if not (self.bookings or self.worked or self.visit):
            return ()
        booked = (span for spans in self.bookings.values() for span in spans)
        if self.visit is None:
            return tuple(sorted((*booked, *self.worked)))
        elsewhere = self.visit.busy
        return tuple(
            sorted((*elsewhere, *(span for span in booked if not overlap(elsewhere, (span,)))))
        )

    def finish(self, job_id: str, now: int, until: int | None = None) -> None:
        """A booking is done: its shifts as far as they had begun by `until`, or now, are worked."""
        booked = self.bookings.pop(job_id, ())
        if self.visit is not None:
            return
        until = now if until is None else until
        done = ((start, min(end, until)) for start, end in booked if start < until)
        recent = [span for span in (*self.worked, *done) if now < span[1] + DAY_MS]
        self.worked = tuple(sorted(recent))

    def held(self, now: int) -> list[str]:
        """The bookings whose work is not over: one that nobody has reported on holds nobody."""
        return [key for key, booked in self.bookings.items() if booked[-1][1] > now]

    def bookings_left(self, now: int) -> int | None:
        """Bookings the worker may still take; None for no limit."""
        most = None if self.available is None else self.available.max_bookings
        if self.visit is not None:
            most = self.visit.bookings_left
        left = None if most is None else most - len(self.held(now))
        if self.bookings and sum(map(len, self.bookings.values())) > MOST_BUSY:
            return 0 if left is None else min(0, left)
        return left


class Employer(msgspec.Struct, kw_only=True, gc=False):
    """An employer's open wage claims, by claim id, and whether they or the list block."""

    claims: dict[str, int] = {}
    listed: bool = False
    blocked: bool = False
