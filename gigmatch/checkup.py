"""The checks behind `gigmatch doctor`: each finds one thing well or says what to do."""

import asyncio
import http.client
import json
import platform
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import redis
from confluent_kafka import KafkaException

from events.texts import text
from events.topics import EVENTS, TOPICS
from gateway.places import zones_with
from gateway.sealing import SEALED_KINDS, Vault, contact_keys
from gateway.store import Store, StoreError
from gigmatch.errors import NoTopicError, SaidError, UserError
from gigmatch.gateway_wishes import listed, store_of
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from gigmatch.readiness import why_unready
from gigmatch.redis_address import redis_url
from gigmatch.settings import Settings
from gigmatch.telling import SEE_DOCTOR, tell
from gigmatch.tls_trouble import redis_trouble
from gigmatch.topics_admin import check_topics
from models.registry import Registry

PINNED: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
MOST_CLOCK_LAG_S: Final = 300.0
KERNELS: Final = (
    "events._scan",
    "matching._assignment",
    "matching._bytestore",
    "matching._reasons",
    "matching._rounding",
    "matching._table",
    "matching._weights",
    "models._trees",
)
_TICKS_MISSED: Final = 5
_HEALTH_TIMEOUT_S: Final = 3.0
_FETCH_TIMEOUT_S: Final = 10.0


Say = Callable[..., str]
"""The words of the doctor, in a language: a key and its details."""


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at, by its name. `detail` says how it is, or what to do."""

    what: str
    ok: bool
    detail: str


def examine(settings: Settings, language: str = "en") -> list[Finding]:
    """All findings, in a language; never raises for what it looks at."""

    def say(key: str, **details: object) -> str:
        return text(f"doctor.{key}", language, **details)

    def look(what: str, check: Callable[[], str]) -> Finding:
        return _look(say(f"what.{what}"), check, language)

    broker = look("broker", lambda: _topics(settings, say, language))
    findings = [broker]
    if broker.ok:
        findings.append(look("clock", lambda: _clock(settings, say)))
    findings += [
        look("redis", lambda: _redis(settings, say, language)),
        look("store", lambda: _store(settings, say)),
        look("stations", lambda: _stations(settings, say)),
        look("model", lambda: _model(settings, say)),
        look("compiled", lambda: _compiled(say)),
        look("versions", lambda: _versions(say)),
    ]
    ports = {"gateway": settings.gateway_port, "metrics": settings.metrics_port}
    findings += [
        look(f"{name}_port", partial(_program, settings.http_host, port, name, say))
        for name, port in ports.items()
        if port  # 0: it takes a free one, nobody knows which
    ]
    return findings


def _look(what: str, check: Callable[[], str], language: str) -> Finding:
    try:
        return Finding(what, True, check())
    except Exception as error:
        told = tell(error, language)
        if told is None:
            return Finding(what, False, f"{type(error).__name__}: {error}")
        return Finding(what, False, told.message.removesuffix(text(SEE_DOCTOR, language)))


def _topics(settings: Settings, say: Say, language: str) -> str:
    require_broker(settings.kafka)
    reports = check_topics(settings.kafka, language=language)
    problems = [f"{report.name}: {p}" for report in reports for p in report.problems]
    if problems:
        raise UserError("; ".join(problems))
    _require_records(settings.kafka)
    return say("topics", kafka=settings.kafka, n=len(reports), m=reports[0].partitions)


def _require_records(bootstrap: str) -> None:
    """Fetch a record of the first topic that has some: metadata alone come from sick brokers, too.

    Raises UserError.
    """
    with LogReader(bootstrap, ahead=False, silence_s=_FETCH_TIMEOUT_S) as reader:
        for topic in TOPICS:
            for number in reader.partitions(topic.name):
                low, high = reader.bounds(topic.name, number)
                if low == high:
                    continue
                try:
                    next(reader.read(topic.name, number, low, high), None)
                except KafkaException as error:
                    raise SaidError(
                        "doctor.no_record",
                        kafka=bootstrap,
                        topic=topic.name,
                        number=number,
                        why=error.args[0].str(),
                    ) from error
                return


def _redis(settings: Settings, say: Say, language: str) -> str:
    try:
        redis.Redis.from_url(redis_url(settings.redis), socket_timeout=5).ping()
    except redis.RedisError as error:
        why = redis_trouble(settings.redis, language) or error
        raise SaidError("doctor.redis_away", why=why) from error
    return say("answers")


def _store(settings: Settings, say: Say) -> str:
    """Whether the gateway's store opens, and every contact in it has its key."""
    scheme, _, path = settings.store.partition(":")
    if scheme == "sqlite" and not Path(path).exists():
        return say("no_store", path=path)
    try:
        keys = contact_keys(listed(settings.contact_keys, settings.contact_keys_file))
    except ValueError as error:
        raise UserError(str(error)) from error
    sealed = asyncio.run(_sealed_with(store_of(settings)))
    if missing := sorted(sealed - {key.key_id for key in keys}):
        raise SaidError("doctor.keys_missing", keys=", ".join(missing))
    if not keys:
        return say("no_contacts")
    return say("contacts", seals=keys[0].key_id)


async def _sealed_with(store: Store) -> set[str]:
    """The ids of the keys that seal what is in a store. Raises UserError."""
    try:
        await store.ping()
        return {key for kind in SEALED_KINDS for key in await Vault(store, kind, ()).keys_used()}
    except StoreError as error:
        raise SaidError("doctor.store_wrong", why=error) from error
    finally:
        await store.close()


def _stations(settings: Settings, say: Say) -> str:
    zones = ", ".join(zones_with(settings.stations))
    more = say("more_stations") if settings.stations is None else settings.stations
    return say("stations", zones=zones, more=more)


def _model(settings: Settings, say: Say) -> str:
    if not settings.releases.is_dir():
        raise SaidError("doctor.no_releases", path=settings.releases)
    registry = Registry(settings.releases)
    registry.require_sound()
    return say("model", newest=registry.newest(), n=len(registry.releases()))


def _compiled(say: Say) -> str:
    """Without the kernels everything works and is slow: worth knowing, no fault."""
    missing = [name for name in KERNELS if find_spec(name) is None]
    if not missing:
        return say("kernels", n=len(KERNELS))
    return say("not_compiled", missing=", ".join(missing))


def _clock(settings: Settings, say: Say) -> str:
    """Compare this machine's clock with the newest record of each partition.

    Every partition gets a tick once in `tick_s`; one without belongs to no matcher.
    """
    now = time.time()
    newest = _newest_records(settings.kafka)
    if not any(newest.values()):
        return say("no_events")
    ahead = max(newest.values()) / 1000 - now
    if ahead > MOST_CLOCK_LAG_S:
        raise SaidError("doctor.future", s=f"{ahead:.0f}")
    age = {number: max(0.0, now - stamp / 1000) for number, stamp in newest.items() if stamp}
    oldest = max(age, key=age.__getitem__)
    patience_s = max(MOST_CLOCK_LAG_S, _TICKS_MISSED * settings.tick_s)
    if settings.clock == "wall" and age[oldest] > patience_s:
        raise SaidError("doctor.no_ticks", n=oldest, s=f"{age[oldest]:.0f}")
    return say("age", s=f"{min(age.values()):.0f}")


def _newest_records(bootstrap: str) -> dict[int, int]:
    """The time of each partition's last record, UTC ms; 0 for an empty one."""
    newest = {}
    with LogReader(bootstrap) as reader:
        for number in reader.partitions(EVENTS):
            end = reader.bounds(EVENTS, number)[1]
            last = reader.read(EVENTS, number, end - 1, end)
            newest[number] = max((record.timestamp for record in last), default=0)
    if not newest:
        raise NoTopicError(EVENTS)
    return newest


def _versions(say: Say) -> str:
    for package, wanted in PINNED.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = say("missing")
        if found != wanted:
            raise SaidError("doctor.version", package=package, found=found, wanted=wanted)
    pinned = ", ".join(f"{package} {wanted}" for package, wanted in PINNED.items())
    return f"gigmatch {version('gigmatch')}, Python {platform.python_version()}, {pinned}"


def _program(host: str, port: int, name: str, say: Say) -> str:
    """Whether one of our programs on a port is well; none there is no fault."""
    where = f"{host}:{port}"
    connection = http.client.HTTPConnection(host, port, timeout=_HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        body = answer.read()
        json.loads(body)["status"]
    except ConnectionRefusedError:
        return say("free", where=where)
    except TimeoutError:
        raise SaidError("doctor.silent", where=where) from None
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        raise SaidError("doctor.other", where=where, name=name.upper()) from None
    finally:
        connection.close()
    if why := why_unready(answer.status, body):
        raise SaidError("doctor.unwell", where=where, why=why)
    return say("well", where=where)
