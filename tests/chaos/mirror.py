"""The read model of an undisturbed projection, to hold against the one that faults happen to."""

from typing import Any, Final

from confluent_kafka import KafkaException
from redis import Redis, RedisError

from gigmatch.readmodel.keys import PREFIX
from gigmatch.readmodel.notices import noticing_key
from gigmatch.settings import Settings
from streams.notice_projector import NoticeProjector
from streams.projector import Projector
from tests.projecting import dump

_PROGRESS: Final = (f"{PREFIX}progress", noticing_key(0).removesuffix("0"))
"""How far readers have looked: the log's address is part of it, and each has its own."""
_PATIENCE_S: Final = 0.01


class Mirror:
    """Projects the same log, past everything that is broken, into a Redis of its own at `url`."""

    def __init__(self, bootstrap: str, url: str) -> None:
        settings = Settings(kafka=bootstrap, redis=url)
        self._url = url
        self._market = Projector(settings)
        self._notices = NoticeProjector(settings)

    def is_like(self, url: str) -> bool:
        """Whether the read model at `url` is the undisturbed one of all that is on the log now."""
        return self._catch_up() and not self._differences(url)

    def differs(self, url: str) -> dict[str, tuple[Any, Any]]:
        """The keys of the read model at `url` that are not as they should be now: both values.

        Who has waited in vain for something else has not asked before: this one must catch up, too.
        """
        self._catch_up()
        return self._differences(url)

    def progress(self, url: str) -> dict[str, Any]:
        """How far the readers of the read model at `url` have come."""
        return {key: value for key, value in _dumped(url).items() if key.startswith(_PROGRESS)}

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

    def _differences(self, url: str) -> dict[str, tuple[Any, Any]]:
        theirs, ours = _read_model(url), _read_model(self._url)
        both = ((key, theirs.get(key), ours.get(key)) for key in ours.keys() | theirs.keys())
        return {key: (found, due) for key, found, due in both if found != due}

    def close(self) -> None:
        """Disconnect."""
        self._market.close()
        self._notices.close()


def _read_model(url: str) -> dict[str, Any]:
    """All of it but how far its readers have looked."""
    return {key: value for key, value in _dumped(url).items() if not key.startswith(_PROGRESS)}


def _dumped(url: str) -> dict[str, Any]:
    try:
        with Redis.from_url(url) as redis:
            redis.ping()
        return dump(url)
    except RedisError:
        return {"": "does not answer"}
