"""The gateway: routes behind one guard, errors in words, headers that keep pages to themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount

from gateway.access.rules import RULES
from gateway.assets import STATIC, Assets
from gateway.errors import answer_errors
from gateway.middleware import Around
from gateway.openapi import document, media
from gateway.parts import Parts, Wishes, assemble
from gateway.routes.contacts import add_contact_routes
from gateway.routes.feeds import add_feed_routes
from gateway.routes.guest import add_guest_routes
from gateway.routes.letters import add_letters_routes
from gateway.routes.operations import add_operations_routes
from gateway.routes.operator import add_operator_routes
from gateway.routes.pages import add_page_routes
from gateway.routes.public import add_public_routes
from gateway.routes.quarantine import add_quarantine_routes
from gateway.routes.session import add_session_routes
from gateway.routes.station import add_station_routes
from gateway.routes.terminal import add_terminal_routes
from gateway.routes.worker import add_worker_routes
from gigmatch.answers import json_answer


def create_app(wishes: Wishes) -> FastAPI:
    """The gateway; `app.state.parts` are its parts. Whoever opened the store closes it, afterwards.

    Raises ValueError for a rate that is none, LookupError for a route that has no rule.
    """
    parts = assemble(wishes)
    app = FastAPI(
        lifespan=_lifespan(parts),
        dependencies=[Depends(parts.guard)],
        default_response_class=Response,  # each route says what it answers; not all of it is JSON
        docs_url=None,  # pages load nothing from elsewhere, and theirs would
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(Around, secure=wishes.public_url.startswith("https:")),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        redirect_slashes=False,
    )
    for add_routes in (
        add_page_routes,
        add_public_routes,
        add_session_routes,
        add_guest_routes,
        add_station_routes,
        add_terminal_routes,
        add_contact_routes,
        add_worker_routes,
        add_operator_routes,
        add_feed_routes,
        add_operations_routes,
        add_letters_routes,
        add_quarantine_routes,
    ):
        add_routes(app.router, parts)
    _add_openapi(app)
    app.mount("/static", Assets(directory=STATIC))
    answer_errors(app, parts.audit)
    _check_rules(app)
    app.state.parts = parts
    return app


def _lifespan(parts: Parts) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        reading = asyncio.create_task(parts.live.run())
        looking = asyncio.create_task(parts.monitor.run())
        yield
        parts.live.close()
        await _end(reading, looking)
        await parts.advice.close()
        await parts.audit.drain()
        await parts.redis.aclose()

    return lifespan


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks until they have ended: a connection attempt may swallow a cancellation."""
    while waiting := {task for task in tasks if not task.done()}:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=0.1)


def _add_openapi(app: FastAPI) -> None:
    written: list[dict[str, Any]] = []

    def openapi() -> dict[str, Any]:
        if not written:
            written.append(document(app))
        return written[0]

    @app.router.get("/openapi.json", responses=media("application/json", "This document."))
    async def openapi_json() -> Response:
        """This document."""
        return json_answer(openapi())

    app.openapi = openapi  # type: ignore[method-assign]


def _check_rules(app: FastAPI) -> None:
    """Raise LookupError unless routes and rules are the same."""
    routes: set[tuple[str, str]] = set()
    for route in app.routes:
        if isinstance(route, APIRoute):
            routes |= {(method, route.path) for method in route.methods or ()}
        elif isinstance(route, Mount):
            routes.add(("GET", f"{route.path}/{{path}}"))
        else:
            raise LookupError(f"{route!r} goes past the guard")
    if wrong := routes ^ RULES.keys():
        raise LookupError(f"routes without a rule, or rules without a route: {sorted(wrong)}")
