"""The read model's documents, out of Redis as they stand."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final, Literal, TypeVar, cast

import msgspec
from redis.asyncio import Redis

from events.topics import partition_of
from gigmatch.readmodel.document import Document
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import (
    MATCHED_LENGTH,
    PARTITIONS,
    ZONES,
    employer_key,
    index_key,
    job_key,
    matched_key,
    posted_key,
    present_key,
    progress_key,
    worker_key,
    zone_key,
)
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ZoneDoc

D = TypeVar("D", bound=Document)
J = TypeVar("J", bound=JobDoc)
_PAGE: Final = 200
"""So many jobs are in memory at once, whole, of however many are read."""


class AmbiguousError(Exception):
    """An id that several zones have; `zones` names them."""

    def __init__(self, zones: list[str]) -> None:
        super().__init__(", ".join(zones))
        self.zones = zones


class OpenJobs(msgspec.Struct, frozen=True):
    """A page of a zone's open jobs; `next_after` is where the next one goes on."""

    jobs: list[JobDoc]
    next_after: int | None


class UnrankedJob(JobDoc):
    """A job whose ranking, which is most of it, is left unread: of it many are read at once."""

    ranking: msgspec.Raw = msgspec.Raw(b"null")  # type: ignore[assignment]


class ReadModel:
    """Jobs, workers and zones as they stand. Raises RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def ping(self) -> None:
        """Raise RedisError unless Redis answers."""
        await cast(Any, self._redis.ping())

    async def zones(self) -> list[str]:
        """The zones that have a market."""
        members = await cast(Any, self._redis.smembers(ZONES))
        return sorted(member.decode() for member in members)

    async def job(self, job_id: str, zone: str | None) -> JobDoc | None:
        """A job as it stands.

        Raises AmbiguousError when several zones have the id and none is named.
        """
        return await self._one(JobDoc, job_key, job_id, zone)

    async def worker(self, worker_id: str, zone: str | None) -> WorkerDoc | None:
        """A worker who lives in a zone. Raises AmbiguousError as above."""
        return await self._one(WorkerDoc, worker_key, worker_id, zone, lives_there=True)

    async def everywhere(self, home: WorkerDoc) -> list[WorkerDoc]:
        """A worker at home, and in every zone where they are a visitor."""
        others = [zone for zone in await self.zones() if zone != home.zone]
        keys = [worker_key(zone, home.worker_id) for zone in others]
        found = await self._documents(WorkerDoc, keys)
        return [home, *(doc for doc in found if doc is not None and doc.home == home.zone)]

    async def open_jobs(self, zone: str, after: int, most: int) -> OpenJobs:
        """The open jobs posted after an offset, in the order of posting, at most so many."""
        found = await self._opened(zone, after, most + 1)
        page = found[:most]
        jobs = await self.jobs(zone, [job_id for job_id, _ in page])
        next_after = page[-1][1] if len(found) > most else None
        return OpenJobs([job for job in jobs if job.status == "open"], next_after)

    async def every_open_job(self, zone: str, kind: type[J]) -> AsyncIterator[J]:
        """All open jobs of a zone in the order of posting, read by pages."""
        after = -1
        while page := await self._opened(zone, after, _PAGE):
            for job in await self._documents(kind, [job_key(zone, job_id) for job_id, _ in page]):
                if job is not None and job.status == "open":
                    yield job
            after = page[-1][1]

    async def newest(self, index: Literal["open", "ranked"], zone: str, most: int) -> list[str]:
        """The ids of a zone's open or ranked jobs, the newest first."""
        return await self._newest(index_key(index, zone), most)

    async def posted(self, zone: str, station_id: str, most: int) -> list[str]:
        """The ids of a station's jobs, the newest first."""
        return await self._newest(posted_key(zone, station_id), most)

    async def posted_and_open(self, zone: str, station_id: str) -> list[str]:
        """The ids of a station's open jobs, the oldest first: all of them."""
        keys = [posted_key(zone, station_id), index_key("open", zone)]
        members = await cast(Any, self._redis.zinter(keys, aggregate="MAX"))
        return [member.decode() for member in members]

    async def present(self, zone: str, station_ids: Sequence[str], now: int) -> list[int]:
        """How many workers of each station are available at a time, UTC ms."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for station_id in station_ids:
                pipeline.zcount(present_key(zone, station_id), f"({now}", "+inf")
            counted: list[int] = await pipeline.execute() if station_ids else []
        return counted

    async def now(self, zone: str) -> int:
        """The market's clock: its own, or its partition's when that has gone on."""
        partitions = int(await self._redis.get(PARTITIONS) or 1)
        [market] = await self._documents(ZoneDoc, [zone_key(zone)])
        key = progress_key(partition_of(zone, partitions))
        [progress] = await self._documents(Progress, [key])
        return max(market.clock if market else 0, progress.clock if progress else 0)

    async def jobs_of(self, worker: WorkerDoc) -> list[JobDoc]:
        """The jobs of one zone that a worker is ranked for, asked for, or booked for there.

        Ranked are those of their own newest ranking and those that have named them since.
        """
        lines = () if worker.ranking is None else worker.ranking.lines
        ids = [line.job_id for line in lines if line.job_id is not None]
        ids += [offer.job_id for offer in worker.offers.values()]
        since = await self._newest(matched_key(worker.zone, worker.worker_id), MATCHED_LENGTH)
        wanted = dict.fromkeys([*ids, *worker.bookings])
        return [
            job
            for job in await self.jobs(worker.zone, wanted | dict.fromkeys(since))
            if job.posted.job_id in wanted or names_since(job, worker)
        ]

    async def markets(self, zones: Sequence[str]) -> list[ZoneDoc]:
        """Markets at a glance; those that are not there yet are empty."""
        found = await self._documents(ZoneDoc, [zone_key(zone) for zone in zones])
        return [doc or ZoneDoc(zone=zone) for zone, doc in zip(zones, found, strict=True)]

    async def jobs(self, zone: str, job_ids: Iterable[str]) -> list[JobDoc]:
        """Jobs as they stand, those that there are."""
        found = await self._documents(JobDoc, [job_key(zone, job_id) for job_id in job_ids])
        return [job for job in found if job is not None]

    async def employers(self, zone: str, ids: Iterable[str]) -> dict[str, EmployerDoc]:
        """The employers of a zone of whom workers have said something, by their ids."""
        keys = [employer_key(zone, employer_id) for employer_id in dict.fromkeys(ids)]
        found = await self._documents(EmployerDoc, keys)
        return {one.employer_id: one for one in found if one is not None}

    async def jobs_by_pages(self, zone: str, job_ids: Sequence[str]) -> AsyncIterator[JobDoc]:
        """Jobs as they stand, those that there are, read by pages."""
        for first in range(0, len(job_ids), _PAGE):
            for job in await self.jobs(zone, job_ids[first : first + _PAGE]):
                yield job

    async def _one(
        self, kind: type[D], key: Any, id: str, zone: str | None, *, lives_there: bool = False
    ) -> D | None:
        zones = await self.zones() if zone is None else [zone]
        found = await self._documents(kind, [key(one, id) for one in zones])
        held = [
            (one, document)
            for one, document in zip(zones, found, strict=True)
            if document and not (lives_there and isinstance(document, WorkerDoc) and document.home)
        ]
        if len(held) > 1:
            raise AmbiguousError([one for one, _ in held])
        return held[0][1] if held else None

    async def _opened(self, zone: str, after: int, most: int) -> list[tuple[str, int]]:
        """The ids of open jobs posted after an offset, each with its own."""
        key = index_key("open", zone)
        found = await cast(
            Any,
            self._redis.zrange(
                key, f"({after}", "+inf", byscore=True, offset=0, num=most, withscores=True
            ),
        )
        return [(member.decode(), int(offset)) for member, offset in found]

    async def _newest(self, key: str, most: int) -> list[str]:
        members = await cast(Any, self._redis.zrange(key, 0, most - 1, desc=True))
        return [member.decode() for member in members]

    async def _documents(self, kind: type[D], keys: Sequence[str]) -> list[D | None]:
        stored = await cast(Any, self._redis.mget(keys)) if keys else []
        return [None if one is None else msgspec.json.decode(one, type=kind) for one in stored]


def names_since(job: JobDoc, worker: WorkerDoc) -> bool:
    """Whether an open job's ranking names a worker, after they were last ranked themselves."""
    ranking, own = job.ranking, worker.ranking
    if job.status != "open" or ranking is None or (own and ranking.offset < own.offset):
        return False
    return ranking.line(worker_id=worker.worker_id) is not None
