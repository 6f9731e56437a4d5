"""What a worker sees: their matches, and of each job their own line of its ranking only."""

import msgspec

from events.facts import WorkerAvailable
from events.outcomes import Ranked
from gateway.answers.ranking import RankingView
from gateway.answers.workers import (
    MatchesView,
    SaidNo,
    TermsView,
    WorkerBookingView,
    WorkerOfferView,
    WorkerView,
)
from gateway.places import known_station
from gateway.reading import ReadModel, names_since
from gateway.views import as_answer, employer_rating, ranking_view
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc, brief
from gigmatch.readmodel.ranking import RankingDoc
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ZoneDoc
from matching.constraints import shared_ms
from matching.proposal import for_anybody, is_no_better


async def worker_view(
    model: ReadModel, home: WorkerDoc, said: WorkerAvailable | None
) -> WorkerView:
    """A worker's matches at home, offers and bookings everywhere, and lines about the jobs.

    `said` is their availability, for those who may see it.
    """
    docs = await model.everywhere(home)
    jobs = [(doc, job) for doc in docs for job in await model.jobs_of(doc)]
    now = await model.now(home.zone)
    return WorkerView(
        worker_id=home.worker_id,
        call_number=home.call_number,
        zone=home.zone,
        station_id=home.station_id,
        available=home.valid_until is not None and home.valid_until > now,
        valid_until=home.valid_until,
        availability=said,
        matches=_matches(home, [job for doc, job in jobs if doc is home]),
        offers=[
            as_answer(WorkerOfferView, offer, offer_id=offer_id, zone=doc.zone)
            for doc in docs
            for offer_id, offer in doc.offers.items()
        ],
        bookings=[
            as_answer(WorkerBookingView, held, job_id=key, zone=doc.zone)
            for doc in docs
            for key, held in doc.bookings.items()
            if not held.job_zone  # it is told by the zone of the job
        ],
        jobs=[brief(job) for _, job in jobs],
    )


async def matches_view(
    model: ReadModel, home: WorkerDoc, said: WorkerAvailable | None, cursor: str
) -> MatchesView:
    """A worker's view of themselves, and the terms of the jobs in it. May raise RedisError."""
    view = await worker_view(model, home, said)
    docs = await model.everywhere(home)
    markets = await model.markets([doc.zone for doc in docs])
    terms: list[TermsView] = []
    for doc, market in zip(docs, markets, strict=True):
        jobs = await model.jobs_of(doc)
        employers = await model.employers(doc.zone, (job.posted.employer_id for job in jobs))
        terms += [
            terms_view(job, doc, market, employers.get(job.posted.employer_id)) for job in jobs
        ]
    station = known_station(home.station_id)
    return MatchesView(
        **{name: getattr(view, name) for name in view.__struct_fields__},
        cursor=cursor,
        now=await model.now(home.zone),
        station_name=None if station is None else station.name,
        terms=terms,
    )


def _matches(worker: WorkerDoc, jobs: list[JobDoc]) -> RankingView | None:
    """A worker's own ranking, and where the jobs that have named them since would stand in it.

    Less what takes time that they have given to another job since: nobody asks them for it. Then
    as many fit as are left, since of what is not listed nobody knows when it is.
    """
    view = ranking_view(worker.ranking)
    if view is None:
        return None
    lines = {line.job_id: line for line in view.ranking}
    is_less = False
    for job in jobs:
        job_id, newest = job.posted.job_id, _newest_line(job, worker)
        if _is_busy_then(worker, job):
            is_less |= lines.pop(job_id, None) is not None
        elif newest is not None and (job_id in lines or names_since(job, worker)):
            lines[job_id] = msgspec.structs.replace(newest, job_id=job_id, worker_id=None)
    ordered = sorted(lines.values(), key=lambda line: -line.score)
    ranked = [msgspec.structs.replace(line, rank=rank) for rank, line in enumerate(ordered, 1)]
    feasible = len(ranked) if is_less else view.feasible
    return msgspec.structs.replace(view, ranking=ranked, feasible=feasible)


def _is_busy_then(worker: WorkerDoc, job: JobDoc) -> bool:
    held = (
        (shift.start, shift.end)
        for job_id, booking in worker.bookings.items()
        if job_id != job.posted.job_id and booking.status in ("confirmed", "pending")
        for shift in booking.shifts
    )
    return shared_ms([(one.start, one.end) for one in job.posted.shifts], list(held)) > 0


def terms_view(
    job: JobDoc, worker: WorkerDoc, market: ZoneDoc, employer: EmployerDoc | None
) -> TermsView:
    """What a worker must know of a job in their zone."""
    posted = job.posted
    line = _newest_line(job, worker)
    return TermsView(
        job_id=posted.job_id,
        zone=posted.zone,
        shifts=posted.shifts,
        pay=posted.pay,
        perks=posted.perks,
        employment_kind=posted.employment_kind,
        employer_id=posted.employer_id,
        employer_name=posted.employer_name,
        open_claims=len(market.claims.get(posted.employer_id, ())),
        blocked=posted.employer_id in market.blocked,
        employer_rating=employer_rating(employer),
        distance_km=None if line is None else round(line.distance_km, 1),
        reasons=() if line is None else line.reasons,
        said_no=_said_no(job, worker.worker_id),
    )


def _said_no(job: JobDoc, worker_id: str) -> SaidNo:
    """How a worker has said no to a job; "" when they have not, or the terms are others since."""
    asked = [offer for offer in job.offers.values() if offer.worker_id == worker_id]
    if not asked:
        return ""
    newest = asked[-1]  # they stand in the order in which they were made
    if newest.offered is not None and not is_no_better(for_anybody(job.posted), newest.offered):
        return ""
    if newest.status == "declined":
        return "declined"
    return "cancelled" if newest.reason == "worker_declined" else ""


def _newest_line(job: JobDoc, worker: WorkerDoc) -> Ranked | None:
    """A worker's line about a job: of the job's ranking or of theirs, whichever is newer."""
    of_job = _line(job.ranking, worker_id=worker.worker_id)
    of_worker = _line(worker.ranking, job_id=job.posted.job_id)
    found = [one for one in (of_job, of_worker) if one is not None]
    return max(found, key=lambda one: one[0])[1] if found else None


def _line(ranking: RankingDoc | None, **about: str) -> tuple[int, Ranked] | None:
    """The offset of a ranking, and its line of a worker or of a job."""
    line = None if ranking is None else ranking.line(**about)
    return None if ranking is None or line is None else (ranking.offset, line)
