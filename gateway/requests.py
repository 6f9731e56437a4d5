"""Bodies: read up to a limit, decoded into their types, refused in words."""

from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta
from starlette.requests import ClientDisconnect, Request

from events.faults import fault, not_json
from events.rejections import Rejection
from events.topics import MAX_FACT_BYTES
from gateway.contacts import Contact
from gateway.problems import Problem

MOST_BYTES: Final = MAX_FACT_BYTES
_JSON: Final = ("application/json", "")

T = TypeVar("T", bound=msgspec.Struct)


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """One of them: a key of a station or an operator, a worker's link, a code that was read out.

    A link and a code are good once; the same `attempt`, which nobody else knows, may come again
    with them.
    """

    key: str | None = None
    link: str | None = None
    code: str | None = None
    attempt: Annotated[str, Meta(max_length=64)] = ""


class GuestSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was read out; `attempt` is as with `SignIn`."""

    code: str
    attempt: Annotated[str, Meta(max_length=64)] = ""


class ContactSent(Contact, frozen=True, kw_only=True):
    """A contact to store."""


async def read_body(request: Request) -> bytes:
    """The body. Raises Problem 413 as soon as it is too large, 415 when it is not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON:
        raise Problem(415, "not_json_body")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                raise _too_large()
    except ClientDisconnect:
        raise Problem(400, "body_cut_off") from None
    return bytes(body)


def decoded(kind: type[T], sent: bytes) -> T:
    """A body as its type. Raises Rejection with the field."""
    try:
        return msgspec.json.decode(sent, type=kind)
    except msgspec.ValidationError as error:
        raise fault(kind, sent, error) from None
    except RecursionError:
        raise Rejection("nested_too_deep", "value") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_json(sent, error) from None


def _too_large() -> Problem:
    return Problem(413, "body_too_large", limit=str(MOST_BYTES // 1024))
