"""The gateway's answers as a page on this machine gets them."""

import contextlib
from http.cookies import CookieError, SimpleCookie
from typing import Final

import httpx
from starlette.responses import Response

from gigmatch.browser import COOKIE
from producers.outbox.commands import Answer

_PASSED_BACK: Final = ("content-type", "cache-control", "etag", "retry-after", "last-modified")


def answered(answer: Answer) -> Response:
    """What the gateway has said to a command."""
    kind = "application/problem+json" if answer.is_refusal else "application/json"
    headers = {"cache-control": "no-store"}
    return Response(answer.content, answer.status, headers, media_type=kind)


def passed_back(answer: httpx.Response) -> Response:
    """An answer of the gateway, whole, to the page that asked."""
    made = Response(answer.content, answer.status_code, headers_of(answer))
    for cookie in answer.headers.get_list("set-cookie"):
        if cookie.startswith(f"{COOKIE}="):
            made.headers.append("set-cookie", _for_this_machine(cookie))
    return made


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """The headers of it that a page reads."""
    return {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}


def _for_this_machine(cookie: str) -> str:
    """A cookie without `Secure`: between page and outbox is no network, and so no TLS."""
    parts = (part for part in cookie.split(";") if part.strip().lower() != "secure")
    return ";".join(parts)


def new_cookie(answer: httpx.Response) -> str:
    """The session's cookie that an answer sets, or ""."""
    for header in answer.headers.get_list("set-cookie"):
        with contextlib.suppress(CookieError):
            if found := SimpleCookie(header).get(COOKIE):
                return found.value
    return ""
