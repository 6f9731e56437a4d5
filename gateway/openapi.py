"""The OpenAPI document: FastAPI's own, with the contract's types and the table of rules in it."""

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from events.codec import FACT_TYPES
from events.schemas import Schema, components
from gateway.access.rules import RULES, Rule
from gateway.answers import (
    commands,
    contacts,
    jobs,
    keys,
    operations,
    public,
    ranking,
    session,
    terminal,
    workers,
)
from gateway.contacts import ContactChanges
from gateway.problems import PROBLEM_TYPE, ProblemView
from gateway.requests import ContactSent, GuestSignIn, SignIn
from gigmatch.browser import COOKIE, CSRF_HEADER
from gigmatch.command_routes import Command

Responses = dict[int | str, dict[str, Any]]

_ANSWERS: Final = (
    commands,
    contacts,
    jobs,
    keys,
    operations,
    public,
    ranking,
    session,
    terminal,
    workers,
)
_REF: Final = "#/components/schemas/{name}"
_TOKEN: Final = {
    "name": CSRF_HEADER,
    "in": "header",
    "required": False,
    "description": "the session's token; not needed with a key",
    "schema": {"type": "string", "maxLength": 200},
}
_WRONG: Final = {
    400: "a part of the request cannot be read",
    401: "a key, link, code or session is missing or not good",
    403: "not for this role, not their own, or from another site's page",
    404: "there is no such thing there",
    409: "the id has been used, or stands for several things; or somebody else is signed in here",
    413: "the body is too large",
    415: "the body is not JSON",
    422: "a field is wrong, or a parameter",
    429: "too many requests; `retry-after` says how long to wait, in seconds",
    503: "something that is needed does not answer, or is not set up",
}
_ALWAYS: Final = (422, 429, 503)


def documented(answer: type[msgspec.Struct], *wrong: int, status: int = 200) -> Responses:
    """The answers of a route: its own, and the problems that it may have instead."""
    own = {
        "description": _prose(answer),
        "content": {"application/json": {"schema": _ref(answer)}},
    }
    return {status: own, **problems(*wrong)}


def media(media_type: str, description: str, *wrong: int) -> Responses:
    """The answers of a route that is not JSON."""
    kind = "object" if media_type.endswith("json") else "string"
    content = {media_type: {"schema": {"type": kind}}}
    return {200: {"description": description, "content": content}, **problems(*wrong)}


def problems(*wrong: int) -> Responses:
    """The problems that a route may have."""
    content = {PROBLEM_TYPE: {"schema": _ref(ProblemView)}}
    return {
        status: {"description": _WRONG[status], "content": content}
        for status in sorted({*wrong, *_ALWAYS})
    }


def body_for(kind: type[msgspec.Struct], *, required: bool = True) -> Schema:
    """The body of a route, by its type."""
    return {"required": required, "content": {"application/json": {"schema": _ref(kind)}}}


def command_body(command: Command) -> Schema:
    """The body of a command: its fact without the fields that are given elsewhere."""
    parts = components([command.fact], _REF)
    whole = parts[command.fact.__name__]
    left_out = set(command.given)
    properties = {k: v for k, v in whole["properties"].items() if k not in left_out}
    required = [name for name in whole.get("required", ()) if name not in left_out]
    schema = {**whole, "properties": properties, "required": required}
    schema["title"] = f"{command.fact.__name__} without what the path and the key say"
    return {
        "required": bool(required),
        "content": {"application/json": {"schema": schema}},
    }


def path_parameters(path: str) -> list[Schema]:
    """The parameters of a path that no signature names."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    text = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9_.:-]+$"}
    return [{"name": n, "in": "path", "required": True, "schema": text} for n in names]


def document(app: FastAPI) -> Schema:
    """The whole document, in JSON's own values."""
    made = get_openapi(
        title="gigmatch gateway",
        version="1.0.0",
        summary="What stations, workers and operators ask and say, over HTTP.",
        description=(
            "Answers come from the read model, commands go onto the log: 202 says where a command "
            "stands there, and `see` where the market's decision can be read. Times are integer "
            "UTC milliseconds, money is integer fen (0.01 CNY). Fields are only ever added. Errors "
            "are `application/problem+json` (RFC 9457), in zh-CN or en by `Accept-Language`. A "
            "change made with a session needs its token in `x-csrf-token`."
        ),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            operation["tags"] = [_tag(path)]
            _guarded(operation, RULES[method.upper(), path], method)
    made["components"] = {
        "schemas": components(_types(), _REF),
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "a station's or operator's"},
            "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        },
    }
    return made


def _guarded(operation: Schema, rule: Rule, method: str) -> None:
    """Write into an operation who may use it."""
    roles = ", ".join(sorted(rule.roles))
    operation["description"] = f"{operation.get('description', '')}\n\nFor: {roles}; {rule.scope}."
    operation["description"] = operation["description"].strip()
    operation["security"] = [{}] if rule.is_open else [{"key": []}, {"session": []}]
    for status in (401, 403):
        operation["responses"].setdefault(str(status), problems(status)[status])
    if method != "get":
        operation.setdefault("parameters", []).append(_TOKEN)


def _tag(path: str) -> str:
    """Whom a path is for: `/api/station/jobs` is for a station."""
    room = path.removeprefix("/api/").partition("/")[0]
    return room if room in ("station", "worker", "operator", "session") else "public"


def _types() -> list[type[msgspec.Struct]]:
    """Every type that the document may name."""
    kinds: list[type[msgspec.Struct]] = [
        ProblemView,
        SignIn,
        GuestSignIn,
        ContactSent,
        ContactChanges,
    ]
    kinds += FACT_TYPES.values()
    kinds += [
        kind
        for module in _ANSWERS
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ]
    return kinds


def _ref(kind: type[msgspec.Struct]) -> Schema:
    return {"$ref": _REF.format(name=kind.__name__)}


def _prose(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or kind.__name__).partition("\n")[0]
