"""A worker: matches, offers, bookings, and the terms of their jobs."""

from typing import Literal

from events.facts import WorkerAvailable
from events.outcomes import Reason
from events.values import EmploymentKind, Identifier, Interval, Millis, Pay, Perk
from gateway.answers.jobs import EmployerRating
from gateway.answers.ranking import RankingView
from gateway.answers.view import View
from gigmatch.readmodel.job import JobBrief
from gigmatch.readmodel.worker import WorkerBookingDoc, WorkerOfferDoc

SaidNo = Literal["", "declined", "cancelled"]
"""How a worker has said no to a job: to its offer, or to what they had booked."""


class WorkerOfferView(WorkerOfferDoc, kw_only=True, omit_defaults=False):
    """An open offer as its worker sees it, and the zone it is answered in."""

    offer_id: str
    zone: str


class WorkerBookingView(WorkerBookingDoc, kw_only=True, omit_defaults=False):
    """A booking as its worker sees it."""

    job_id: str
    zone: str


class WorkerView(View):
    """A worker's matches, open offers, bookings and what they said of their availability.

    `call_number` is what the screen in the hall calls them.
    """

    worker_id: Identifier
    call_number: str
    zone: str
    station_id: str
    available: bool
    valid_until: Millis | None
    availability: WorkerAvailable | None
    matches: RankingView | None
    offers: list[WorkerOfferView]
    bookings: list[WorkerBookingView]
    jobs: list[JobBrief]


class TermsView(View):
    """What a worker must know of a job. `open_claims` are wage claims against its employer.

    `distance_km` and `reasons` are theirs: from their own line of the newest ranking that has one.
    `said_no`: their newest answer, which the market asks for again only on other terms.
    `employer_rating` is what others said; null while it would tell who said what.
    """

    job_id: Identifier
    zone: str
    shifts: tuple[Interval, ...]
    pay: Pay
    perks: tuple[Perk, ...]
    employment_kind: EmploymentKind
    employer_id: Identifier
    employer_name: str | None
    open_claims: int
    blocked: bool
    employer_rating: EmployerRating | None
    distance_km: float | None
    reasons: tuple[Reason, ...]
    said_no: SaidNo


class MatchesView(WorkerView):
    """What a worker's page shows: all of the worker, and the terms of their jobs.

    The live stream after `cursor` goes on from here.
    """

    cursor: str
    now: Millis
    station_name: dict[str, str] | None
    terms: list[TermsView]
