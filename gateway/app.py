"""The gateway's routes: JSON views, the live stream, the page, health and metrics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from redis import RedisError
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.codec import OUTCOME_TYPES
from events.texts import table
from gateway.cursor import Cursor
from gateway.live import Live
from gateway.views import AmbiguousError, ReadModel, known_zones
from gigmatch.answers import json_answer, language_of, problem

STATIC: Final = Path(__file__).parent / "static"
REQUESTS: Final = Counter("gigmatch_http_requests", "Requests answered", ["route", "status"])

MOST_PARTITIONS: Final = 64
"""Of so many a cursor is short enough for an event id; above, a stream is of one zone."""

_PATHS: Final = "/, /api/town, /api/jobs/{id}, /api/workers/{id}/matches, /api/live"
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_WORDS: Final = ("page.", "reason.", "excluded.")


class Gateway(NamedTuple):
    """What the endpoints answer from."""

    model: ReadModel
    live: Live


Endpoint = Callable[[Request, Gateway], Awaitable[Response]]


def create_app(redis_url: str) -> Starlette:
    """The gateway over the read model at a Redis address; `app.state.gateway` is its Gateway."""
    redis = Redis.from_url(redis_url, socket_connect_timeout=5, health_check_interval=30)
    gateway = Gateway(ReadModel(redis), Live(redis))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        reading = asyncio.create_task(gateway.live.run())
        yield
        gateway.live.close()
        while not reading.done():  # a connection attempt may swallow a cancellation
            reading.cancel()
            await asyncio.wait({reading}, timeout=0.1)
        await redis.aclose()

    def route(path: str, endpoint: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            try:
                response = await endpoint(request, gateway)
            except RedisError:
                response = _problem(request, 503, "no_redis")
            except AmbiguousError as error:
                response = _problem(request, 409, "ambiguous", zones=", ".join(error.zones))
            REQUESTS.labels(path, response.status_code).inc()
            return response

        return Route(path, answer)

    app = Starlette(
        routes=[
            route("/", _page),
            route("/api/town", _town),
            route("/api/jobs/{job_id}", _job),
            route("/api/workers/{worker_id}/matches", _worker),
            route("/api/live", _live),
            route("/api/texts", _texts),
            route("/healthz", _health),
            route("/metrics", _metrics),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(_SecurityHeaders), Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={404: _not_found, 405: _wrong_method},
        lifespan=lifespan,
    )
    app.state.gateway = gateway
    return app


async def _page(_: Request, __: Gateway) -> Response:
    return FileResponse(STATIC / "town.html", headers={"cache-control": "no-cache"})


async def _town(request: Request, gateway: Gateway) -> Response:
    cursor = await gateway.live.cursor()  # before the snapshot: what comes between comes twice
    seen = await gateway.model.zones()
    known = known_zones()
    zone = request.query_params.get("zone") or next(
        (zone for zone in known if zone in seen), seen[0] if seen else next(iter(known))
    )
    if zone not in seen and zone not in known:
        return _problem(request, 404, "unknown_zone", value=zone[:40], zones=", ".join(seen))
    view = await gateway.model.town(zone)
    place = known[zone].name if zone in known else None
    return json_answer({**view, "zones": seen, "place": place, "cursor": str(cursor)})


async def _job(request: Request, gateway: Gateway) -> Response:
    job_id = request.path_params["job_id"]
    view = await gateway.model.job(job_id, request.query_params.get("zone"))
    return json_answer(view) if view else _problem(request, 404, "unknown_job", value=job_id[:80])


async def _worker(request: Request, gateway: Gateway) -> Response:
    worker_id = request.path_params["worker_id"]
    view = await gateway.model.worker(worker_id, request.query_params.get("zone"))
    return (
        json_answer(view)
        if view
        else _problem(request, 404, "unknown_worker", value=worker_id[:80])
    )


async def _live(request: Request, gateway: Gateway) -> Response:
    zone = request.query_params.get("zone")
    if zone is None and await gateway.live.partitions() > MOST_PARTITIONS:
        return _problem(request, 400, "zone_needed")
    asked = request.headers.get("last-event-id") or request.query_params.get("after") or None
    after = None if asked is None else Cursor.parse(asked)
    if asked is not None and after is None:
        return _problem(request, 400, "bad_resume", value=asked[:40])
    types = frozenset(filter(None, request.query_params.get("type", "").split(",")))
    if unknown := sorted(types - OUTCOME_TYPES.keys()):
        known = ", ".join(OUTCOME_TYPES)
        return _problem(request, 400, "unknown_type", value=unknown[0][:40], known=known)
    return StreamingResponse(
        gateway.live.events(after, zone, types),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _texts(request: Request, _: Gateway) -> Response:
    language = language_of(request)
    words = {key: row[language] for key, row in table().items() if key.startswith(_WORDS)}
    return json_answer({"language": language, "texts": words})


async def _health(_: Request, gateway: Gateway) -> Response:
    await gateway.model.ping()
    return json_answer({"status": "ok"})


async def _metrics(_: Request, __: Gateway) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _not_found(request: Request, _: Exception) -> Response:
    return _problem(request, 404, "not_found", paths=_PATHS)


async def _wrong_method(request: Request, _: Exception) -> Response:
    return _problem(request, 405, "read_only")


def _problem(request: Request, status: int, code: str, **details: str) -> Response:
    return problem(request, status, f"gateway.{code}", **details)


class _SecurityHeaders:
    """Adds the headers that keep a page from loading or sending anything elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)
