"""Dead letters of an operator's zones: the newest of them, and sending them again."""

from collections.abc import Sequence
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.guard import operator_of
from gateway.access.principals import Operator
from gateway.answers.operations import LettersView, ReplaySent
from gateway.openapi import body_for, documented
from gateway.operations import Letter, LettersError, Replayed
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.requests import decoded, read_body
from gigmatch.answers import json_answer

_PREFIX: Final = "/api/operator"


def add_letters_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""

    @router.get(f"{_PREFIX}/dead-letters", responses=documented(LettersView))
    async def letters(request: Request) -> Response:
        """The newest dead letters: their beginning, escaped, without phone or ID numbers.

        Those whose zone cannot be told are for operators of all zones.
        """
        who = operator_of(request)
        try:
            newest = await parts.wishes.dead_letters.newest()
        except LettersError:
            raise Problem(503, "no_broker") from None
        return json_answer(LettersView(letters=[one for one in newest if who.sees(one.zone)]))

    @router.post(
        f"{_PREFIX}/dead-letters/replay",
        responses=documented(Replayed, 400, 413, 415),
        openapi_extra={"requestBody": body_for(ReplaySent)},
    )
    async def replay(request: Request) -> Response:
        """Send dead letters of their zones again, each once; what was sent before is left alone."""
        sent = decoded(ReplaySent, await read_body(request))
        who, origins = operator_of(request), list(dict.fromkeys(sent.origins))
        try:
            unknown: list[str] = []
            if who.zones is not None:
                newest = await parts.wishes.dead_letters.newest()
                _check(who, origins, newest)
                # One that comes after this look has been looked at by nobody.
                unknown = sorted({*origins} - {letter.origin for letter in newest})
                origins = [origin for origin in origins if origin not in unknown]
            for origin in origins:
                await parts.audit.record(who, "dead_letter_replayed", subject=origin)
            replayed = await parts.wishes.dead_letters.replay(origins)
            left = [*replayed.unknown, *unknown]
            return json_answer(msgspec.structs.replace(replayed, unknown=left))
        except LettersError:
            raise Problem(503, "no_broker") from None


def _check(who: Operator, origins: Sequence[str], newest: Sequence[Letter]) -> None:
    """Raise Problem 403 unless every letter is of an operator's zones: all are sent, or none.

    What is not among the newest is not sent, whoever asks.
    """
    zones = {letter.origin: letter.zone for letter in newest}
    for origin in origins:
        if origin in zones and not who.sees(zones[origin]):
            own = ", ".join(who.zones or ())
            raise Problem(403, "another_zones_letter", value=origin, zones=own)
