"""What a station and who is on call see of jobs: by age, with what is missing."""

from typing import Final

from gateway.answers.jobs import StationJob, StationJobs
from gateway.reading import ReadModel
from gigmatch.readmodel.job import JobDoc, brief

MOST_LISTED: Final = 500


async def station_jobs(
    model: ReadModel, zone: str, station_id: str, *, only_open: bool
) -> StationJobs:
    """The newest jobs of a station, the oldest of them first. May raise RedisError."""
    ids = await model.posted(zone, station_id, MOST_LISTED)
    now = await model.now(zone)
    found = await model.jobs(zone, reversed(ids))
    jobs = [job for job in found if job.status == "open" or not only_open]
    return StationJobs(
        station_id=station_id, now=now, jobs=[_station_job(job, now) for job in jobs]
    )


async def unmatched_jobs(model: ReadModel, zone: str, wanted: str) -> list[StationJob]:
    """Open jobs that lack people, the oldest first; with `wanted` in a title, place or id."""
    ids = await model.newest("open", zone, MOST_LISTED)
    now = await model.now(zone)
    jobs = await model.jobs(zone, reversed(ids))
    return [
        _station_job(job, now)
        for job in jobs
        if job.remaining > 0 and wanted.casefold() in _words_of(job).casefold()
    ]


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
