"""Rate limits: so many requests of an address or a key in a sliding window, counted in Redis."""

from typing import Literal

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from gateway.problems import Problem

Bucket = Literal["anyone", "known", "sign_in"]


class TooManyError(Problem):
    """One request too many; `is_first` of those in the window of the limit."""

    def __init__(self, seconds: int, *, is_first: bool) -> None:
        wait = str(seconds)
        super().__init__(429, "too_many", headers={"retry-after": wait}, seconds=wait)
        self.is_first = is_first


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
        """Count one request. Raises TooManyError with the time to wait when it is one too many."""
        rate = self._rates[bucket]
        if not await self._limiter.hit(rate, bucket, who):
            once = type(rate)(1, rate.multiples)
            is_first = await self._limiter.hit(once, "refused", bucket, who)
            raise TooManyError(rate.get_expiry(), is_first=is_first)
