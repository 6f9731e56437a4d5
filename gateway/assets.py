"""The pages as files, and their words: what needs no market, so that an outbox has it, too."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from events.texts import table
from gigmatch.answers import json_answer, language_of

STATIC: Final = Path(__file__).parent / "static"
_WORDS: Final = ("page.", "word.", "reason.", "excluded.")
"""What every page says; each has its own words besides."""


class Assets(StaticFiles):
    """Files that a browser keeps and asks about: what has not changed is not sent again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or that it is the same."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


def page(name: str) -> Response:
    """A page; what it shows, it asks for itself."""
    return FileResponse(STATIC / f"{name}.html", headers={"cache-control": "no-cache"})


def words_of(name: str, language: str) -> dict[str, str]:
    """The words of a page in a language, by their keys."""
    wanted = (*_WORDS, f"{name}.")
    return {key: row[language] for key, row in table().items() if key.startswith(wanted)}


def terminal_routes() -> Sequence[BaseRoute]:
    """The routes of a station's terminal that are the same without a gateway.

    Its page knows by `data-outbox` who serves it: an outbox has more to tell than a gateway.
    """
    written = (STATIC / "station.html").read_text(encoding="utf-8")
    at_outbox = written.replace("<html ", "<html data-outbox ", 1)

    async def station(_: Request) -> Response:
        return HTMLResponse(at_outbox, headers={"cache-control": "no-cache"})

    async def texts(request: Request) -> Response:
        language = language_of(request)
        return json_answer({"language": language, "texts": words_of("station", language)})

    return (
        Route("/station", station),
        Route("/api/texts", texts),
        Mount("/static", Assets(directory=STATIC)),
    )
