"""What every HTTP server of ours says in the same way: JSON, and what went wrong, in words."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from events.texts import LANGUAGES, text


def json_answer(content: Any, status: int = 200, media_type: str = "application/json") -> Response:
    """A value as JSON that nobody keeps."""
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type=media_type,
        headers={"cache-control": "no-store"},
    )


def problem(request: Request, status: int, key: str, **details: str) -> Response:
    """An error that says what to do, as RFC 9457 has it; `key` is of the translation table."""
    told = text(key, language_of(request), **details)
    return problem_answer(status, key.partition(".")[2], told)


def problem_answer(status: int, code: str, told: str, **more: str) -> Response:
    """The same, with words found elsewhere and members of its own."""
    content = {"type": f"urn:gigmatch:{code}", "title": told, "status": status, **more}
    return json_answer(content, status, "application/problem+json")


def language_of(request: Request) -> str:
    """The language asked for, or the first that the browser names, or Chinese."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    for part in asked.split(","):
        name = part.split(";")[0].strip().lower()
        for language in LANGUAGES:
            if name and language.lower().startswith(name.split("-")[0]):
                return language
    return LANGUAGES[0]
