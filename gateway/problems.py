"""Errors that say what to do, as RFC 9457 has it, in the language of whoever asks."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from events.rejections import Rejection
from gigmatch.answers import language_of, problem, problem_answer

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


def told(request: Request, error: Problem) -> Response:
    """The answer to a request that cannot be answered."""
    answer = problem(request, error.status, f"gateway.{error.code}", **error.details)
    answer.headers.update(error.headers)
    return answer


def rejected(request: Request, rejection: Rejection) -> Response:
    """The answer to a command that the contract does not allow."""
    reason = rejection.reason(language_of(request), has_paths=False)
    return problem_answer(422, rejection.code, reason, field=rejection.field)
