"""How a worker comes in without a password: a signed link, or a code that a clerk reads out.

Both are made by the worker's station, live shortly, are good for one page (the worker's) and once:
what has been used lets in only whoever used it, who may not have heard the answer.
A link carries who it is for, signed; a code is kept as a keyed hash of its eight digits.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from gateway.access.keys import Clock
from gateway.access.principals import Worker
from gateway.store import Store

AUDIENCE: Final = "worker-page"
CODE_DIGITS: Final = 8
_SECOND_MS: Final = 1_000

Refusal = Literal["forged", "stale", "used", "unknown", "ended"]


class BadPassError(Exception):
    """A link or code that does not let in; `why` says what is wrong with it."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


class _Ticket(msgspec.Struct, frozen=True):
    """What a link says; `aud` is whom it is meant for, `once` the number that makes it single."""

    aud: str
    once: str
    worker: Worker
    made_at: int


class Passes:
    """Links and codes. Methods may raise StoreError."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        signing_keys: Sequence[str],
        *,
        link_ttl_s: int,
        code_ttl_s: int,
    ) -> None:
        """`signing_keys`: the newest first; it signs, all of them are believed."""
        self._store = store
        self._clock = clock
        self._link_ttl_s = link_ttl_s
        self._code_ttl_s = code_ttl_s
        self._signer = URLSafeTimedSerializer(
            list(reversed(signing_keys)),
            salt=f"gigmatch.{AUDIENCE}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )
        self._code_keys = [hashlib.sha256(f"code:{key}".encode()).digest() for key in signing_keys]

    def link(self, worker: Worker) -> tuple[str, int]:
        """A signed token, and when it ends."""
        now = self._clock()
        ticket = _Ticket(AUDIENCE, secrets.token_urlsafe(12), worker, now)
        token = self._signer.dumps(msgspec.to_builtins(ticket))
        return str(token), now + self._link_ttl_s * _SECOND_MS

    async def open_link(self, token: str, attempt: str = "") -> Worker:
        """Whom a link is for; a second time it is used. Raises BadPassError.

        Whoever has not heard the answer may ask again with the same `attempt`: a secret of theirs.
        """
        try:
            ticket = self._read(token)
        except (BadSignature, msgspec.ValidationError, UnicodeError) as error:
            raise BadPassError(
                "stale" if isinstance(error, SignatureExpired) else "forged"
            ) from None
        if ticket.aud != AUDIENCE:
            raise BadPassError("forged")
        until = self._clock() + self._link_ttl_s * _SECOND_MS
        if ticket.made_at + self._link_ttl_s * _SECOND_MS <= self._clock():
            raise BadPassError("stale")
        if await self._barred_since(ticket.worker.zone, ticket.worker.worker_id) >= ticket.made_at:
            raise BadPassError("ended")
        if not await self._is_first(ticket.once, attempt, until=until):
            raise BadPassError("used")
        return ticket.worker

    async def code(self, worker: Worker) -> tuple[str, int]:
        """Eight digits, and when they end."""
        until = self._clock() + self._code_ttl_s * _SECOND_MS
        kept = msgspec.json.encode((worker, self._clock()))
        while True:
            code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
            if await self._store.add("code", self._hashed(code)[0], kept, until=until):
                return code, until

    async def open_code(self, code: str, attempt: str = "") -> Worker:
        """Whom a code is for; a second time it is unknown. Raises BadPassError.

        `attempt` is as with a link.
        """
        for hashed in self._hashed(code.replace(" ", "")):
            kept = await self._store.get("code", hashed)
            if kept is None:
                continue
            worker, made_at = msgspec.json.decode(kept, type=tuple[Worker, int])
            if await self._barred_since(worker.zone, worker.worker_id) >= made_at:
                raise BadPassError("ended")
            # The same digits may be another's code later; until then this one is remembered.
            once, until = f"{hashed}:{made_at}", self._clock() + self._code_ttl_s * _SECOND_MS
            if await self._is_first(once, attempt, until=until):
                return worker
        raise BadPassError("unknown")

    async def bar(self, zone: str, worker_id: str, *, lasts_s: int, at: int | None = None) -> None:
        """End every session, link and code of a worker made until `at`, or now, whichever is first.

        That is remembered for `lasts_s`, which is as long as any of them may last.
        """
        now = self._clock()
        since = max(now if at is None else min(at, now), await self._barred_since(zone, worker_id))
        until = now + lasts_s * _SECOND_MS
        await self._store.put("barred", barred_name(zone, worker_id), b"%d" % since, until=until)

    async def _is_first(self, once: str, attempt: str, *, until: int) -> bool:
        """Whether what is good once has not been used yet, or with the same `attempt` only."""
        by = hashlib.sha256(attempt.encode()).digest() if attempt else b"1"
        if await self._store.add("used", once, by, until=until):
            return True
        return bool(attempt) and await self._store.get("used", once) == by

    async def _barred_since(self, zone: str, worker_id: str) -> int:
        return int(await self._store.get("barred", barred_name(zone, worker_id)) or -1)

    def _read(self, token: str) -> _Ticket:
        content: Any = self._signer.loads(token, max_age=self._link_ttl_s)
        return msgspec.convert(content, _Ticket)

    def _hashed(self, code: str) -> list[str]:
        return [hmac.digest(key, code.encode(), "sha256").hex() for key in self._code_keys]


def barred_name(zone: str, worker_id: str) -> str:
    """Where it stands that a worker's sessions have ended."""
    return f"{zone}/{worker_id}"
