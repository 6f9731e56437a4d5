"""The read model of an undisturbed projection, to hold against the one that faults happen to."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from confluent_kafka import KafkaException
from redis import Redis, RedisError

from gigmatch.readmodel.keys import ENDS, PREFIX, progress_key
from gigmatch.readmodel.notices import NOTICING_ENDS, noticing_key
from gigmatch.settings import Settings
from streams.notice_projector import NoticeProjector
from streams.projector import Projector
from tests.projecting import dump

T = TypeVar("T")

_NOT_COMPARED: Final = (
    f"{PREFIX}progress",
    noticing_key(0).removesuffix("0"),
    ENDS,
    NOTICING_ENDS,
)
"""How far readers have looked, and where they began: the log's address is part of it, and each has
its own."""
_DIGESTS: Final = """
local page, found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 1000), {}
for _, key in ipairs(page[2]) do
  local kind, value = redis.call('TYPE', key).ok, nil
  if kind == 'string' then value = redis.call('GET', key)
  elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  elseif kind == 'stream' then value = redis.call('XRANGE', key, '-', '+')
  elseif kind == 'set' then value = redis.call('SMEMBERS', key); table.sort(value)
  else value = redis.call('HGETALL', key) end
  found[#found + 1] = key
  found[#found + 1] = redis.sha1hex(cjson.encode(value))
end
return {page[1], found}
"""
"""Of a page of keys each with the digest of what it holds."""
_PATIENCE_S: Final = 0.01


class Mirror:
    """Projects the same log, past everything that is broken, into a Redis of its own at `url`."""

    def __init__(self, bootstrap: str, url: str, partitions: int) -> None:
        settings = Settings(kafka=bootstrap, redis=url)
        self._url = url
        self._readers = [key(n) for key in (progress_key, noticing_key) for n in range(partitions)]
        self._market = Projector(settings)
        self._notices = NoticeProjector(settings)

    def is_like(self, url: str) -> bool:
        """Whether the read model at `url` is the undisturbed one of all that is on the log now."""
        try:
            return self._catch_up() and digests(url) == digests(self._url)
        except RedisError:
            return False

    def differs(self, url: str) -> dict[str, tuple[Any, Any]]:
        """The keys of the read model at `url` that are not as they should be now: both values.

        Who has waited in vain for something else has not asked before: this one must catch up, too.
        """
        self._catch_up()
        theirs, ours = _read_model(url), _read_model(self._url)
        both = ((key, theirs.get(key), ours.get(key)) for key in ours.keys() | theirs.keys())
        return {key: (found, due) for key, found, due in both if found != due}

    def progress(self, url: str) -> dict[str, Any]:
        """How far the readers of the read model at `url` have come."""
        try:
            with Redis.from_url(url) as redis:
                return dict(zip(self._readers, redis.mget(self._readers), strict=True))
        except RedisError:
            return {}

    def _catch_up(self) -> bool:
        """Project all that is on the log now; whether it could be."""
        try:
            goals, notice_goals = self._market.goals(), self._notices.goals()
            total = sum(sum(goal) for goal in goals.values())
            while self._market.done(goals) < total:
                self._market.run_once(_PATIENCE_S)
            while not self._notices.reached(notice_goals):
                self._notices.run_once(_PATIENCE_S)
        except (KafkaException, RedisError):
            return False
        return True

    def close(self) -> None:
        """Disconnect."""
        self._market.close()
        self._notices.close()


def digests(url: str) -> dict[str, str]:
    """What tells whether a key holds the same elsewhere. Raises RedisError.

    Redis works it out by itself: to read thousands of keys here takes seconds.
    """
    found: dict[str, str] = {}
    with Redis.from_url(url, decode_responses=True) as redis:
        digest = redis.register_script(_DIGESTS)
        cursor = None
        while cursor != "0":
            cursor, page = digest(args=[cursor or "0", f"{PREFIX}*"])
            found.update(zip(page[::2], page[1::2], strict=True))
    return _but_progress(found)


def _read_model(url: str) -> dict[str, Any]:
    try:
        with Redis.from_url(url) as redis:
            redis.ping()
        return _but_progress(dump(url))
    except RedisError:
        return {"": "does not answer"}


def _but_progress(found: Mapping[str, T]) -> dict[str, T]:
    """All of a read model but how far its readers have looked."""
    return {key: value for key, value in found.items() if not key.startswith(_NOT_COMPARED)}
