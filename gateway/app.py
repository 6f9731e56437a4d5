"""The gateway's routes: JSON views, the live stream, the page, health and metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
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

from events.texts import LANGUAGES, table, text
from gateway.live import events, is_event_id
from gateway.model import ReadModel

STATIC: Final = Path(__file__).parent / "static"
REQUESTS: Final = Counter("gigmatch_http_requests", "Requests answered", ["route", "status"])

_PATHS: Final = "/, /api/town, /api/jobs/{id}, /api/workers/{id}/matches, /api/live"
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_WORDS: Final = ("page.", "reason.", "excluded.")

Endpoint = Callable[[Request, ReadModel], Awaitable[Response]]


def create_app(redis_url: str) -> Starlette:
    """The gateway over the read model at a Redis address."""
    redis = Redis.from_url(redis_url)
    model = ReadModel(redis)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await redis.aclose()

    def route(path: str, endpoint: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            try:
                response = await endpoint(request, model)
            except RedisError:
                response = _problem(request, 503, "no_redis")
            REQUESTS.labels(path, response.status_code).inc()
            return response

        return Route(path, answer)

    return Starlette(
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
        exception_handlers={404: _not_found},
        lifespan=lifespan,
    )


async def _page(_: Request, __: ReadModel) -> Response:
    return FileResponse(STATIC / "town.html")


async def _town(request: Request, model: ReadModel) -> Response:
    known = _known_zones()
    seen = await model.zones()
    fallback = next(
        (zone for zone in known if zone in seen), seen[0] if seen else next(iter(known))
    )
    zone = request.query_params.get("zone", fallback)
    view = await model.town(zone)
    return _json({**view, "zones": seen, "place": known.get(zone)})


async def _job(request: Request, model: ReadModel) -> Response:
    job_id = request.path_params["job_id"]
    view = await model.job(job_id)
    return _json(view) if view else _problem(request, 404, "unknown_job", value=job_id)


async def _worker(request: Request, model: ReadModel) -> Response:
    worker_id = request.path_params["worker_id"]
    view = await model.worker(worker_id)
    return _json(view) if view else _problem(request, 404, "unknown_worker", value=worker_id)


async def _live(request: Request, model: ReadModel) -> Response:
    after = request.headers.get("last-event-id") or request.query_params.get("after")
    if after is not None and not is_event_id(after):
        return _problem(request, 400, "bad_resume", value=after[:40])
    types = frozenset(filter(None, request.query_params.get("type", "").split(",")))
    stream = events(
        model, after or await model.latest_id(), request.query_params.get("zone"), types
    )
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"cache-control": "no-store"}
    )


async def _texts(request: Request, _: ReadModel) -> Response:
    language = _language(request)
    words = {key: row[language] for key, row in table().items() if key.startswith(_WORDS)}
    return _json({"language": language, "texts": words})


async def _health(_: Request, model: ReadModel) -> Response:
    await model.ping()
    return _json({"status": "ok"})


async def _metrics(_: Request, __: ReadModel) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _not_found(request: Request, _: Exception) -> Response:
    return _problem(request, 404, "not_found", paths=_PATHS)


def _json(content: Any, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type=media_type,
        headers={"cache-control": "no-store"},
    )


def _problem(request: Request, status: int, code: str, **details: str) -> Response:
    """An error that says what to do, as RFC 9457 has it."""
    told = text(f"gateway.{code}", _language(request), **details)
    problem = {"type": f"urn:gigmatch:{code}", "title": told, "status": status}
    return _json(problem, status, "application/problem+json")


def _language(request: Request) -> str:
    """The language asked for, or the first that the browser names, or Chinese."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    for part in asked.split(","):
        name = part.split(";")[0].strip().lower()
        for language in LANGUAGES:
            if name and language.lower().startswith(name.split("-")[0]):
                return language
    return LANGUAGES[0]


def _known_zones() -> dict[str, Any]:
    """Names and approximate station coordinates of the zones that ship with the gateway."""
    content = resources.files("gateway").joinpath("stations.json").read_bytes()
    return {zone["zone"]: zone for zone in msgspec.json.decode(content)["zones"]}


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
