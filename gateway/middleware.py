"""Around every answer: the headers that keep pages to themselves, a renewed cookie, a count."""

from typing import Final

from prometheus_client import Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gigmatch.browser import PAGE_HEADERS

REQUESTS: Final = Counter("gigmatch_http_requests", "Requests answered", ["route", "status"])

_TLS: Final = {"strict-transport-security": "max-age=31536000"}


class Around:
    """Adds the headers and counts the answer."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """`secure` when people reach the gateway by https."""
        self._app = app
        headers = {**PAGE_HEADERS, **_TLS} if secure else PAGE_HEADERS
        self._added = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                renewed = scope.get("state", {}).get("set_cookie")
                cookie = [] if renewed is None else [(b"set-cookie", renewed.encode())]
                message["headers"] = [*message["headers"], *self._added, *cookie]
                route = getattr(scope.get("route"), "path", "")
                REQUESTS.labels(route, message["status"]).inc()
            await send(message)

        await self._app(scope, receive, send_with_headers)
