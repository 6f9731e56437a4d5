"""The checks behind `gigmatch doctor`: each finds one thing well or says what to do."""

import asyncio
import http.client
import json
import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import redis
from confluent_kafka import KafkaException

from events.phrases import translated
from events.texts import text
from events.topics import TOPICS
from gateway.places import zones_with
from gateway.sealing import SEALED_KINDS, Vault, contact_keys
from gateway.store import Store, StoreError
from gigmatch.clock_checks import Say, log_clock, market_clock
from gigmatch.errors import SaidError, UserError
from gigmatch.gateway_wishes import listed, store_of
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from gigmatch.readiness import why_unready
from gigmatch.readmodel.clocks import market_clocks
from gigmatch.redis_address import redis_url
from gigmatch.settings import Settings
from gigmatch.telling import SEE_DOCTOR, tell
from gigmatch.tls_trouble import redis_trouble
from gigmatch.topics_admin import check_topics
from models.registry import Registry

PINNED: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
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
_HEALTH_TIMEOUT_S: Final = 3.0
_FETCH_TIMEOUT_S: Final = 10.0
_REDIS_TIMEOUT_S: Final = 5.0


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
        findings.append(look("clock", lambda: log_clock(settings, say)))
    read_model = look("redis", lambda: _redis(settings, say, language))
    findings.append(read_model)
    if read_model.ok:
        findings.append(look("market_clock", lambda: _market_clock(settings, say)))
    findings += [
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
                        why=translated(error.args[0].str()),
                    ) from error
                return


def _redis(settings: Settings, say: Say, language: str) -> str:
    try:
        _connected(settings).ping()
    except redis.RedisError as error:
        why = redis_trouble(settings.redis, language) or error
        raise SaidError("doctor.redis_away", why=why) from error
    return say("answers")


def _market_clock(settings: Settings, say: Say) -> str:
    return market_clock(market_clocks(_connected(settings)), settings, say)


def _connected(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(redis_url(settings.redis), socket_timeout=_REDIS_TIMEOUT_S)


def _store(settings: Settings, say: Say) -> str:
    """Whether the gateway's store opens, and every contact in it has its key."""
    scheme, _, path = settings.store.partition(":")
    if scheme == "sqlite" and not Path(path).exists():
        return say("no_store", path=path)
    keys = contact_keys(listed(settings.contact_keys, settings.contact_keys_file))
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
        raise SaidError("doctor.store_wrong", why=error.in_each_language()) from error
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
