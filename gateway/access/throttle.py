"""Rate limits: so many requests of an address or a key in a sliding window, counted in Redis."""

from typing import Literal

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from gateway.problems import Problem

Bucket = Literal["anyone", "known", "sign_in"]


class Throttle:
    """Counts requests by bucket and by whoever asks. Raises RedisError when Redis is away."""

    def __init__(self, redis: Redis, rates: dict[Bucket, str]) -> None:
        """`rates` are written `600/minute`. Raises ValueError for one that is not."""
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="gigmatch-rate",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]
        )
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._rates: dict[Bucket, RateLimitItem] = {name: parse(r) for name, r in rates.items()}

    async def count(self, bucket: Bucket, who: str) -> None:
        """Count one request. Raises Problem 429 with the time to wait when it is one too many."""
        rate = self._rates[bucket]
        if not await self._limiter.hit(rate, bucket, who):
            wait = str(rate.get_expiry())
            raise Problem(429, "too_many", headers={"retry-after": wait}, seconds=wait)
