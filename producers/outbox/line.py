"""The line to the gateway: commands in the station's name, and what a page asks in its own."""

import ssl
from collections.abc import AsyncIterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final

import httpx
import msgspec

from gigmatch.browser import COOKIE, CSRF_HEADER
from gigmatch.errors import SaidError, system_says

_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 10.0
_SLOW_S: Final = 90.0
"""Some answers are computed first, and a stream says something every ten seconds."""
_OPEN_TO_OTHERS: Final = 0o077
_LONGEST_KEY: Final = 200
_SENT_ON: Final = (
    *("accept", "accept-language", "authorization", "content-type", "idempotency-key"),
    *("if-modified-since", "if-none-match", "last-event-id", "traceparent", CSRF_HEADER),
)
"""A page's headers that the gateway gets. Its Origin is this machine's, and was looked at here."""


class NoLineError(Exception):
    """Nobody has answered, or not as a gateway that can decide would; asked again it may.

    `again_s` is how long to wait before that, if it was said.
    """

    def __init__(self, why: str, again_s: float = 0.0) -> None:
        super().__init__(why)
        self.again_s = again_s


class _Problem(msgspec.Struct):
    title: str
    type: str = ""


class Line:
    """The gateway of a station. Methods raise NoLineError."""

    def __init__(self, gateway: str, key_file: Path) -> None:
        """`gateway` is its address. Raises SaidError for a key file that is of no use."""
        self._key_file = key_file
        self._key = read_key(key_file)
        self._client = httpx.AsyncClient(
            base_url=gateway,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # a page's are its own
            trust_env=False,  # no proxy of somebody's shell; certificates are the system's
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            headers={"user-agent": "gigmatch-outbox", "accept": "application/json"},
        )

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def own_station(self) -> httpx.Response:
        """Whose key it is, as the file has it now: an answer with the station's id."""
        try:
            self._key = read_key(self._key_file)
        except SaidError as error:
            raise NoLineError(str(error)) from None
        return await self._ask("GET", "/api/station/calls", headers=httpx.Headers(self._named()))

    async def command(self, id: str, path: str, value: bytes, language: str) -> httpx.Response:
        """The gateway's answer to a command in the station's name."""
        headers = {
            **self._named(),
            "content-type": "application/json",
            "idempotency-key": id,
            "accept-language": language,
        }
        return await self._ask("POST", path, headers=httpx.Headers(headers), content=value)

    async def pass_on(
        self, method: str, path: str, headers: Mapping[str, str], cookie: str, content: bytes
    ) -> httpx.Response:
        """The gateway's answer to what a page asks with its own session, or with none."""
        slow = _SLOW_S if path.partition("?")[0].endswith("/advice") else _ANSWER_S
        sent = _sent_on(headers, cookie)
        return await self._ask(method, path, headers=sent, content=content, read_s=slow)

    async def begin(self, path: str, headers: Mapping[str, str], cookie: str) -> httpx.Response:
        """The same for an answer that goes on: `rest_of` it is still to come, or close it."""
        timeout = httpx.Timeout(_SLOW_S, connect=_CONNECT_S)
        sent = _sent_on(headers, cookie)
        sent["accept-encoding"] = "identity"
        try:
            request = self._client.build_request("GET", path, headers=sent, timeout=timeout)
            return await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoLineError(type(error).__name__) from None

    async def rest_of(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        """What comes, until the line breaks or nobody wants more."""
        try:
            async for part in answer.aiter_bytes():
                yield part
        except httpx.HTTPError:
            return
        finally:
            await answer.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: httpx.Headers,
        content: bytes = b"",
        read_s: float = _ANSWER_S,
    ) -> httpx.Response:
        try:
            return await self._client.request(
                method,
                path,
                headers=headers,
                content=content or None,
                timeout=httpx.Timeout(read_s, connect=_CONNECT_S),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoLineError(type(error).__name__) from None

    def _named(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._key}"}


def read_key(file: Path) -> str:
    """A station's key. Raises SaidError for a file that others can read, or that has none."""
    try:
        if file.stat().st_mode & _OPEN_TO_OTHERS:
            raise SaidError("error.outbox_key_open", path=file)
        key = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SaidError("error.outbox_key", path=file, why=system_says(error)) from None
    except UnicodeDecodeError:
        key = ""
    if not key.isascii() or not key.isprintable() or not 0 < len(key) <= _LONGEST_KEY:
        raise SaidError("error.outbox_no_key", path=file)
    return key


def told(answer: httpx.Response) -> str:
    """What a gateway says is wrong, or the status when it says nothing."""
    try:
        return msgspec.json.decode(answer.content, type=_Problem).title
    except msgspec.DecodeError:
        return f"HTTP {answer.status_code}"


def is_of_a_gateway(answer: httpx.Response) -> bool:
    """Whether it says so itself. A network may have pages of its own instead of a way out."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return kind in ("application/json", "application/problem+json", "text/event-stream") or (
        answer.status_code == 304
    )


def _sent_on(headers: Mapping[str, str], cookie: str) -> httpx.Headers:
    """A browser's may be beyond ASCII."""
    sent = {name: headers[name] for name in _SENT_ON if name in headers}
    if cookie:
        sent["cookie"] = f"{COOKIE}={cookie}"
    return httpx.Headers(sent, encoding="latin-1")
