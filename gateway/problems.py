"""Errors that say what to do, as RFC 9457 has it, in the language of whoever asks."""

from typing import Any, Final

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from events.rejections import Rejection
from events.texts import LANGUAGES, text

PROBLEM_TYPE: Final = "application/problem+json"


class ProblemView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong and what to do. `field` is the path of the field at fault: `shifts[0].end`."""

    type: str
    title: str
    status: int
    field: str = ""


class Problem(Exception):
    """Why a request is not answered: the status, a row `gateway.<code>`, and its details."""

    def __init__(
        self, status: int, code: str, *, headers: dict[str, str] | None = None, **details: str
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.details = details


def problem(request: HTTPConnection, error: Problem) -> Response:
    """The answer to a request that cannot be answered."""
    title = text(f"gateway.{error.code}", language_of(request), **error.details)
    view = ProblemView(type=f"urn:gigmatch:{error.code}", title=title, status=error.status)
    return _answer(view, error.headers)


def rejected(request: HTTPConnection, rejection: Rejection) -> Response:
    """The answer to a command that the contract does not allow."""
    return _answer(
        ProblemView(
            type=f"urn:gigmatch:{rejection.code}",
            title=rejection.reason(language_of(request)),
            status=422,
            field=rejection.field,
        ),
        {},
    )


def language_of(request: HTTPConnection) -> str:
    """The language asked for, or the first that the browser names, or Chinese."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    for part in asked.split(","):
        name = part.split(";")[0].strip().lower()
        for language in LANGUAGES:
            if name and language.lower().startswith(name.split("-")[0]):
                return language
    return LANGUAGES[0]


def json_answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer as JSON that nobody keeps."""
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def _answer(view: ProblemView, headers: dict[str, str]) -> Response:
    return Response(
        msgspec.json.encode(view),
        status_code=view.status,
        media_type=PROBLEM_TYPE,
        headers={"cache-control": "no-store", **headers},
    )
