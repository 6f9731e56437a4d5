"""What a station and who is on call see of jobs: by age, with what is missing."""

from typing import Final

from gateway.answers.jobs import JobView, StationJob, StationJobs
from gateway.reading import ReadModel
from gateway.views import job_view
from gigmatch.readmodel.job import JobDoc, brief

MOST_LISTED: Final = 500


async def one_job(model: ReadModel, job: JobDoc) -> JobView:
    """A job as its station sees it, and how those stand that have its remaining days.

    May raise RedisError.
    """
    zone, employer_id = job.posted.zone, job.posted.employer_id
    employers = await model.employers(zone, [employer_id])
    return job_view(job, await model.jobs(zone, job.continued_by), employers.get(employer_id))


async def station_jobs(
    model: ReadModel, zone: str, station_id: str, *, only_open: bool
) -> StationJobs:
    """A station's open jobs, all of them, and if wanted its newest closed ones; the oldest first.

    Closed ones up to MOST_LISTED with the open ones. May raise RedisError.
    """
    ids = await model.posted_and_open(zone, station_id)
    if not only_open:
        newest = await model.posted(zone, station_id, MOST_LISTED)
        is_open = frozenset(ids)
        closed = [id for id in newest if id not in is_open]
        ids += closed[: max(0, MOST_LISTED - len(ids))]
    now = await model.now(zone)
    found = [
        (job.offset, _station_job(job, now))
        async for job in model.jobs_by_pages(zone, ids)
        if job.status == "open" or not only_open
    ]
    found.sort(key=lambda pair: pair[0])
    return StationJobs(station_id=station_id, now=now, jobs=[job for _, job in found])


async def unmatched_jobs(model: ReadModel, zone: str, wanted: str) -> list[StationJob]:
    """Open jobs that lack people, the oldest first; with `wanted` in a title, place or id.

    Who names one by its whole id gets that one alone.
    """
    now = await model.now(zone)
    named = await model.job(wanted, zone) if wanted else None
    if named is not None and _lacks_people(named):
        return [_station_job(named, now)]
    found: list[StationJob] = []
    async for job in model.every_open_job(zone, JobDoc):
        if _lacks_people(job) and wanted.casefold() in _words_of(job).casefold():
            found.append(_station_job(job, now))
        if len(found) == MOST_LISTED:
            break
    return found


def _lacks_people(job: JobDoc) -> bool:
    return job.status == "open" and job.remaining > 0


def _words_of(job: JobDoc) -> str:
    posted = job.posted
    return f"{posted.job_id}\n{posted.title}\n{posted.place.name}\n{posted.station_id}"


def _station_job(job: JobDoc, now: int) -> StationJob:
    ranking = job.ranking
    return StationJob(
        job=brief(job),
        age_ms=max(0, now - job.at),
        missing=job.remaining,
        open_offers=sum(offer.status == "open" for offer in job.offers.values()),
        feasible=None if ranking is None else ranking.feasible,
        excluded={} if ranking is None else ranking.excluded,
    )
