"""A station's jobs, with their offers and bookings."""

from events.facts import JobPosted
from events.values import Millis
from gateway.answers.ranking import RankingView
from gateway.answers.view import View
from gigmatch.readmodel.job import BookingDoc, JobBrief, OfferDoc


class OfferView(OfferDoc, omit_defaults=False):
    """An offer of a job, and what became of it."""


class BookingView(BookingDoc, omit_defaults=False):
    """A place of a job and who has it."""


class EmployerRating(View):
    """What workers say of an employer: how many times, and their mean of 1 to 5 stars."""

    ratings: int
    mean: float


class Continuation(View):
    """A job that has remaining days of another; `expected` places are of who will come, or came."""

    job: JobBrief
    expected: int


class JobView(View):
    """A job with its posting, ranked workers, offers and bookings. `missing` places are open.

    `expected` places are of who will come, or came: not of who stayed away. `continued_by` are the
    jobs in which its remaining days were posted. `employer_rating` ranks nobody; null while it
    would tell who said what.
    """

    job: JobBrief
    posting: JobPosted
    booked: int
    missing: int
    expected: int
    expires_at: Millis
    ranking: RankingView | None
    offers: list[OfferView]
    bookings: list[BookingView]
    unfilled: dict[str, int] | None
    continued_by: list[Continuation]
    employer_rating: EmployerRating | None


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
