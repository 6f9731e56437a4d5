"""Errors as answers: each in words, and in the audit where somebody wanted what is not theirs."""

from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from redis import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from events.rejections import Rejection
from gateway.access.guard import principal_of, route_of
from gateway.access.throttle import TooManyError
from gateway.audit import Audit
from gateway.problems import Problem, rejected, told
from gateway.publishing import PublishError
from gateway.reading import AmbiguousError
from gateway.sealing import SealedError
from gateway.store import StoreError

_ENTRANCES: Final = (
    "/, /station, /worker, /ops, /api/town, /api/jobs/{id}, /api/live, /openapi.json"
)
_AUDITED: Final = frozenset({400, 401, 403, 404, 409, 413, 415})
_AUDITED_REJECTIONS: Final = frozenset(
    {"markup", "personal_data", "bad_parameter", "bad_idempotency_key", "nested_too_deep"}
)
_KINDS: Final[tuple[type[Exception], ...]] = (
    Problem,
    Rejection,
    RequestValidationError,
    AmbiguousError,
    RedisError,
    StoreError,
    PublishError,
    SealedError,
    RecursionError,
)
_log = structlog.get_logger()


def answer_errors(app: FastAPI, audit: Audit) -> None:
    """Let an app answer every error that is expected."""

    async def answer(request: Request, error: Exception) -> Response:
        why = _why(error)
        response = rejected(request, why) if isinstance(why, Rejection) else told(request, why)
        if _is_audited(response.status_code, why) and (route := route_of(request)):
            subject = " ".join(request.path_params.values())
            what = f"{request.method} {route}"
            audit.note(principal_of(request), "refused", subject=subject, what=what, why=why.code)
        return response

    kinds: list[Any] = [*_KINDS, 404, 405]
    for kind in kinds:
        app.add_exception_handler(kind, answer)


def _is_audited(status: int, why: Problem | Rejection) -> bool:
    """Whether it is in the audit: of a flood only its first, which names it."""
    if isinstance(why, TooManyError):
        return why.is_first
    return status in _AUDITED or why.code in _AUDITED_REJECTIONS


def _parameter(name: str) -> Rejection:
    """Of the header that no browser's form has, what it is; of any other that it is wrong."""
    if name == "idempotency-key":
        return Rejection("bad_idempotency_key", name)
    return Rejection("bad_parameter", name)


def _why(error: Exception) -> Problem | Rejection:
    """What whoever asked is told of an error."""
    match error:
        case Problem() | Rejection():
            return error
        case RequestValidationError():
            return _parameter(str(error.errors()[0]["loc"][-1]))
        case AmbiguousError():
            return Problem(409, "ambiguous", zones=", ".join(error.zones))
        case HTTPException(status_code=405):
            return Problem(405, "wrong_method", headers=dict(error.headers or {}))
        case HTTPException():
            return Problem(404, "not_found", paths=_ENTRANCES)
        case RecursionError():
            return Rejection("nested_too_deep", "value")
        case RedisError():
            return Problem(503, "no_redis")
        case SealedError():
            _log.error("not opened", why=str(error))
            return Problem(503, "no_contact_key")
        case StoreError():
            _log.error("the store does not answer", why=str(error))
            return Problem(503, "no_store")
        case _:
            _log.error("not published", why=str(error))
            return Problem(503, "no_broker")
