"""A real gateway, on a real port or in this process; the log it writes to is kept here."""

import asyncio
import hashlib
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn

from events.audit import AuditRecorded
from events.facts import Fact
from events.tracing import Trace, begun
from gateway.access.keys import KeyRecord, KeyRole
from gateway.access.passes import Passes
from gateway.access.principals import Worker
from gateway.advice import AdviceError
from gateway.answers.terminal import AdviceView
from gateway.app import create_app
from gateway.operations import Letter, LettersError, Replayed
from gateway.parts import Parts, Wishes, now_ms
from gateway.publishing import Landed, PublishError
from gateway.sealing import ContactKey
from gateway.store import Store, open_store
from tests.town import NOW

SIGNING_KEY = "a signing key of the tests, long enough"
SECRET = "r" * 43
READER = {"authorization": f"Bearer gm_{0:012}_{SECRET}"}
STATION = {"authorization": f"Bearer gm_{1:012}_{SECRET}"}
OPERATOR_OF_ZONES = {"authorization": f"Bearer gm_{2:012}_{SECRET}"}
"""The headers of a reader, a station and an operator of zones whom every serving gateway knows."""
ZONES = ("511181", "511999")
"""Those of the operator; in the second there is no market."""
CONTACT_KEY = ContactKey("first", bytes(range(32)))


class KeptLog:
    """What a gateway published, in order; with `down` it takes nothing."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, str, Fact]] = []
        self.traces: list[Trace] = []
        self.lines: list[AuditRecorded] = []
        self.down = False

    async def fact(self, fact: Fact, *, id: str, source: str, time: int, trace: Trace) -> Landed:
        self._check()
        self.facts.append((source, id, fact))
        self.traces.append(trace)
        return Landed(0, len(self.facts) - 1)

    async def everywhere(self, fact: Fact, *, id: str, source: str, time: int) -> int:
        await self.fact(fact, id=id, source=source, time=time, trace=begun(source, id))
        return 1

    async def record(self, line: AuditRecorded, *, id: str, source: str) -> Landed:
        self._check()
        self.lines.append(line)
        return Landed(0, len(self.lines) - 1)

    def refusals(self) -> list[str]:
        """The reasons of what was refused."""
        return [line.why for line in self.lines if line.action == "refused"]

    def _check(self) -> None:
        if self.down:
            raise PublishError("the log is down")


class KeptLetters:
    """Dead letters as a broker would have them, and which were sent again."""

    def __init__(self) -> None:
        self.letters: dict[str, Letter] = {}
        self.down = False

    async def newest(self) -> list[Letter]:
        self._check()
        return list(self.letters.values())

    async def replay(self, origins: Sequence[str]) -> Replayed:
        self._check()
        known = [origin for origin in origins if origin in self.letters]
        repeated = [one for one in known if self.letters[one].replayed_at is not None]
        published = [one for one in known if one not in repeated]
        for origin in published:
            self.letters[origin] = self.letters[origin].marked(NOW)
        unknown = [origin for origin in origins if origin not in known]
        return Replayed(published=published, repeated=repeated, unknown=unknown)

    def _check(self) -> None:
        if self.down:
            raise LettersError("the log is down")


class Adviser:
    """Advises the same each time, or raises what it is told to, and says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.error: AdviceError | None = None

    async def __call__(self, zone: str, job_id: str, language: str) -> AdviceView:
        self.asked.append((zone, job_id, language))
        if self.error is not None:
            raise self.error
        return AdviceView(
            job_id=job_id, feasible=1, expected=0.5, open_places=2, lines=["…"], changes=[]
        )


class Gateway:
    """A gateway in this process: a client of it, its parts, and what it published."""

    def __init__(self, client: httpx.AsyncClient, parts: Parts, log: KeptLog) -> None:
        self.client = client
        self.parts = parts
        self.log = log

    async def station(self, station_id: str = "511181-05", zone: str = "511181") -> dict[str, str]:
        """The headers of a station's terminal."""
        _, key = await self.parts.keys.create("station", "t", zone=zone, station_id=station_id)
        return {"authorization": f"Bearer {key}"}

    async def operator(
        self, *, reader: bool = False, zones: tuple[str, ...] | None = None
    ) -> dict[str, str]:
        """The headers of an operator, of all zones or of some."""
        role: KeyRole = "reader" if reader else "operator"
        _, key = await self.parts.keys.create(role, "ops", zones=zones)
        return {"authorization": f"Bearer {key}"}

    async def refusals(self) -> list[str]:
        """The reasons of what was refused, once all of it is in the audit."""
        await self.parts.audit.drain()
        return self.log.refusals()


def wishes_of(redis_url: str, store: Store, log: KeptLog, **changes: Any) -> Wishes:
    """A gateway's wishes for a test."""
    wishes = Wishes(
        redis_url=redis_url,
        store=store,
        publishing=log,
        dead_letters=KeptLetters(),
        advise=Adviser(),
        signing_keys=(SIGNING_KEY,),
        contact_keys=(CONTACT_KEY,),
        rate_sign_in="1000/minute",
        rate_anyone="100000/minute",
        rate_known="100000/minute",
    )
    return wishes._replace(**changes)


async def _keep_keys(store: Store) -> None:
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    reader = KeyRecord(
        key_id=f"{0:012}", role="reader", name="tests", digest=digest, created_at=NOW
    )
    station = msgspec.structs.replace(
        reader, key_id=f"{1:012}", role="station", zone="511181", station_id="511181-05"
    )
    operator = msgspec.structs.replace(
        reader, key_id=f"{2:012}", role="operator", name="zones", zones=ZONES
    )
    for record in (reader, station, operator):
        await store.put("key", record.key_id, msgspec.json.encode(record))


def worker_link(worker_id: str) -> str:
    """A link for a worker of the station, as a gateway of the tests signs it."""
    unused = open_store("redis://127.0.0.1:1/0")
    passes = Passes(unused, now_ms, (SIGNING_KEY,), link_ttl_s=86_400, code_ttl_s=600)
    return passes.link(Worker(zone="511181", worker_id=worker_id, station_id="511181-05"))[0]


@contextmanager
def serving(redis_url: str, port: int = 0, **changes: Any) -> Iterator[str]:
    """The address of a running gateway over a read model."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:{Path(folder) / 'store.db'}")
        with ThreadPoolExecutor(1) as aside:  # a browser test has a loop of its own here
            aside.submit(asyncio.run, _keep_keys(store)).result()
        app = create_app(wishes_of(redis_url, store, KeptLog(), **changes))
        listener = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            app.state.parts.live.close_soon()
            thread.join()
            with ThreadPoolExecutor(1) as aside:
                aside.submit(asyncio.run, store.close()).result()


@asynccontextmanager
async def gateway_of(redis_url: str, **changes: Any) -> AsyncIterator[Gateway]:
    """A gateway in this process, started and stopped as a server would."""
    with tempfile.TemporaryDirectory() as folder:
        log = KeptLog()
        store = open_store(f"sqlite:{Path(folder) / 'store.db'}")
        app = create_app(wishes_of(redis_url, store, log, **changes))
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                yield Gateway(client, app.state.parts, log)
        await store.close()


@asynccontextmanager
async def client_of(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway in this process."""
    async with gateway_of(redis_url) as gateway:
        yield gateway.client
