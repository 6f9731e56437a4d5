"""A terminal through its outbox: a real gateway behind a line that can be cut."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from events.codec import encode
from events.facts import ClockTicked, Fact
from gateway.assets import terminal_routes
from producers.outbox.app import Outbox, create_app
from producers.outbox.commands import Commands
from producers.outbox.door import Door
from producers.outbox.forwarder import Forwarder
from producers.outbox.line import Line
from producers.outbox.process import wall_clock
from producers.outbox.sender import Sender
from producers.outbox.sessions import Sessions
from producers.outbox.station import Station
from producers.outbox.store import Store
from producers.outbox.terminal import Terminal
from tests.cutting import Line as Wire
from tests.gateway.serving import STATION as STATION_HEADERS
from tests.gateway.serving import KeptLog, serving
from tests.projecting import answered, project
from tests.town import NOW
from tests.worlds import record_of

STATION: Final = Station("511181", "05")
KEY: Final = STATION_HEADERS["authorization"].removeprefix("Bearer ")
HOST: Final = "127.0.0.1"


class Behind:
    """The gateway, the wire to it and what it has published."""

    def __init__(self, wire: Wire, log: KeptLog) -> None:
        self.wire = wire
        self.log = log

    @property
    def address(self) -> str:
        """Where the outbox finds it."""
        return f"http://{HOST}:{self.wire.port}"

    @property
    def facts(self) -> list[Fact]:
        """What was published, in order."""
        return [fact for _, _, fact in self.log.facts]


@contextmanager
def gateway_behind(redis_url: str, **changes: Any) -> Iterator[Behind]:
    """A gateway on a wire, over the read model of a market in which nothing has happened yet."""
    log = KeptLog()
    project(redis_url, answered([record_of(ClockTicked(now=NOW), 0)]))
    with (
        serving(redis_url, publishing=log, **changes) as address,
        Wire(int(address.rpartition(":")[2])) as wire,
    ):
        yield Behind(wire, log)


def key_file(folder: Path, key: str = KEY) -> Path:
    """A file with a station's key."""
    file = folder / "station.key"
    file.touch(0o600)
    file.write_text(f"{key}\n")
    return file


class AtTerminal:
    """A page at an outbox, as its requests show it, and the outbox's parts."""

    def __init__(self, client: httpx.AsyncClient, terminal: Terminal, sessions: Sessions) -> None:
        self.client = client
        self.terminal = terminal
        self.commands = terminal.commands
        self.sessions = sessions
        self.token = ""

    async def sign_in(self, key: str = KEY) -> httpx.Response:
        """Sign in with a key; what comes after brings the token along."""
        answer = await self.client.post("/api/session", json={"key": key})
        if answer.status_code == 200:
            self.token = answer.json()["csrf"]
        return answer

    async def post(
        self, path: str, body: Any, id: str | None = None, **headers: str
    ) -> httpx.Response:
        """A command, as the page's own outbox sends it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {
            "content-type": "application/json",
            "idempotency-key": id or uuid.uuid4().hex,
            "x-csrf-token": self.token,
        }
        content = encode(body) if isinstance(body, Fact) else httpx_json(body)
        return await self.client.post(path, content=content, headers=sent | named)


def httpx_json(body: Any) -> bytes:
    """A body as JSON."""
    return httpx.Request("POST", "http://x", json=body).content


@asynccontextmanager
async def terminal_at(
    folder: Path, gateway: str, *, key: str = KEY, sends: bool = True
) -> AsyncIterator[AtTerminal]:
    """An outbox that serves a terminal; without `sends` nothing goes out by itself."""
    store = Store(folder / "outbox.db", STATION.name, max_mb=4)
    failures: list[Exception] = []
    commands, sessions = Commands(store.disk), Sessions(store.disk, wall_clock)
    line = Line(gateway, key_file(folder, key))
    forwarder = Forwarder(
        commands, line, STATION, keep_s=3600, clock=wall_clock, failed=failures.append
    )
    terminal = Terminal(STATION, commands, sessions, line, forwarder, wall_clock)
    sender = Sender(store, STATION, f"{HOST}:1", late_after_s=900, keep_s=60, clock=wall_clock)
    outbox = Outbox(
        station=STATION,
        store=store,
        door=Door(store, STATION, wall_clock),
        sender=sender,
        late_after_ms=900_000,
        clock=wall_clock,
        failed=failures.append,
        terminal=terminal,
        pages=terminal_routes(),
    )
    app = create_app(outbox, [HOST])
    transport, base = httpx.ASGITransport(app), f"http://{HOST}:8090"
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=60) as client:
        if sends:
            async with app.router.lifespan_context(app):
                yield AtTerminal(client, terminal, sessions)
        else:
            yield AtTerminal(client, terminal, sessions)
            await line.close()
    store.close()
    assert failures == []
