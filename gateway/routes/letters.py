"""Dead letters: the newest of them, and sending them again."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.guard import principal_of
from gateway.answers.operations import LettersView, ReplaySent
from gateway.openapi import body_for, documented
from gateway.operations import LettersError, Replayed
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.requests import decoded, read_body
from gigmatch.answers import json_answer

_PREFIX: Final = "/api/operator"


def add_letters_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""

    @router.get(f"{_PREFIX}/dead-letters", responses=documented(LettersView))
    async def letters() -> Response:
        """The newest dead letters: their beginning, escaped, without phone or ID numbers."""
        try:
            return json_answer(LettersView(letters=await parts.wishes.dead_letters.newest()))
        except LettersError:
            raise Problem(503, "no_broker") from None

    @router.post(
        f"{_PREFIX}/dead-letters/replay",
        responses=documented(Replayed, 400, 413, 415),
        openapi_extra={"requestBody": body_for(ReplaySent)},
    )
    async def replay(request: Request) -> Response:
        """Send dead letters again, each once; what was sent again before is left alone."""
        sent = decoded(ReplaySent, await read_body(request))
        who, origins = principal_of(request), list(dict.fromkeys(sent.origins))
        for origin in origins:
            await parts.audit.record(who, "dead_letter_replayed", subject=origin)
        try:
            return json_answer(await parts.wishes.dead_letters.replay(origins))
        except LettersError:
            raise Problem(503, "no_broker") from None
