"""The read model as views: documents out of Redis, plain JSON-able values to the page."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar, cast

import msgspec
from redis.asyncio import Redis

from events.topics import partition_of
from gigmatch.readmodel import (
    PARTITIONS,
    ZONES,
    Document,
    JobDoc,
    JobStatus,
    Progress,
    RankingDoc,
    WorkerDoc,
    ZoneDoc,
    brief,
    index_key,
    job_key,
    present_key,
    progress_key,
    worker_key,
    zone_key,
)

View = dict[str, Any]
D = TypeVar("D", bound=Document)

MOST_JOBS: Final = 60
MOST_RANKINGS: Final = 8


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

    async def job(self, job_id: str, zone: str | None) -> View | None:
        """A job: posting, status, latest ranking with reasons, offers, bookings.

        Raises AmbiguousError when several zones have the id and none is named.
        """
        job = await self._one(JobDoc, job_key, job_id, zone)
        return None if job is None else _job_view(job)

    async def worker(self, worker_id: str, zone: str | None) -> View | None:
        """A worker's latest ranked jobs, open offers and bookings, with lines about the jobs.

        Raises AmbiguousError when several zones have the id and none is named.
        """
        worker = await self._one(WorkerDoc, worker_key, worker_id, zone)
        if worker is None:
            return None
        lines = () if worker.ranking is None else worker.ranking.lines
        ids = [line.job_id for line in lines if line.job_id is not None]
        ids += [offer.job_id for offer in worker.offers.values()]
        jobs = await self._jobs(worker.zone, dict.fromkeys([*ids, *worker.bookings]))
        now = await self._now(worker.zone)
        return {
            "worker_id": worker.worker_id,
            "zone": worker.zone,
            "home": worker.home or worker.zone,
            "station_id": worker.station_id,
            "available": worker.valid_until is not None and worker.valid_until > now,
            "valid_until": worker.valid_until,
            "matches": _ranking_view(worker.ranking),
            "offers": [{"offer_id": id, **_plain(o)} for id, o in worker.offers.items()],
            "bookings": [
                {"job_id": id.rpartition("/")[2], **_plain(booking)}
                for id, booking in worker.bookings.items()
            ],
            "jobs": {job.posted.job_id: _plain(brief(job)) for job in jobs},
        }

    async def town(self, zone: str) -> View:
        """A zone as the page shows it: clock, model, figures, stations, jobs, latest rankings."""
        [market] = await self._documents(ZoneDoc, [zone_key(zone)])
        market = market or ZoneDoc(zone=zone)
        now = await self._now(zone)
        open_ids = await self._newest(index_key("open", zone), MOST_JOBS)
        ranked_ids = await self._newest(index_key("ranked", zone), MOST_RANKINGS)
        jobs = await self._jobs(zone, open_ids)
        ranked = await self._jobs(zone, ranked_ids)
        stations = await self._stations(market, now)
        return {
            "zone": zone,
            "now": now,
            "model": market.model,
            "totals": market.totals,
            "open_jobs": sum(station["jobs"] for station in stations),
            "open_places": sum(station["places"] for station in stations),
            "open_offers": market.open_offers,
            "workers": sum(station["workers"] for station in stations),
            "blocked_employers": len(market.blocked),
            "stations": stations,
            "jobs": [_plain(brief(job)) for job in jobs],
            "rankings": [
                {"job": _plain(brief(job)), "ranking": _ranking_view(job.ranking)} for job in ranked
            ],
        }

    async def _stations(self, market: ZoneDoc, now: int) -> list[View]:
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
                {
                    "station_id": station_id,
                    "name": fixed.name if fixed else None,
                    "lat": fixed.lat if fixed else seen and seen.lat,
                    "lon": fixed.lon if fixed else seen and seen.lon,
                    "approximate": True,
                    "jobs": seen.jobs if seen else 0,
                    "places": seen.places if seen else 0,
                    "workers": workers,
                }
            )
        return views

    async def _now(self, zone: str) -> int:
        """The market's clock: its own, or its partition's when that has gone on."""
        partitions = int(await self._redis.get(PARTITIONS) or 1)
        [market] = await self._documents(ZoneDoc, [zone_key(zone)])
        key = progress_key(partition_of(zone, partitions))
        [progress] = await self._documents(Progress, [key])
        return max(market.clock if market else 0, progress.clock if progress else 0)

    async def _one(self, kind: type[D], key: Any, id: str, zone: str | None) -> D | None:
        zones = await self.zones() if zone is None else [zone]
        found = await self._documents(kind, [key(one, id) for one in zones])
        held = [(z, document) for z, document in zip(zones, found, strict=True) if document]
        if len(held) > 1:
            raise AmbiguousError([z for z, _ in held])
        return held[0][1] if held else None

    async def _newest(self, key: str, most: int) -> list[str]:
        members = await cast(Any, self._redis.zrange(key, 0, most - 1, desc=True))
        return [member.decode() for member in members]

    async def _jobs(self, zone: str, job_ids: Iterable[str]) -> list[JobDoc]:
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


def _job_view(job: JobDoc) -> View:
    status: JobStatus = job.status
    return {
        **_plain(brief(job)),
        "status": status,
        "booked": job.booked,
        "expires_at": job.expires_at,
        "posting": _plain(job.posted),
        "ranking": _ranking_view(job.ranking),
        "offers": [_plain(offer) for offer in job.offers.values()],
        "bookings": [_plain(booking) for booking in job.bookings.values()],
        "unfilled": job.unfilled,
    }


def _ranking_view(ranking: RankingDoc | None) -> View | None:
    if ranking is None:
        return None
    return {
        "at": ranking.at,
        "model": ranking.model,
        "policy": ranking.policy,
        "pool": ranking.pool,
        "feasible": ranking.feasible,
        "excluded": ranking.excluded,
        "ranking": [_plain(line) for line in ranking.lines],
    }


def _plain(struct: msgspec.Struct) -> View:
    """All fields by name, those at their defaults, too."""
    return {name: msgspec.to_builtins(getattr(struct, name)) for name in struct.__struct_fields__}
