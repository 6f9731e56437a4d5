"""The outbox's HTTP routes, for the terminals of one station on one machine."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.rejections import Rejection
from gigmatch.answers import json_answer, language_of, problem, problem_answer
from gigmatch.browser import PAGE_HEADERS
from producers.outbox import metrics
from producers.outbox.bodies import body_of, require_json
from producers.outbox.door import Door
from producers.outbox.errors import DamagedError, KnownIdError, NoRoomError, RefusedError
from producers.outbox.sender import Sender
from producers.outbox.station import Station
from producers.outbox.store import Store
from producers.outbox.terminal import Terminal

LISTED: Final = 100
_MOST_LISTED: Final = 1_000
_PATHS: Final = "/facts, /status, /queue, /healthz, /metrics"


class Outbox(NamedTuple):
    """What the endpoints answer from. `failed` tells the process that it cannot go on.

    With a `terminal` it serves a station's page, too; `pages` are the page's own files.
    """

    station: Station
    store: Store
    door: Door
    sender: Sender
    late_after_ms: int
    clock: Callable[[], int]
    failed: Callable[[Exception], None]
    terminal: Terminal | None = None
    pages: Sequence[BaseRoute] = ()


Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(outbox: Outbox, hosts: list[str]) -> Starlette:
    """The routes over an outbox, for requests to these host names only.

    A page of another origin can reach this address, too: it may not read answers, a name of its own
    is not answered, and facts are taken as `application/json` only, which it may not send.
    """

    def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except NoRoomError:
                return problem(request, 507, "outbox.no_room")
            except Rejection as rejection:
                return _refused(request, rejection)
            except RefusedError as error:
                return problem(request, error.status, error.key, **error.details)
            except ClientDisconnect:
                return Response(status_code=400)
            except (DamagedError, sqlite3.Error) as error:
                outbox.failed(error)
                return problem(request, 500, "outbox.damaged")

        return Route(path, answer, methods=list(methods) or ["GET"])

    terminal = outbox.terminal
    of_terminal = () if terminal is None else _of_terminal(terminal, route)
    return Starlette(
        routes=[
            route("/facts", partial(_take, outbox=outbox), "POST"),
            route("/status", partial(_status, outbox=outbox)),
            route("/queue", partial(_queue, outbox=outbox)),
            route("/healthz", partial(_health, outbox=outbox)),
            route("/metrics", partial(_metrics, outbox=outbox)),
            *outbox.pages,
            *of_terminal,
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(_PageHeaders),
        ],
        exception_handlers={404: _not_found, 405: _wrong_method},
        lifespan=None if terminal is None else partial(_forwarding, terminal=terminal),
    )


def _of_terminal(terminal: Terminal, route: Callable[..., Route]) -> Sequence[BaseRoute]:
    return (
        route("/commands", partial(_commands, terminal=terminal)),
        route("/commands/{id}", terminal.discard, "DELETE"),
        route("/api/{rest:path}", terminal.api, "GET", "POST", "PUT", "PATCH", "DELETE"),
    )


@contextlib.asynccontextmanager
async def _forwarding(_: Starlette, *, terminal: Terminal) -> AsyncIterator[None]:
    """Sends what waits, from the start on, whether a page is open or not."""
    sending = asyncio.create_task(terminal.forwarder.run())
    yield
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending
    await terminal.line.close()


class _PageHeaders:
    """Adds the headers that keep pages to themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._added = [(name.encode(), value.encode()) for name, value in PAGE_HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._added]
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _take(request: Request, *, outbox: Outbox) -> Response:
    headers = request.headers
    require_json(request)
    content = await body_of(request)
    try:
        taken = await run_in_threadpool(
            outbox.door.take,
            content,
            ce_type=headers.get("ce-type", ""),
            id=headers.get("ce-id", ""),
            source=headers.get("ce-source", ""),
        )
    except KnownIdError:
        return problem(request, 409, "outbox.known_id", id=headers.get("ce-id", "")[:80])
    return json_answer(
        {
            "id": taken.id,
            "type": taken.ce_type,
            "source": outbox.station.source,
            "seq": taken.added.seq,
            "state": "sent" if taken.added.is_sent else "waiting",
        },
        202 if taken.added.is_new else 200,
    )


async def _status(request: Request, *, outbox: Outbox) -> Response:
    language = language_of(request)
    figures = await run_in_threadpool(outbox.store.figures, _late_from(outbox))
    told: dict[str, object] = {}
    if outbox.terminal is not None:
        told["commands"] = await _of_commands(outbox.terminal)
    return json_answer(
        {
            "station": outbox.station.name,
            "connected": outbox.sender.connected,
            "trouble": outbox.sender.trouble,
            "waiting": figures.waiting,
            "oldest_at": figures.oldest_at,
            "late": figures.late,
            "last_sent_at": figures.last_sent_at,
            "sent_kept": figures.sent,
            "refused": [
                {
                    "at": refused.at,
                    "code": refused.rejection.code,
                    "field": refused.rejection.field,
                    "reason": refused.rejection.reason(language),
                }
                for refused in list(outbox.door.refused)
            ],
            **told,
        }
    )


async def _of_commands(terminal: Terminal) -> dict[str, object]:
    """How the terminal's commands stand."""
    figures = await run_in_threadpool(terminal.commands.figures)
    refused = await run_in_threadpool(terminal.commands.refused, LISTED)
    return {
        "connected": not terminal.forwarder.trouble,
        "trouble": terminal.forwarder.trouble,
        "waiting": figures.waiting,
        "oldest_at": figures.oldest_at,
        "decided_kept": figures.decided,
        "last_decided_at": figures.last_decided_at,
        "refused": refused,
    }


async def _commands(request: Request, *, terminal: Terminal) -> Response:
    waiting = await run_in_threadpool(terminal.commands.listed, _limit(request))
    refused = await run_in_threadpool(terminal.commands.refused, _limit(request))
    return json_answer({"waiting": waiting, "refused": refused})


async def _queue(request: Request, *, outbox: Outbox) -> Response:
    listed = await run_in_threadpool(outbox.store.listed, _limit(request))
    return json_answer({"station": outbox.station.name, "waiting": listed})


async def _health(_: Request, *, outbox: Outbox) -> Response:
    """Well means that facts can be taken; a network that is down is nothing unusual here."""
    await run_in_threadpool(outbox.store.listed, 1)
    return json_answer({"status": "ok"})


async def _metrics(_: Request, *, outbox: Outbox) -> Response:
    figures = await run_in_threadpool(outbox.store.figures, _late_from(outbox))
    metrics.WAITING.set(figures.waiting)
    metrics.OLDEST.set(_waited_s(outbox, figures.oldest_at))
    metrics.LATE.set(figures.late)
    metrics.CONNECTED.set(outbox.sender.connected)
    if outbox.terminal is not None:
        commands = await run_in_threadpool(outbox.terminal.commands.figures)
        metrics.COMMANDS_WAITING.set(commands.waiting)
        metrics.COMMANDS_OLDEST.set(_waited_s(outbox, commands.oldest_at))
        metrics.COMMANDS_REFUSED.set(commands.refused)
        metrics.GATEWAY_CONNECTED.set(not outbox.terminal.forwarder.trouble)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _not_found(request: Request, _: Exception) -> Response:
    return problem(request, 404, "outbox.not_found", paths=_PATHS)


async def _wrong_method(request: Request, _: Exception) -> Response:
    return problem(request, 405, "outbox.wrong_method")


def _refused(request: Request, rejection: Rejection) -> Response:
    status = 413 if rejection.code == "too_large" else 422
    reason = rejection.reason(language_of(request))
    return problem_answer(status, rejection.code, reason, field=rejection.field)


def _limit(request: Request) -> int:
    asked = request.query_params.get("limit", str(LISTED))
    most = int(asked) if asked.isdecimal() and len(asked) < 10 else LISTED
    return max(1, min(most, _MOST_LISTED))


def _waited_s(outbox: Outbox, oldest_at: int | None) -> float:
    return 0.0 if oldest_at is None else max(0, outbox.clock() - oldest_at) / 1000


def _late_from(outbox: Outbox) -> int:
    return outbox.clock() - outbox.late_after_ms
