"""Rate limits: so many requests of an address or a key in a sliding window, counted in Redis.

While Redis is away each process counts its own.
"""

import asyncio
from typing import Final, Literal

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.problems import Problem

_PATIENCE_S: Final = 1.0
"""Redis may hang rather than refuse; nobody waits longer to be counted."""

Bucket = Literal["anyone", "known", "sign_in"]


class TooManyError(Problem):
    """One request too many; `is_first` of those in the window of the limit."""

    def __init__(self, seconds: int, *, is_first: bool) -> None:
        wait = str(seconds)
        super().__init__(429, "too_many", headers={"retry-after": wait}, seconds=wait)
        self.is_first = is_first


class Throttle:
    """Counts requests by bucket and by whoever asks."""

    def __init__(self, redis: Redis, rates: dict[Bucket, str]) -> None:
        """`rates` are written `600/minute`. Raises ValueError for one that is not."""
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="gigmatch-rate",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]
        )
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rates: dict[Bucket, RateLimitItem] = {name: parse(r) for name, r in rates.items()}

    async def count(self, bucket: Bucket, who: str) -> None:
        """Count one request. Raises TooManyError with the time to wait when it is one too many."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._count(self._shared, bucket, who)
        except (RedisError, TimeoutError):
            await self._count(self._own, bucket, who)

    async def _count(
        self, limiter: SlidingWindowCounterRateLimiter, bucket: Bucket, who: str
    ) -> None:
        rate = self._rates[bucket]
        if not await limiter.hit(rate, bucket, who):
            once = type(rate)(1, rate.multiples)
            is_first = await limiter.hit(once, "refused", bucket, who)
            raise TooManyError(rate.get_expiry(), is_first=is_first)
