"""Sessions: a random cookie, kept as its hash, that stands for a principal until it ends.

A session that is used goes on: its time begins anew, in the store and in the cookie, once a tenth
of it has gone, so that a page that asks every five seconds does not write every five seconds.
"""

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

import msgspec
from starlette.responses import Response

from events.values import Millis
from gateway.access.keys import BadKeyError, Clock, Keys
from gateway.access.passes import barred_name
from gateway.access.principals import Known, Operator, Station, Worker
from gateway.store import Store
from gigmatch.browser import COOKIE

GUEST: Final = "gs."
"""A guest's token begins so, and no cookie can: a worker's session on the device of a station."""
GUEST_S: Final = 600
"""How long a guest stays at most; nothing begins anew while they are there."""
_SECOND_MS: Final = 1_000


class Lasting(NamedTuple):
    """How many seconds after its last use a session ends, by whose it is."""

    operator: int
    worker: int
    station: int

    def of(self, principal: Known) -> int:
        """The seconds of a principal's session."""
        match principal:
            case Station():
                return self.station
            case Worker():
                return self.worker
            case Operator():
                return self.operator


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a session. `csrf` is what its page sends along with each change."""

    station: Station | None = None
    worker: Worker | None = None
    operator: Operator | None = None
    csrf: str
    began_at: Millis
    expires_at: Millis

    @property
    def principal(self) -> Known:
        """Whom the session stands for."""
        principal = self.station or self.worker or self.operator
        assert principal is not None
        return principal

    def has_token(self, token: str) -> bool:
        """Whether a CSRF token is this session's."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())


class Sessions:
    """The sessions in a store. Methods may raise StoreError."""

    def __init__(self, store: Store, keys: Keys, clock: Clock, lasting: Lasting) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._lasting = lasting

    async def begin(self, principal: Known) -> tuple[str, Session]:
        """A new session: the cookie's value, and the session."""
        return await self._begin(principal, "", self._lasting.of(principal))

    async def begin_guest(self, worker: Worker) -> tuple[str, Session]:
        """A new session of a worker on another's device: the token of it, and the session."""
        return await self._begin(worker, GUEST, GUEST_S)

    async def _begin(self, principal: Known, prefix: str, lasts_s: int) -> tuple[str, Session]:
        cookie, now = f"{prefix}{secrets.token_urlsafe(32)}", self._clock()
        session = Session(
            station=principal if isinstance(principal, Station) else None,
            worker=principal if isinstance(principal, Worker) else None,
            operator=principal if isinstance(principal, Operator) else None,
            csrf=secrets.token_urlsafe(24),
            began_at=now,
            expires_at=now + lasts_s * _SECOND_MS,
        )
        kept = msgspec.json.encode(session)
        await self._store.put("session", _hashed(cookie), kept, until=session.expires_at)
        return cookie, session

    async def find(self, cookie: str) -> Session | None:
        """The session of a cookie, while it lasts and what it began with is still good."""
        kept = await self._store.get("session", _hashed(cookie))
        if kept is None:
            return None
        session = msgspec.json.decode(kept, type=Session)
        if session.expires_at <= self._clock():
            return None
        return session if await self._stands(session) else None

    async def renew(self, cookie: str, session: Session) -> Session | None:
        """The session with its time begun anew; None while a tenth of it has not gone yet.

        Nothing else begins anew: what ends the sessions begun before it ends this one, too.
        """
        now, lasts_ms = self._clock(), self._lasting.of(session.principal) * _SECOND_MS
        if session.expires_at - now > lasts_ms * 9 // 10:
            return None
        renewed = msgspec.structs.replace(session, expires_at=now + lasts_ms)
        kept = msgspec.json.encode(renewed)
        # Whoever signs out at this very moment has signed out: what is gone does not come back.
        is_there = await self._store.replace(
            "session", _hashed(cookie), kept, until=renewed.expires_at
        )
        return renewed if is_there else None

    def set_cookie(self, answer: Response, cookie: str, session: Session, *, secure: bool) -> None:
        """Have an answer set the cookie for as long as its session lasts now."""
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=self._lasting.of(session.principal),
            httponly=True,
            secure=secure,
            samesite="strict",
        )

    async def end(self, cookie: str) -> None:
        """End a session."""
        await self._store.take("session", _hashed(cookie))

    async def _stands(self, session: Session) -> bool:
        match session.principal:
            case Worker() as worker:
                barred = await self._store.get("barred", barred_name(worker.zone, worker.worker_id))
                return barred is None or int(barred) < session.began_at
            case principal:
                try:
                    record = await self._keys.still_good(principal.key_id)
                except BadKeyError:
                    return False
                return record.principal == principal


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
