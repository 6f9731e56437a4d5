"""The markets' figures out of the read model, for /metrics and so for the operators' page."""

import time
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
import structlog
from redis import RedisError
from redis.asyncio import Redis

from events.topics import partition_of
from gigmatch.figures import markets
from gigmatch.figures.arithmetic import quantile
from gigmatch.figures.types import FairnessFigures, StationFigures, ZoneFigures
from gigmatch.readmodel.keys import PARTITIONS, ZONES, index_key, progress_key, zone_key
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.zone import FILL_MINUTES, StationDoc, ZoneDoc
from matching.scorer import RULES

MOST_ZONES: Final = 64
"""Of more it is only told how many: a metric for each station of a nation would be too many.

Each is some 20 and 8 a station in what every scrape brings, and three reads of Redis: a province.
"""
MOST_COUNTED: Final = 200
"""Who has had more offers than this counts as this many."""
_log = structlog.get_logger()


async def show_markets(redis: Redis) -> None:
    """Let /metrics say how the markets are; nothing of them while Redis does not answer."""
    try:
        zones, left_out = await read_markets(redis)
    except (RedisError, msgspec.DecodeError) as error:
        _log.warning("no figures of the markets", why=str(error))
        markets.hide()
    else:
        markets.show(zones, time.time(), left_out)


async def read_markets(redis: Redis) -> tuple[list[ZoneFigures], int]:
    """The figures of the first zones, and how many more there are. Raises RedisError."""
    members = await cast(Any, redis.smembers(ZONES))
    partitions = int(await redis.get(PARTITIONS) or 1)
    first = sorted(member.decode() for member in members)[:MOST_ZONES]
    return [await _zone(redis, zone, partitions) for zone in first], len(members) - len(first)


async def _zone(redis: Redis, zone: str, partitions: int) -> ZoneFigures:
    keys = [zone_key(zone), progress_key(partition_of(zone, partitions))]
    stored, progress = await cast(Any, redis.mget(keys))
    market = ZoneDoc(zone=zone) if stored is None else msgspec.json.decode(stored, type=ZoneDoc)
    partition = Progress() if progress is None else msgspec.json.decode(progress, type=Progress)
    offers = await _spread(redis, index_key("asked", zone))
    work = await _spread(redis, index_key("booked", zone))
    workers = sum(offers.values())
    return ZoneFigures(
        zone=zone,
        now=max(market.clock, partition.clock),
        release=market.model or RULES,
        offers=market.offers,
        bookings=market.bookings,
        stations=[_station(name, doc) for name, doc in sorted(market.stations.items())],
        fairness=FairnessFigures(
            workers=workers,
            offers_gini=gini(offers),
            work_gini=gini(work),
            never_asked=round(offers[0] / workers, 4) if workers else None,
        ),
    )


async def _spread(redis: Redis, key: str) -> dict[int, int]:
    """How many members of a sorted set have each score."""
    highest = await cast(Any, redis.zrange(key, -1, -1, withscores=True))
    most = min(MOST_COUNTED, int(highest[0][1]) if highest else 0)
    async with redis.pipeline(transaction=False) as pipeline:
        for score in range(most):
            pipeline.zcount(key, score, score)
        pipeline.zcount(key, most, "+inf")
        counts = await pipeline.execute()
    return dict(enumerate(counts))


def gini(spread: Mapping[int, int]) -> float | None:
    """The Gini coefficient of amounts, by amount how many have it; None when nobody has any.

    G = 2 sum(i x_i) / (n sum(x_i)) - (n + 1) / n over amounts in rising order (Sen 1973).
    """
    people = sum(spread.values())
    total = sum(amount * count for amount, count in spread.items())
    if not total:
        return None
    below, weighted = 0, 0.0
    for amount, count in sorted(spread.items()):
        weighted += amount * (count * below + count * (count + 1) / 2)
        below += count
    return round(2 * weighted / (people * total) - (people + 1) / people, 4)


def _station(station_id: str, doc: StationDoc) -> StationFigures:
    return StationFigures(
        station_id=station_id,
        jobs=doc.jobs,
        places=doc.places,
        closed=doc.closed,
        filled=doc.filled,
        asked=doc.asked,
        booked=doc.booked,
        median_fill_s=_median(doc.fill_times),
        seen_at=doc.seen_at or None,
    )


def _median(times: list[int]) -> float | None:
    """The median of the classes of FILL_MINUTES, in seconds."""
    below, buckets = 0, {}
    for bound, count in zip((*FILL_MINUTES, float("inf")), times, strict=False):
        below += count
        buckets[float(bound)] = float(below)
    middle = quantile(0.5, buckets)
    return None if middle is None else round(middle * 60)
