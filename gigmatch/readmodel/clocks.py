"""The markets' clocks, as the read model has them."""

from typing import cast

import msgspec
from redis import Redis

from events.topics import partition_of
from gigmatch.readmodel.keys import PARTITIONS, ZONES, progress_key, zone_key
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.zone import ZoneDoc


def market_clocks(redis: Redis) -> dict[str, int]:
    """The clock of each zone's market, UTC ms: its own, or its partition's where that is later.

    Raises RedisError.
    """
    zones = sorted(member.decode() for member in cast("set[bytes]", redis.smembers(ZONES)))
    partitions = int(cast("bytes | None", redis.get(PARTITIONS)) or 1)
    return {zone: _clock(redis, zone, partition_of(zone, partitions)) for zone in zones}


def _clock(redis: Redis, zone: str, partition: int) -> int:
    keys = [zone_key(zone), progress_key(partition)]
    market, progress = cast("list[bytes | None]", redis.mget(keys))
    return max(
        msgspec.json.decode(market, type=ZoneDoc).clock if market else 0,
        msgspec.json.decode(progress, type=Progress).clock if progress else 0,
    )
