"""The webhook channel: signed HTTP POSTs to one receiver, repeated until it has taken them.

Signed as Standard Webhooks says (https://www.standardwebhooks.com): `webhook-id`,
`webhook-timestamp` and `webhook-signature` = `v1,` and the base64 of the HMAC-SHA256 of
`id.timestamp.body`. `Idempotency-Key` repeats the id: a receiver that has seen it answers 2xx and
does nothing. A message in a trace has W3C's `traceparent`, too.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from random import Random
from typing import Final

import httpx
import msgspec
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
)

from events.notifications import FailureReason
from gigmatch.errors import SaidError
from gigmatch.spans import Attributes, Span, Spans
from streams.notifier.breaker import Breaker
from streams.notifier.channels import Letter, Undelivered
from streams.notifier.metrics import WEBHOOK_SECONDS

SECRET_PREFIX: Final = "whsec_"
_MAKE_SECRET: Final = (
    "python -c \"import base64, os; print('whsec_' + base64.b64encode(os.urandom(32)).decode())\""
)
MOST_TRIES: Final = 6
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 20.0
AT_ONCE: Final = 32
"""Exchanges at one time; a message that waits for its next try holds none of them."""
_CONNECT_S: Final = 3.0
_AGAIN: Final = frozenset({408, 409, 425, 429})
"""Besides 5xx. 409: the same message is being worked on (draft-ietf-httpapi-idempotency-key)."""


class SecretError(SaidError):
    """The webhook's secret is none; says what to do."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: one exchange, the first pause (doubled each time), and the longest pause."""

    exchange_s: float = 10.0
    first_pause_s: float = FIRST_PAUSE_S
    longest_pause_s: float = LONGEST_PAUSE_S


class _AgainError(Exception):
    """Not taken this time. `after_s`: the receiver asked to wait so long."""

    def __init__(
        self, reason: FailureReason, status: int | None = None, after_s: float = 0.0
    ) -> None:
        super().__init__(reason)
        self.reason: FailureReason = reason
        self.status = status
        self.after_s = after_s


class Webhook:
    """One receiver. Raises SecretError for a secret that is not `whsec_` and base64."""

    needs_address = True

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        timing: Timing | None = None,
        random: Random | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
        spans: Spans | None = None,
    ) -> None:
        """`random` spreads the pauses, `clock` stamps the messages (Unix seconds).

        `transport` takes the place of the network, `spans` takes each try.
        """
        self._spans = spans
        self._url = url
        self._key = secret_key(secret)
        self._timing = timing or Timing()
        self._random = random or Random()
        self._clock = clock
        self._breaker = Breaker(time.monotonic)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(self._timing.exchange_s, connect=_CONNECT_S),
            limits=httpx.Limits(max_connections=AT_ONCE),
            headers={"user-agent": "gigmatch-notifier"},
            trust_env=False,
            transport=transport,
        )

    async def send(self, letter: Letter) -> int:
        """Post until it is taken, refused, or too late."""
        body = msgspec.json.encode(payload(letter))
        tries = 0
        retrying = AsyncRetrying(
            stop=stop_after_attempt(MOST_TRIES) | stop_after_delay(letter.patience_s),
            wait=self._pause_s,
            retry=retry_if_exception_type(_AgainError),
            reraise=True,
        )
        try:
            async with asyncio.timeout(letter.patience_s):
                async for attempt in retrying:
                    with attempt:
                        tries += 1
                        await self._exchange(letter, body, tries)
        except _AgainError as last:
            raise Undelivered(last.reason, tries, last.status) from None
        except TimeoutError:
            raise Undelivered("timed_out", tries) from None
        return tries

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _exchange(self, letter: Letter, body: bytes, tries: int) -> None:
        """One try. Raises _AgainError, or Undelivered for a no that will stay one."""
        if not self._breaker.lets_through():
            raise _AgainError("circuit_open")
        try:
            async with self._at_once:
                status, after_s = await self._traced_post(letter, body, tries)
        except (httpx.TimeoutException, TimeoutError):
            self._breaker.failed()
            raise _AgainError("timed_out") from None
        except httpx.HTTPError:
            self._breaker.failed()
            raise _AgainError("unreachable") from None
        if status >= 500:
            self._breaker.failed()
            raise _AgainError("unreachable", status, after_s)
        self._breaker.succeeded()
        if status in _AGAIN:
            raise _AgainError("unreachable", status, after_s)
        if not 200 <= status < 300:
            raise Undelivered("refused", tries, status)

    async def _traced_post(self, letter: Letter, body: bytes, tries: int) -> tuple[int, float]:
        """As `_post`; the receiver gets the place of this try in the letter's trace."""
        headers = signed_headers(self._key, letter.message_id, int(self._clock()), body)
        if letter.trace is None:
            return await self._post(headers, body)
        at = letter.trace.then(f"{letter.message_id}-try-{tries}")
        begin_ns, status = time.time_ns(), 0
        try:
            status, after_s = await self._post(headers | {"traceparent": at.traceparent}, body)
        finally:
            if self._spans is not None:
                about: Attributes = {"gigmatch.try": tries, "http.response.status_code": status}
                error = "" if 200 <= status < 300 else str(status or "no answer")
                end_ns = time.time_ns()
                self._spans.record(
                    Span("POST webhook", at, letter.trace, begin_ns, end_ns, about, error)
                )
        return status, after_s

    async def _post(self, headers: dict[str, str], body: bytes) -> tuple[int, float]:
        """The status, and the seconds to wait that came with it; the answer's body is not read."""
        with WEBHOOK_SECONDS.time():
            async with (
                asyncio.timeout(self._timing.exchange_s),
                self._client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                after = answer.headers.get("retry-after", "")
                return answer.status_code, float(after) if after.isdecimal() else 0.0

    def _pause_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.after_s if isinstance(error, _AgainError) else 0.0
        return pause_s(state.attempt_number, asked, self._timing, self._random)


def pause_s(tries: int, asked_s: float, timing: Timing, random: Random) -> float:
    """Seconds to the next try: doubled each time, spread over the upper half; longer if asked."""
    base = min(timing.first_pause_s * 2.0 ** (tries - 1), timing.longest_pause_s)
    return max(base * random.uniform(0.5, 1.0), min(asked_s, timing.longest_pause_s))


def payload(letter: Letter) -> dict[str, object]:
    """What the receiver gets; `to` is what it calls the worker."""
    return {
        "message_id": letter.message_id,
        "worker_id": letter.worker_id,
        "to": letter.address,
        "language": letter.language,
        "text": letter.text,
        "notifications": list(letter.items),
    }


def signed_headers(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a message. Source: Standard Webhooks 1.0.0."""
    signed = b".".join((message_id.encode(), b"%d" % timestamp, body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "idempotency-key": message_id,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def secret_key(secret: str) -> bytes:
    """The bytes of a secret: `whsec_` and the base64 of 24 to 64 bytes. Raises SecretError."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not (secret.startswith(SECRET_PREFIX) and 24 <= len(key) <= 64):
        raise SecretError("notifier.secret", make=_MAKE_SECRET)
    return key
