"""The outbox as a process: the HTTP server, what sends beside it, and how all of it ends."""

import signal
import socket
import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import structlog
import uvicorn
from starlette.routing import BaseRoute

from gigmatch.errors import SaidError, system_says
from gigmatch.settings import Settings
from producers.outbox.app import Outbox, create_app
from producers.outbox.commands import Commands
from producers.outbox.door import Door
from producers.outbox.forwarder import Forwarder
from producers.outbox.line import Line
from producers.outbox.sender import Sender
from producers.outbox.sessions import Sessions
from producers.outbox.station import Station
from producers.outbox.store import Store
from producers.outbox.terminal import Terminal

_log = structlog.get_logger()


def wall_clock() -> int:
    """UTC now, in milliseconds."""
    return time.time_ns() // 1_000_000


class Counter(NamedTuple):
    """What a terminal needs: the gateway, the file with the station's key, the page's files."""

    gateway: str
    key_file: Path
    pages: Sequence[BaseRoute]


def serve(
    station: Station, data: Path, port: int, settings: Settings, counter: Counter | None = None
) -> None:
    """Take facts, and a terminal's commands, and send them until asked to stop.

    Raises UserError when the file, the key or the port cannot be used, and what ended the sender,
    if it did.
    """
    if counter is not None and not _is_this_machine(settings.http_host):
        raise SaidError("error.outbox_host", host=settings.http_host)
    line = None if counter is None else Line(counter.gateway, counter.key_file)
    listener = _listen(settings.http_host, port)
    store = Store(data, station.name, max_mb=settings.outbox_max_mb)
    sender = Sender(
        store,
        station,
        settings.kafka,
        late_after_s=settings.outbox_late_after_s,
        keep_s=settings.outbox_keep_h * 3600,
        clock=wall_clock,
        trace_share=settings.sampled_share,
    )
    process = _Process(sender)
    outbox = Outbox(
        station=station,
        store=store,
        door=Door(store, station, wall_clock),
        sender=sender,
        late_after_ms=round(settings.outbox_late_after_s * 1000),
        clock=wall_clock,
        failed=process.fail,
        terminal=None if line is None else _terminal(station, store, line, settings, process),
        pages=() if counter is None else counter.pages,
    )
    hosts = ["127.0.0.1", "localhost", settings.http_host]
    host, bound = listener.getsockname()[:2]
    _log.info("outbox is open", station=station.name, address=f"http://{host}:{bound}")
    try:
        process.run(create_app(outbox, hosts), listener)
    finally:
        store.close()


def _terminal(
    station: Station, store: Store, line: Line, settings: Settings, process: "_Process"
) -> Terminal:
    commands = Commands(store.disk)
    forwarder = Forwarder(
        commands,
        line,
        station,
        keep_s=settings.outbox_keep_h * 3600,
        clock=wall_clock,
        failed=process.fail,
    )
    sessions = Sessions(store.disk, wall_clock)
    return Terminal(station, commands, sessions, line, forwarder, wall_clock)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Process:
    """Runs server and sender until one of them ends."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._asked_to_stop = threading.Event()
        self._server: uvicorn.Server | None = None
        self._failure: Exception | None = None

    def fail(self, error: Exception) -> None:
        """End because of an error."""
        self._failure = self._failure or error
        self._stop()

    def run(self, app: object, listener: socket.socket) -> None:
        """Until asked to stop. Raises what made it end otherwise."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        sending = threading.Thread(target=self._send, name="sender")
        sending.start()
        self._server.run(sockets=[listener])
        self._stop()
        sending.join()
        if self._failure is not None:
            raise self._failure

    def _send(self) -> None:
        try:
            self._sender.run(self._asked_to_stop)
        except Exception as error:
            self.fail(error)

    def _signalled(self, _: int, __: FrameType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        self._asked_to_stop.set()
        if self._server is not None:
            self._server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise SaidError(
            "error.outbox_port", port=port, host=host, why=system_says(error)
        ) from error
