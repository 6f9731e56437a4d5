"""The read model as views: documents out of Redis, answers to whoever may see them."""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar, cast

import msgspec
from redis.asyncio import Redis

from events.facts import WorkerAvailable
from events.outcomes import Ranked
from events.topics import partition_of
from gateway.answers import (
    BookingView,
    JobView,
    OfferView,
    PublicJob,
    PublicLine,
    PublicRanking,
    RankingView,
    StationJob,
    StationJobs,
    StationView,
    TownView,
    WorkerBookingView,
    WorkerOfferView,
    WorkerView,
)
from gigmatch.readmodel import (
    PARTITIONS,
    ZONES,
    Document,
    JobDoc,
    Progress,
    RankingDoc,
    WorkerDoc,
    ZoneDoc,
    brief,
    index_key,
    job_key,
    posted_key,
    present_key,
    progress_key,
    worker_key,
    zone_key,
)

D = TypeVar("D", bound=Document)
V = TypeVar("V", bound=msgspec.Struct)

MOST_JOBS: Final = 60
MOST_RANKINGS: Final = 8
MOST_OF_STATION: Final = 500


class KnownStation(msgspec.Struct, frozen=True):
    """A station that ships with the gateway; its coordinates are approximate."""

    number: str
    name: dict[str, str]
    lat: float
    lon: float


class KnownZone(msgspec.Struct, frozen=True):
    """A zone that ships with the gateway."""

    zone: str
    name: dict[str, str]
    stations: tuple[KnownStation, ...]


class AmbiguousError(Exception):
    """An id that several zones have; `zones` names them."""

    def __init__(self, zones: list[str]) -> None:
        super().__init__(", ".join(zones))
        self.zones = zones


class OpenJobs(msgspec.Struct, frozen=True):
    """A page of a zone's open jobs; `next_after` is where the next one goes on."""

    jobs: list[JobDoc]
    next_after: int | None


class ReadModel:
    """Views of jobs, workers and zones. Raises RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def ping(self) -> None:
        """Raise RedisError unless Redis answers."""
        await cast(Any, self._redis.ping())

    async def zones(self) -> list[str]:
        """The zones that have a market."""
        members = await cast(Any, self._redis.smembers(ZONES))
        return sorted(member.decode() for member in members)

    async def public_job(self, job_id: str, zone: str | None) -> PublicJob | None:
        """A job as anybody may see it.

        Raises AmbiguousError when several zones have the id and none is named.
        """
        job = await self._one(JobDoc, job_key, job_id, zone)
        return None if job is None else _public_job(job)

    async def job(self, job_id: str, zone: str | None) -> JobDoc | None:
        """A job as it stands. Raises AmbiguousError as above."""
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

    async def worker_view(self, home: WorkerDoc, said: WorkerAvailable | None) -> WorkerView:
        """A worker's matches at home, offers and bookings everywhere, and lines about the jobs.

        `said` is their availability, for those who may see it.
        """
        docs = await self.everywhere(home)
        briefs = [brief(job) for doc in docs for job in await self.jobs_of(doc)]
        now = await self.now(home.zone)
        return WorkerView(
            worker_id=home.worker_id,
            zone=home.zone,
            station_id=home.station_id,
            available=home.valid_until is not None and home.valid_until > now,
            valid_until=home.valid_until,
            availability=said,
            matches=ranking_view(home.ranking),
            offers=[
                _as(WorkerOfferView, offer, offer_id=offer_id, zone=doc.zone)
                for doc in docs
                for offer_id, offer in doc.offers.items()
            ],
            bookings=[
                _as(WorkerBookingView, held, job_id=key, zone=doc.zone)
                for doc in docs
                for key, held in doc.bookings.items()
                if not held.job_zone  # it is told by the zone of the job
            ],
            jobs=briefs,
        )

    async def station_jobs(self, zone: str, station_id: str, *, only_open: bool) -> StationJobs:
        """The newest jobs of a station, the oldest of them first."""
        ids = await self._newest(posted_key(zone, station_id), MOST_OF_STATION)
        now = await self.now(zone)
        found = await self.jobs(zone, reversed(ids))
        jobs = [job for job in found if job.status == "open" or not only_open]
        return StationJobs(
            station_id=station_id, now=now, jobs=[_station_job(job, now) for job in jobs]
        )

    async def open_jobs(self, zone: str, after: int, most: int) -> OpenJobs:
        """The open jobs posted after an offset, in the order of posting, at most so many."""
        key = index_key("open", zone)
        found = await cast(
            Any,
            self._redis.zrange(
                key, f"({after}", "+inf", byscore=True, offset=0, num=most + 1, withscores=True
            ),
        )
        page = found[:most]
        jobs = await self.jobs(zone, [member.decode() for member, _ in page])
        next_after = int(page[-1][1]) if len(found) > most else None
        return OpenJobs([job for job in jobs if job.status == "open"], next_after)

    async def unmatched(self, zone: str, wanted: str) -> list[StationJob]:
        """Open jobs that lack people, the oldest first; with `wanted` in a title, place or id."""
        ids = await self._newest(index_key("open", zone), MOST_OF_STATION)
        now = await self.now(zone)
        jobs = await self.jobs(zone, reversed(ids))
        return [
            _station_job(job, now)
            for job in jobs
            if job.remaining > 0 and wanted.casefold() in _words_of(job).casefold()
        ]

    async def town(self, zone: str, zones: list[str], cursor: str) -> TownView:
        """A zone as the page shows it."""
        [market] = await self.markets([zone])
        now = await self.now(zone)
        open_ids = await self._newest(index_key("open", zone), MOST_JOBS)
        ranked_ids = await self._newest(index_key("ranked", zone), MOST_RANKINGS)
        jobs = await self.jobs(zone, open_ids)
        ranked = await self.jobs(zone, ranked_ids)
        stations = await self._stations(market, now)
        known = known_zones()
        return TownView(
            zone=zone,
            zones=zones,
            place=known[zone].name if zone in known else None,
            cursor=cursor,
            now=now,
            model=market.model,
            totals=market.totals,
            open_jobs=sum(station.jobs for station in stations),
            open_places=sum(station.places for station in stations),
            open_offers=market.open_offers,
            workers=sum(station.workers for station in stations),
            blocked_employers=len(market.blocked),
            stations=stations,
            jobs=[brief(job) for job in jobs],
            rankings=[_public_job(job) for job in ranked],
        )

    async def _stations(self, market: ZoneDoc, now: int) -> list[StationView]:
        """The zone's known stations, then others that have been seen."""
        zone = market.zone
        place = known_zones().get(zone)
        known = {} if place is None else {f"{zone}-{s.number}": s for s in place.stations}
        ids = [*known, *sorted(market.stations.keys() - known.keys())]
        async with self._redis.pipeline(transaction=False) as pipeline:
            for station_id in ids:
                pipeline.zcount(present_key(zone, station_id), f"({now}", "+inf")
            present = await pipeline.execute() if ids else []
        views = []
        for station_id, workers in zip(ids, present, strict=True):
            seen, fixed = market.stations.get(station_id), known.get(station_id)
            views.append(
                StationView(
                    station_id=station_id,
                    name=fixed.name if fixed else None,
                    lat=fixed.lat if fixed else seen.lat if seen else None,
                    lon=fixed.lon if fixed else seen.lon if seen else None,
                    approximate=True,
                    jobs=seen.jobs if seen else 0,
                    places=seen.places if seen else 0,
                    workers=workers,
                )
            )
        return views

    async def now(self, zone: str) -> int:
        """The market's clock: its own, or its partition's when that has gone on."""
        partitions = int(await self._redis.get(PARTITIONS) or 1)
        [market] = await self._documents(ZoneDoc, [zone_key(zone)])
        key = progress_key(partition_of(zone, partitions))
        [progress] = await self._documents(Progress, [key])
        return max(market.clock if market else 0, progress.clock if progress else 0)

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

    async def jobs_of(self, worker: WorkerDoc) -> list[JobDoc]:
        """The jobs of one zone that a worker is ranked for, asked for, or booked for there."""
        lines = () if worker.ranking is None else worker.ranking.lines
        ids = [line.job_id for line in lines if line.job_id is not None]
        ids += [offer.job_id for offer in worker.offers.values()]
        return await self.jobs(worker.zone, dict.fromkeys([*ids, *worker.bookings]))

    async def markets(self, zones: Sequence[str]) -> list[ZoneDoc]:
        """Markets at a glance; those that are not there yet are empty."""
        found = await self._documents(ZoneDoc, [zone_key(zone) for zone in zones])
        return [doc or ZoneDoc(zone=zone) for zone, doc in zip(zones, found, strict=True)]

    async def _newest(self, key: str, most: int) -> list[str]:
        members = await cast(Any, self._redis.zrange(key, 0, most - 1, desc=True))
        return [member.decode() for member in members]

    async def jobs(self, zone: str, job_ids: Iterable[str]) -> list[JobDoc]:
        """Jobs as they stand, those that there are."""
        found = await self._documents(JobDoc, [job_key(zone, job_id) for job_id in job_ids])
        return [job for job in found if job is not None]

    async def _documents(self, kind: type[D], keys: Sequence[str]) -> list[D | None]:
        stored = await cast(Any, self._redis.mget(keys)) if keys else []
        return [None if one is None else msgspec.json.decode(one, type=kind) for one in stored]


@cache
def known_zones() -> dict[str, KnownZone]:
    """Names and approximate station coordinates of the zones that ship with the gateway."""
    content = resources.files("gateway").joinpath("stations.json").read_bytes()
    decoded = msgspec.json.decode(content, type=dict[str, Any])
    zones = msgspec.convert(decoded["zones"], list[KnownZone])
    return {zone.zone: zone for zone in zones}


def job_view(job: JobDoc) -> JobView:
    """A job as its station sees it."""
    return JobView(
        job=brief(job),
        posting=job.posted,
        booked=job.booked,
        missing=job.remaining,
        expires_at=job.expires_at,
        ranking=ranking_view(job.ranking),
        offers=[_as(OfferView, offer) for offer in job.offers.values()],
        bookings=[_as(BookingView, booking) for booking in job.bookings.values()],
        unfilled=job.unfilled,
    )


def ranking_view(ranking: RankingDoc | None) -> RankingView | None:
    """A ranking with who or what is ranked."""
    if ranking is None:
        return None
    return RankingView(**_head(ranking), ranking=list(ranking.lines))


def _public_job(job: JobDoc) -> PublicJob:
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


def _head(ranking: RankingDoc) -> dict[str, Any]:
    return {
        name: getattr(ranking, name)
        for name in ("at", "model", "policy", "pool", "feasible", "excluded")
    }


def _as(kind: type[V], struct: msgspec.Struct, **more: Any) -> V:
    """A document as the answer that has its fields, and more."""
    return kind(**{name: getattr(struct, name) for name in struct.__struct_fields__}, **more)
