"""The pages: each a file; what it shows, it asks for itself."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from gateway.assets import page
from gateway.openapi import media
from gateway.parts import Parts

_PAGES: Final = {
    "/": ("town", "The page of the town."),
    "/station": ("station", "The terminal of a station; who looks signs in."),
    "/worker": ("worker", "The worker's page; who looks signs in."),
    "/ops": ("ops", "The operators' page; who looks signs in."),
}


def add_page_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    for path, (name, about) in _PAGES.items():
        _add(router, path, name, about)


def _add(router: APIRouter, path: str, name: str, about: str) -> None:
    @router.get(path, name=name, summary=about, responses=media("text/html", about))
    async def answer() -> Response:
        return page(name)
