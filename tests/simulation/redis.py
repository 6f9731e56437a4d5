"""redis-py on fakeredis, with a server that can be down, and replies that are lost."""

from typing import Any

from fakeredis import FakeRedis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from tests.simulation.process import current


class SimulatedRedis(FakeRedis):
    """A connection of the process at work to its world's Redis."""

    @classmethod
    def from_url(cls, url: str, **_: Any) -> "SimulatedRedis":
        return cls(server=current().around.redis, retry=Retry(NoBackoff(), 0))

    def execute_command(self, *args: Any, **options: Any) -> Any:
        _reach()
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "_Pipeline":
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _Pipeline(Pipeline):
    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        _reach()
        return super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        _reach()
        current().passes("read model to be written")
        result = super().execute(raise_on_error)
        current().passes("read model written")
        if current().around.redis_replies_to_lose > 0:
            current().around.redis_replies_to_lose -= 1
            raise RedisTimeoutError("the reply is lost")
        return result


def _reach() -> None:
    process = current()
    process.passes("redis asked")
    if process.around.redis_is_down or process.is_cut_off:
        raise RedisConnectionError("nobody answers")
