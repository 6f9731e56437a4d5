"""A worker's page: what they must know of each job, with their own line of its ranking only."""

from events.facts import WorkerAvailable
from events.outcomes import Ranked
from gateway.answers import MatchesView, TermsView
from gateway.views import ReadModel, known_zones
from gigmatch.readmodel import JobDoc, RankingDoc, WorkerDoc, ZoneDoc


async def matches_view(
    model: ReadModel, home: WorkerDoc, said: WorkerAvailable | None, cursor: str
) -> MatchesView:
    """A worker's view of themselves, and the terms of the jobs in it. May raise RedisError."""
    view = await model.worker_view(home, said)
    docs = await model.everywhere(home)
    markets = await model.markets([doc.zone for doc in docs])
    return MatchesView(
        **{name: getattr(view, name) for name in view.__struct_fields__},
        cursor=cursor,
        now=await model.now(home.zone),
        station_name=station_name(home.station_id),
        terms=[
            terms_view(job, doc, market)
            for doc, market in zip(docs, markets, strict=True)
            for job in await model.jobs_of(doc)
        ],
    )


def terms_view(job: JobDoc, worker: WorkerDoc, market: ZoneDoc) -> TermsView:
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
        open_claims=len(market.claims.get(posted.employer_id, ())),
        blocked=posted.employer_id in market.blocked,
        distance_km=None if line is None else round(line.distance_km, 1),
        reasons=() if line is None else line.reasons,
    )


def station_name(station_id: str) -> dict[str, str] | None:
    """A station's name where the gateway knows it."""
    zone, _, number = station_id.partition("-")
    stations = known_zones()[zone].stations if zone in known_zones() else ()
    return next((one.name for one in stations if one.number == number), None)


def _newest_line(job: JobDoc, worker: WorkerDoc) -> Ranked | None:
    """A worker's line about a job: of the job's ranking or of theirs, whichever is newer."""
    of_job = _line(job.ranking, worker_id=worker.worker_id)
    of_worker = _line(worker.ranking, job_id=job.posted.job_id)
    found = [one for one in (of_job, of_worker) if one is not None]
    return max(found, key=lambda one: one[0])[1] if found else None


def _line(
    ranking: RankingDoc | None, *, worker_id: str | None = None, job_id: str | None = None
) -> tuple[int, Ranked] | None:
    """The offset of a ranking, and its line of a worker or of a job."""
    if ranking is None:
        return None
    for line in ranking.lines:
        if (line.worker_id, line.job_id) == (worker_id, job_id):
            return ranking.offset, line
    return None
