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

from events.topics import EVENTS
from gateway.places import zones_with
from gateway.sealing import SEALED_KINDS, Vault, contact_keys
from gateway.store import Store, StoreError
from gigmatch.errors import NoTopicError, UserError
from gigmatch.gateway_wishes import listed, store_of
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from gigmatch.redis_address import redis_url
from gigmatch.settings import Settings
from gigmatch.telling import tell
from gigmatch.topics_admin import check_topics
from models.registry import Registry

PINNED: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
MOST_CLOCK_LAG_S: Final = 300.0
KERNELS: Final = (
    "events._scan",
    "matching._assignment",
    "matching._bytestore",
    "matching._reasons",
    "matching._table",
    "matching._weights",
    "models._trees",
)
_TICKS_MISSED: Final = 5
_HEALTH_TIMEOUT_S: Final = 3.0


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at. `detail` says how it is, or what to do."""

    what: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """All findings; never raises for what it looks at."""
    broker = _look("broker and topics", lambda: _topics(settings))
    findings = [broker]
    if broker.ok:
        findings.append(_look("clock", lambda: _clock(settings)))
    findings += [
        _look("Redis", lambda: _redis(settings)),
        _look("store and contacts", lambda: _store(settings)),
        _look("stations", lambda: _stations(settings)),
        _look("model", lambda: _model(settings)),
        _look("compiled core", _compiled),
        _look("versions", _versions),
    ]
    ports = {"gateway": settings.gateway_port, "metrics": settings.metrics_port}
    findings += [
        _look(f"{name} port", partial(_program, settings.http_host, port, name))
        for name, port in ports.items()
        if port  # 0: it takes a free one, nobody knows which
    ]
    return findings


def _look(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, check())
    except Exception as error:
        told = tell(error)
        if told is None:
            return Finding(what, False, f"{type(error).__name__}: {error}")
        return Finding(what, False, told.message)


def _topics(settings: Settings) -> str:
    require_broker(settings.kafka)
    reports = check_topics(settings.kafka)
    problems = [f"{report.name}: {p}" for report in reports for p in report.problems]
    if problems:
        raise UserError("; ".join(problems))
    return f"{settings.kafka} answers, {len(reports)} topics of {reports[0].partitions} partitions"


def _redis(settings: Settings) -> str:
    try:
        redis.Redis.from_url(redis_url(settings.redis), socket_timeout=5).ping()
    except redis.RedisError as error:
        raise UserError(
            f"{error}: start Redis, or name yours with GIGMATCH_REDIS (matching goes on without it)"
        ) from error
    return "answers"


def _store(settings: Settings) -> str:
    """Whether the gateway's store opens, and every contact in it has its key."""
    scheme, _, path = settings.store.partition(":")
    if scheme == "sqlite" and not Path(path).exists():
        return f"there is no {path} yet; the gateway makes it"
    try:
        keys = contact_keys(listed(settings.contact_keys, settings.contact_keys_file))
    except ValueError as error:
        raise UserError(str(error)) from error
    sealed = asyncio.run(_sealed_with(store_of(settings)))
    if missing := sorted(sealed - {key.key_id for key in keys}):
        raise UserError(
            f"contacts are sealed with {', '.join(missing)}, and no such key is given: "
            "add it to GIGMATCH_CONTACT_KEYS"
        )
    if not keys:
        return "opens; without GIGMATCH_CONTACT_KEYS it keeps no contacts"
    return f"opens, as do its contacts; {keys[0].key_id} seals"


async def _sealed_with(store: Store) -> set[str]:
    """The ids of the keys that seal what is in a store. Raises UserError."""
    try:
        await store.ping()
        return {key for kind in SEALED_KINDS for key in await Vault(store, kind, ()).keys_used()}
    except StoreError as error:
        raise UserError(f"{error}: correct GIGMATCH_STORE") from error
    finally:
        await store.close()


def _stations(settings: Settings) -> str:
    zones = ", ".join(zones_with(settings.stations))
    more = "set GIGMATCH_STATIONS for others" if settings.stations is None else settings.stations
    return f"the places of those in {zones} are known ({more})"


def _model(settings: Settings) -> str:
    if not settings.releases.is_dir():
        raise UserError(f"there is no folder {settings.releases}: correct GIGMATCH_RELEASES")
    registry = Registry(settings.releases)
    registry.require_sound()
    releases = len(registry.releases())
    return f"{registry.newest()} is the newest of {releases}; all open and give their golden scores"


def _compiled() -> str:
    """Without the kernels everything works and is slow: worth knowing, no fault."""
    missing = [name for name in KERNELS if find_spec(name) is None]
    if not missing:
        return f"{len(KERNELS)} kernels"
    return (
        f"not built: {', '.join(missing)}; the plain paths give the same bytes, later. Install a C "
        "compiler and Python's headers, then gigmatch again"
    )


def _clock(settings: Settings) -> str:
    """Compare this machine's clock with the newest record of each partition.

    Every partition gets a tick once in `tick_s`; one without belongs to no matcher.
    """
    now = time.time()
    newest = _newest_records(settings.kafka)
    if not any(newest.values()):
        return "no events yet to compare with"
    ahead = max(newest.values()) / 1000 - now
    if ahead > MOST_CLOCK_LAG_S:
        raise UserError(f"the last event is {ahead:.0f} s in the future: set the machines' clocks")
    age = {number: max(0.0, now - stamp / 1000) for number, stamp in newest.items() if stamp}
    oldest = max(age, key=age.__getitem__)
    patience_s = max(MOST_CLOCK_LAG_S, _TICKS_MISSED * settings.tick_s)
    if settings.clock == "wall" and age[oldest] > patience_s:
        raise UserError(
            f"nothing has moved the clock of partition {oldest} for {age[oldest]:.0f} s: start "
            "`gigmatch matcher`, or set GIGMATCH_CLOCK=external if others write the ticks"
        )
    return f"the last event is {min(age.values()):.0f} s old"


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


def _versions() -> str:
    for package, wanted in PINNED.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            raise UserError(f"{package} is {found}, not {wanted}: pip install {package}=={wanted}")
    pinned = ", ".join(f"{package} {wanted}" for package, wanted in PINNED.items())
    return f"gigmatch {version('gigmatch')}, Python {platform.python_version()}, {pinned}"


def _program(host: str, port: int, name: str) -> str:
    """Whether one of our programs on a port is well; none there is no fault."""
    where = f"{host}:{port}"
    connection = http.client.HTTPConnection(host, port, timeout=_HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        health = json.loads(answer.read())
        status = health["status"]
    except ConnectionRefusedError:
        return f"nothing runs at {where}, the port is free"
    except TimeoutError:
        raise UserError(f"{where} does not answer: restart what runs there") from None
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        raise UserError(
            f"another program uses {where}: end it, or choose another GIGMATCH_{name.upper()}_PORT"
        ) from None
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise UserError(
            f"{where} is not well: {health.get('reason') or health.get('title', status)}"
        )
    return f"{where} is well"
