"""The checks behind `gigmatch doctor`: each finds one thing well or says what to do."""

import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import msgspec
import redis
from confluent_kafka import KafkaException

from events.topics import EVENTS
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from gigmatch.topics_admin import TopicsError, check_topics
from models.registry import Registry, ReleaseError

PINNED: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
MOST_CLOCK_LAG_S: Final = 300.0


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at. `detail` says how it is, or what to do."""

    what: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """All findings; never raises for what it looks at."""
    return [
        _look("broker and topics", lambda: _topics(settings)),
        _look("Redis", lambda: _redis(settings)),
        _look("model", lambda: _model(settings)),
        _look("clock", lambda: _clock(settings)),
        _look("versions", _versions),
    ]


class _Trouble(Exception):
    pass


def _look(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, check())
    except (_Trouble, TopicsError, ReleaseError, KafkaException, redis.RedisError) as error:
        return Finding(what, False, str(error))


def _topics(settings: Settings) -> str:
    reports = check_topics(settings.kafka)
    problems = [f"{report.name}: {p}" for report in reports for p in report.problems]
    if problems:
        raise _Trouble("; ".join(problems))
    return f"{settings.kafka} answers, {len(reports)} topics of {reports[0].partitions} partitions"


def _redis(settings: Settings) -> str:
    client = redis.Redis.from_url(settings.redis, socket_timeout=5)
    try:
        client.ping()
    except redis.RedisError as error:
        raise _Trouble(
            f"{error}: start Redis, or name yours with GIGMATCH_REDIS (matching goes on without it)"
        ) from error
    return "answers"


def _model(settings: Settings) -> str:
    registry = Registry(settings.releases)
    newest = registry.newest()
    registry.open(newest)
    return f"{newest} opens and gives its golden scores"


def _clock(settings: Settings) -> str:
    """Compare this machine's clock with the newest record on the broker."""
    with LogReader(settings.kafka) as reader:
        newest = 0
        for partition in reader.partitions(EVENTS):
            _, end = reader.bounds(EVENTS, partition)
            for record in reader.read(EVENTS, partition, end - 1, end):
                newest = max(newest, record.timestamp)
    if newest == 0:
        return "no events yet to compare with"
    ahead = newest / 1000 - time.time()
    if ahead > MOST_CLOCK_LAG_S:
        raise _Trouble(f"the broker's last record is {ahead:.0f} s in the future: set the clocks")
    return f"the last event is {max(0.0, -ahead):.0f} s old"


def _versions() -> str:
    for package, wanted in PINNED.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            raise _Trouble(f"{package} is {found}, not {wanted}: pip install {package}=={wanted}")
    return ", ".join(f"{package} {wanted}" for package, wanted in PINNED.items())
