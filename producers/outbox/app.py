"""The outbox's HTTP routes, for the terminals of one station on one machine."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from events.rejections import Rejection
from events.topics import MAX_FACT_BYTES
from gigmatch.answers import json_answer, language_of, problem, problem_answer
from producers.outbox import metrics
from producers.outbox.door import Door
from producers.outbox.errors import DamagedError, KnownIdError, NoRoomError
from producers.outbox.sender import Sender
from producers.outbox.station import Station
from producers.outbox.store import Store

LISTED: Final = 100
_MOST_LISTED: Final = 1_000
_PATHS: Final = "/facts, /status, /queue, /healthz, /metrics"


class Outbox(NamedTuple):
    """What the endpoints answer from. `failed` tells the process that it cannot go on."""

    station: Station
    store: Store
    door: Door
    sender: Sender
    late_after_ms: int
    clock: Callable[[], int]
    failed: Callable[[Exception], None]


Endpoint = Callable[[Request, Outbox], Awaitable[Response]]


def create_app(outbox: Outbox, hosts: list[str]) -> Starlette:
    """The routes over an outbox, for requests to these host names only.

    A page of another origin can reach this address, too: it may not read answers, a name of its own
    is not answered, and facts are taken as `application/json` only, which it may not send.
    """

    def route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request, outbox)
            except NoRoomError:
                return problem(request, 507, "outbox.no_room")
            except Rejection as rejection:
                return _refused(request, rejection)
            except ClientDisconnect:
                return Response(status_code=400)
            except (DamagedError, sqlite3.Error) as error:
                outbox.failed(error)
                return problem(request, 500, "outbox.damaged")

        return Route(path, answer, methods=[method])

    return Starlette(
        routes=[
            route("/facts", _take, "POST"),
            route("/status", _status),
            route("/queue", _queue),
            route("/healthz", _health),
            route("/metrics", _metrics),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)],
        exception_handlers={404: _not_found, 405: _wrong_method},
    )


async def _take(request: Request, outbox: Outbox) -> Response:
    headers = request.headers
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return problem(request, 415, "outbox.not_json")
    content = await _body(request)
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


async def _status(request: Request, outbox: Outbox) -> Response:
    language = language_of(request)
    figures = await run_in_threadpool(outbox.store.figures, _late_from(outbox))
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
        }
    )


async def _queue(request: Request, outbox: Outbox) -> Response:
    asked = request.query_params.get("limit", str(LISTED))
    most = int(asked) if asked.isdecimal() and len(asked) < 10 else LISTED
    listed = await run_in_threadpool(outbox.store.listed, max(1, min(most, _MOST_LISTED)))
    return json_answer({"station": outbox.station.name, "waiting": listed})


async def _health(_: Request, outbox: Outbox) -> Response:
    """Well means that facts can be taken; a network that is down is nothing unusual here."""
    await run_in_threadpool(outbox.store.listed, 1)
    return json_answer({"status": "ok"})


async def _metrics(_: Request, outbox: Outbox) -> Response:
    figures = await run_in_threadpool(outbox.store.figures, _late_from(outbox))
    waited = 0 if figures.oldest_at is None else max(0, outbox.clock() - figures.oldest_at)
    metrics.WAITING.set(figures.waiting)
    metrics.OLDEST.set(waited / 1000)
    metrics.LATE.set(figures.late)
    metrics.CONNECTED.set(outbox.sender.connected)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _not_found(request: Request, _: Exception) -> Response:
    return problem(request, 404, "outbox.not_found", paths=_PATHS)


async def _wrong_method(request: Request, _: Exception) -> Response:
    return problem(request, 405, "outbox.wrong_method")


async def _body(request: Request) -> bytes:
    """The body, of one that is too large no more than shows that it is."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_FACT_BYTES:
            break
    return content


def _refused(request: Request, rejection: Rejection) -> Response:
    status = 413 if rejection.code == "too_large" else 422
    reason = rejection.reason(language_of(request))
    return problem_answer(status, rejection.code, reason, field=rejection.field)


def _late_from(outbox: Outbox) -> int:
    return outbox.clock() - outbox.late_after_ms
