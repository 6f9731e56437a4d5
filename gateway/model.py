"""Reading the read model: Redis keys in, plain JSON-able views out."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from redis.asyncio import Redis

from gigmatch import readmodel as keys

View = dict[str, Any]

MOST_JOBS = 60
_JSON_FIELDS = ("ranking", "unfilled")
_PLAIN_FIELDS = ("status", "posted", "cancelled")


class ReadModel:
    """Views of jobs, workers and zones. Raises RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def ping(self) -> None:
        """Raise RedisError unless Redis answers."""
        await self._redis.ping()

    async def job(self, job_id: str) -> View | None:
        """A job with its posting, status, latest ranking, open offers and bookings."""
        stored = await self._hash(keys.job(job_id))
        if not stored:
            return None
        bookings = await self._messages(keys.job_bookings(job_id))
        posting = {
            name: msgspec.json.decode(value)
            for name, value in stored.items()
            if name not in (*_JSON_FIELDS, *_PLAIN_FIELDS)
        }
        return {
            "job_id": job_id,
            "status": "cancelled" if "cancelled" in stored else _text(stored, "status", "new"),
            "posted": int(_text(stored, "posted", "0")),
            "posting": posting,
            "booked": sum(booking["places"] for booking in bookings),
            "ranking": _json(stored, "ranking"),
            "unfilled": _json(stored, "unfilled"),
            "offers": await self._messages(keys.job_offers(job_id)),
            "bookings": bookings,
        }

    async def worker(self, worker_id: str) -> View | None:
        """A worker's latest ranked jobs, open offers and bookings."""
        stored = await self._hash(keys.worker(worker_id))
        offers = await self._messages(keys.worker_offers(worker_id))
        bookings = await self._messages(keys.worker_bookings(worker_id))
        if not (stored or offers or bookings):
            return None
        return {
            "worker_id": worker_id,
            "zone": _text(stored, "zone", ""),
            "matches": _json(stored, "ranking"),
            "offers": offers,
            "bookings": bookings,
        }

    async def zones(self) -> list[str]:
        """The zones seen so far."""
        members = cast("set[bytes]", await self._redis.smembers(keys.ZONES))
        return sorted(member.decode() for member in members)

    async def town(self, zone: str) -> View:
        """A zone as the page shows it: clock, model, counters, stations, open jobs newest first."""
        market = await self._hash(keys.market(zone))
        totals = await self._hash(keys.totals(zone))
        stations = await self._hash(keys.stations(zone))
        members = cast("set[bytes]", await self._redis.smembers(keys.open_jobs(zone)))
        jobs = await self._open_jobs([member.decode() for member in members])
        return {
            "zone": zone,
            "now": int(_text(market, "now", "0")),
            "model": _text(market, "model", ""),
            "totals": {name: int(count) for name, count in totals.items()},
            "stations": {number: int(seen) for number, seen in stations.items()},
            "open_jobs": len(members),
            "jobs": jobs,
        }

    async def outcomes_after(self, last_id: str, wait_ms: int) -> list[tuple[str, View]]:
        """Outcomes of the live stream after an id, or those that come within `wait_ms`."""
        found = await self._redis.xread({keys.LIVE: last_id}, count=200, block=wait_ms)
        streams = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", found or [])
        return [
            (id.decode(), {"type": fields[b"type"].decode(), "data": fields[b"data"]})
            for _, entries in streams
            for id, fields in entries
        ]

    async def latest_id(self) -> str:
        """The id of the newest outcome in the live stream."""
        entries = cast("list[tuple[bytes, Any]]", await self._redis.xrevrange(keys.LIVE, count=1))
        return entries[0][0].decode() if entries else "0-0"

    async def _open_jobs(self, job_ids: list[str]) -> list[View]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                pipeline.hget(keys.job(job_id), "posted")
            times = await pipeline.execute() if job_ids else []
        newest = sorted(zip(times, job_ids, strict=True), key=lambda p: (-int(p[0] or 0), p[1]))
        views = [await self.job(job_id) for _, job_id in newest[:MOST_JOBS]]
        return [view for view in views if view is not None and view["status"] == "open"]

    async def _hash(self, key: str) -> dict[str, bytes]:
        stored = cast("dict[bytes, bytes]", await self._redis.hgetall(key))
        return {name.decode(): value for name, value in stored.items()}

    async def _messages(self, key: str) -> list[View]:
        stored = await self._hash(key)
        return [msgspec.json.decode(stored[name]) for name in sorted(stored)]


def _text(stored: Mapping[str, bytes], name: str, default: str) -> str:
    return stored[name].decode() if name in stored else default


def _json(stored: Mapping[str, bytes], name: str) -> Any:
    return msgspec.json.decode(stored[name]) if name in stored else None
