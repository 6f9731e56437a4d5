"""A store in Redis: for several gateways. Give it a database that keeps its data on disk.

Its keys do not begin as the read model's do, so a rebuild of that leaves them alone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from redis import RedisError
from redis.asyncio import Redis

from gateway.store.protocol import Kind, StoreError
from gigmatch.redis_address import redis_url

PREFIX: Final = "gigmatch-store:v1:"


class RedisStore:
    """Values under `gigmatch-store:v1:<kind>:<key>`."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            redis_url(url), socket_connect_timeout=5, health_check_interval=30
        )

    async def get(self, kind: Kind, key: str) -> bytes | None:
        """The value, or None."""
        async with _answering():
            return cast("bytes | None", await self._redis.get(_name(kind, key)))

    async def put(self, kind: Kind, key: str, value: bytes, *, until: int | None = None) -> None:
        """Keep a value, in place of one that is there."""
        async with _answering():
            await self._redis.set(_name(kind, key), value, pxat=until)

    async def add(self, kind: Kind, key: str, value: bytes, *, until: int | None = None) -> bool:
        """Keep a value unless there is one; whether it was kept."""
        async with _answering():
            return bool(await self._redis.set(_name(kind, key), value, pxat=until, nx=True))

    async def replace(
        self, kind: Kind, key: str, value: bytes, *, until: int | None = None
    ) -> bool:
        """Keep a value in place of one that is there; whether there was one."""
        async with _answering():
            return bool(await self._redis.set(_name(kind, key), value, pxat=until, xx=True))

    async def take(self, kind: Kind, key: str) -> bytes | None:
        """Remove a value and return it."""
        async with _answering():
            return cast("bytes | None", await self._redis.getdel(_name(kind, key)))

    async def all(self, kind: Kind) -> dict[str, bytes]:
        """Every value of a kind, by key."""
        prefix = _name(kind, "")
        async with _answering():
            names = [name async for name in self._redis.scan_iter(f"{prefix}*", count=1_000)]
            values = await cast(Any, self._redis.mget(names)) if names else []
        return {
            name.decode().removeprefix(prefix): value
            for name, value in sorted(zip(names, values, strict=True))
            if value is not None
        }

    async def ping(self) -> None:
        """Raise StoreError unless Redis answers."""
        async with _answering():
            await cast(Any, self._redis.ping())

    async def close(self) -> None:
        """End the connections."""
        await self._redis.aclose()


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreError("store.redis_silent", why=error) from error


def _name(kind: Kind, key: str) -> str:
    return f"{PREFIX}{kind}:{key}"
