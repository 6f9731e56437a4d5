"""What the gateway answers: one type an answer, which the OpenAPI document describes.

The public types have no worker's id and no distance finer than a kilometre; nothing of them is made
by leaving out: they are built from what may be shown.
"""

from typing import Literal

import msgspec

from events.facts import JobPosted, WorkerAvailable
from events.outcomes import Ranked, Reason
from events.values import EmploymentKind, Identifier, Interval, Millis, Pay, Perk
from gateway.access.keys import KeyRole
from gateway.access.principals import Role
from gigmatch.readmodel import (
    BookingDoc,
    JobBrief,
    OfferDoc,
    WorkerBookingDoc,
    WorkerOfferDoc,
)


class View(msgspec.Struct, kw_only=True):
    """Base of the answers. Times are UTC ms, money fen."""


class RankingHead(View):
    """A ranking without its lines: when, by which model, out of how many."""

    at: Millis
    model: str
    policy: str
    pool: int
    feasible: int
    excluded: dict[str, int]


class PublicLine(View):
    """A line of a ranking as anybody may see it."""

    rank: int
    score: float
    p_accept: float
    p_complete: float
    distance_km: int
    reasons: tuple[Reason, ...]


class PublicRanking(RankingHead):
    """A ranking without the people in it."""

    ranking: list[PublicLine]


class PublicJob(View):
    """A job as anybody may see it."""

    job: JobBrief
    ranking: PublicRanking | None


class StationView(View):
    """A station of a zone; `approximate` coordinates are within about 3 km."""

    station_id: str
    name: dict[str, str] | None
    lat: float | None
    lon: float | None
    approximate: bool
    jobs: int
    places: int
    workers: int


class TownView(View):
    """A zone as the page shows it: clock, model, figures, stations, jobs, latest rankings."""

    zone: str
    zones: list[str]
    place: dict[str, str] | None
    cursor: str
    now: int
    model: str
    totals: dict[str, int]
    open_jobs: int
    open_places: int
    open_offers: int
    workers: int
    blocked_employers: int
    stations: list[StationView]
    jobs: list[JobBrief]
    rankings: list[PublicJob]


class RankingView(RankingHead):
    """A ranking with who or what is ranked."""

    ranking: list[Ranked]


class OfferView(OfferDoc, omit_defaults=False):
    """An offer of a job, and what became of it."""


class BookingView(BookingDoc, omit_defaults=False):
    """A place of a job and who has it."""


class JobView(View):
    """A job with its posting, ranked workers, offers and bookings. `missing` places are open."""

    job: JobBrief
    posting: JobPosted
    booked: int
    missing: int
    expires_at: Millis
    ranking: RankingView | None
    offers: list[OfferView]
    bookings: list[BookingView]
    unfilled: dict[str, int] | None


class StationJob(View):
    """A job of a station's list: how old it is, how many are missing, what it waits for."""

    job: JobBrief
    age_ms: int
    missing: int
    open_offers: int
    feasible: int | None
    excluded: dict[str, int]


class StationJobs(View):
    """The jobs of a station, the oldest first."""

    station_id: str
    now: int
    jobs: list[StationJob]


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
    distance_km: float | None
    reasons: tuple[Reason, ...]


class MatchesView(WorkerView):
    """What a worker's page shows: all of the worker, and the terms of their jobs.

    The live stream after `cursor` goes on from here.
    """

    cursor: str
    now: Millis
    station_name: dict[str, str] | None
    terms: list[TermsView]


class TextsView(View):
    """The words of the pages in a language."""

    language: str
    texts: dict[str, str]


class HealthView(View):
    """Everything that is needed answers."""

    status: Literal["ok"]


class SessionView(View):
    """Who is signed in, and the token that each change must bring along in `x-csrf-token`."""

    role: Role
    zone: str | None
    station_id: str | None
    worker_id: str | None
    csrf: str
    expires_at: Millis


Erased = Literal["contact", "availability", "sessions", "matches"]


class Accepted(View):
    """A command is on the log; the market decides. `see` is where the outcome can be read.

    `offset` is null when the broker told only of a repetition that it has the record. `repeated`
    when the same id had been sent before: nothing was published again.
    """

    type: str
    id: str
    zone: str
    partition: int
    offset: int | None
    see: str
    repeated: bool = False
    erased: list[Erased] = []


class LinkView(View):
    """A link for one worker, for their page, for once. `qr`: the rows of its QR code, 1 is dark."""

    url: str
    qr: list[str]
    expires_at: Millis


class CodeView(View):
    """A code to read out to one worker, for once."""

    code: str
    expires_at: Millis


class ContactView(View):
    """A contact as it was stored."""

    phone: str
    id_number: str | None
    name: str
    webhook: str
    language: Literal["zh-CN", "en"] | None


class StoredView(View):
    """Whether there is a contact now, and whose station may see it."""

    stored: bool
    station_id: str


class KeyView(View):
    """A key without its secret or its hash."""

    key_id: str
    role: KeyRole
    name: str
    zone: str
    station_id: str
    created_at: Millis
    expires_at: Millis | None
    revoked_at: Millis | None
    good: bool


class KeysView(View):
    """Every key there is or was."""

    keys: list[KeyView]
