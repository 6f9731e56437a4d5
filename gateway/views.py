"""Jobs and rankings as answers: documents in, what may be shown out."""

import math
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from events.outcomes import Ranked
from gateway.answers.jobs import BookingView, Continuation, EmployerRating, JobView, OfferView
from gateway.answers.public import PublicJob, PublicLine, PublicRanking
from gateway.answers.ranking import RankingView
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc, brief
from gigmatch.readmodel.ranking import RankingDoc

V = TypeVar("V", bound=msgspec.Struct)


def job_view(job: JobDoc, continued_by: Iterable[JobDoc], employer: EmployerDoc | None) -> JobView:
    """A job as its station sees it, with those in which its remaining days were posted."""
    return JobView(
        job=brief(job),
        posting=job.posted,
        booked=job.booked,
        missing=job.remaining,
        expected=job.expected,
        expires_at=job.expires_at,
        ranking=ranking_view(job.ranking),
        offers=[as_answer(OfferView, offer) for offer in job.offers.values()],
        bookings=[as_answer(BookingView, booking) for booking in job.bookings.values()],
        unfilled=job.unfilled,
        continued_by=[Continuation(job=brief(one), expected=one.expected) for one in continued_by],
        employer_rating=employer_rating(employer),
    )


def employer_rating(employer: EmployerDoc | None) -> EmployerRating | None:
    """What workers have said of an employer, as far as it may be shown."""
    if employer is None or employer.mean is None:
        return None
    return EmployerRating(ratings=employer.ratings, mean=round(employer.mean, 1))


def ranking_view(ranking: RankingDoc | None) -> RankingView | None:
    """A ranking with who or what is ranked."""
    if ranking is None:
        return None
    return RankingView(**_head(ranking), ranking=list(ranking.lines))


def public_job(job: JobDoc) -> PublicJob:
    """A job as anybody may see it."""
    ranking = job.ranking
    if ranking is None:
        return PublicJob(job=brief(job), ranking=None)
    lines = [public_line(line) for line in ranking.lines]
    return PublicJob(job=brief(job), ranking=PublicRanking(**_head(ranking), ranking=lines))


def public_line(line: Ranked) -> PublicLine:
    """A line of a ranking as anybody may see it: nobody can be found by their distances."""
    return PublicLine(
        rank=line.rank,
        score=line.score,
        p_accept=line.p_accept,
        p_complete=line.p_complete,
        distance_km=max(1, math.ceil(line.distance_km)),
        reasons=line.reasons,
    )


def _head(ranking: RankingDoc) -> dict[str, Any]:
    return {
        name: getattr(ranking, name)
        for name in ("at", "model", "policy", "pool", "feasible", "excluded")
    }


def as_answer(kind: type[V], struct: msgspec.Struct, **more: Any) -> V:
    """A document as the answer that has its fields, and more."""
    return kind(**{name: getattr(struct, name) for name in struct.__struct_fields__}, **more)
