"""The door of every route: how often, who, with which token, by which rule. Refused by default."""

from contextlib import suppress
from typing import Final, cast
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from gateway.access.keys import BadKeyError, Keys
from gateway.access.principals import Anyone, Known, Operator, Principal, Worker
from gateway.access.rules import RULES, Rule
from gateway.access.sessions import GUEST, Session, Sessions
from gateway.access.throttle import Throttle
from gateway.problems import Problem
from gateway.store import StoreError
from gigmatch.browser import COOKIE, CSRF_HEADER

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UNLIMITED: Final = frozenset({"/healthz", "/metrics", "/static/{path}"})
_SIGNING_IN: Final = (("POST", "/api/session"), ("POST", "/api/session/guest"))
_BEARER: Final = "bearer "
_LONGEST_KEY: Final = 200


class Guard:
    """Lets a request through to its route, or raises Problem; `principal_of` then says who it is.

    Raises StoreError and RedisError, too.
    """

    def __init__(
        self,
        keys: Keys,
        sessions: Sessions,
        throttle: Throttle,
        *,
        origin: str,
        public_view: bool,
    ) -> None:
        """`origin` is the gateway's own, "" to take the address it is reached at."""
        self._keys = keys
        self._sessions = sessions
        self._throttle = throttle
        self._origin = origin
        self._public_view = public_view

    async def __call__(self, request: Request) -> None:
        """Let a request through, or raise Problem."""
        path = route_of(request)
        rule = RULES[request.method, path]
        if path in _UNLIMITED:
            return
        address = request.client.host if request.client else "unknown"
        await self._throttle.count("anyone", address)
        if self._is_nobodys(path, rule):
            return  # whoever asks gets the same: a page opens while Redis, and who asks, is away
        if (request.method, path) in _SIGNING_IN:
            await self._throttle.count("sign_in", address)
        principal = await self._identify(request)
        request.state.principal = principal
        if not isinstance(principal, Anyone):
            await self._throttle.count("known", _counted_as(principal))
        self._authorise(principal, rule)
        if isinstance(principal, Operator):
            self._check_zones(request, principal, rule)
        await self._renew(request)

    def _is_nobodys(self, path: str, rule: Rule) -> bool:
        """Whether a route gives everybody the same, as a page does that asks for what it shows."""
        is_public = rule.scope == "nobody's data" or (path == "/" and self._public_view)
        return rule.is_open and is_public

    async def _identify(self, request: Request) -> Principal:
        sent = request.headers.get("authorization", "")
        if sent:
            return await self._by_token(request, sent)
        if request.method not in _SAFE:
            self._check_origin(request)
        cookie = request.cookies.get(COOKIE)
        # A guest's token is none: as a cookie it would be renewed, and last for a month.
        if cookie is None or cookie.startswith(GUEST):
            return Anyone()
        session = await self._sessions.find(cookie)
        if session is None:
            return Anyone()
        request.state.principal = session.principal
        request.state.session = session
        is_change = request.method not in _SAFE and route_of(request) != "/api/session"
        if is_change or request.method == "DELETE":
            _check_token(request, session)
        return session.principal

    async def _renew(self, request: Request) -> None:
        """A session that is used goes on; `gateway.middleware` sets its cookie again."""
        session, cookie, path = session_of(request), request.cookies.get(COOKIE), route_of(request)
        # Signing in and out set the cookie themselves. A cache may keep what is not of the API.
        is_change = request.method not in _SAFE and path == "/api/session"
        if session is None or cookie is None or is_change or not path.startswith("/api/"):
            return
        renewed = None
        with suppress(StoreError):  # it is good for a while yet, and the next request tries again
            renewed = await self._sessions.renew(cookie, session)
        if renewed is not None:
            request.state.session = renewed
            setting = Response()
            secure = self._origin.startswith("https:")
            self._sessions.set_cookie(setting, cookie, renewed, secure=secure)
            request.state.set_cookie = setting.headers["set-cookie"]

    async def _by_token(self, request: Request, sent: str) -> Principal:
        if not sent.lower().startswith(_BEARER) or len(sent) > _LONGEST_KEY:
            raise Problem(401, "bad_key_unknown", headers=_CHALLENGE)
        token = sent[len(_BEARER) :].strip()
        if token.startswith(GUEST):
            return await self._guest(request, token)
        try:
            record = await self._keys.check(token)
        except BadKeyError as error:
            raise Problem(401, f"bad_key_{error.why}", headers=_CHALLENGE) from None
        return record.principal

    async def _guest(self, request: Request, token: str) -> Principal:
        """No browser sends it by itself, as it does a cookie: nothing else need come along."""
        session = await self._sessions.find(token)
        if session is None:
            raise Problem(401, "sign_in_first", headers=_CHALLENGE)
        request.state.guest = token
        return session.principal

    def _check_origin(self, request: Request) -> None:
        """A browser says which page a change comes from: only our own may."""
        origin = request.headers.get("origin")
        if origin is None:
            return
        own = self._origin or f"{request.url.scheme}://{request.headers.get('host', '')}"
        try:
            is_ours = urlsplit(origin)[:2] == urlsplit(own)[:2]
        except ValueError:  # neither is an address, as `http://[`
            is_ours = False
        if not is_ours:
            raise Problem(403, "other_origin")

    def _authorise(self, principal: Principal, rule: Rule) -> None:
        if rule.scope == "public view" and not self._public_view:
            if principal.role in ("anyone", "worker"):
                raise Problem(403, "no_public_view")
        elif principal.role not in rule.roles:
            if isinstance(principal, Anyone):
                raise Problem(401, "sign_in_first", headers=_CHALLENGE)
            raise Problem(403, "not_for_you")

    def _check_zones(self, request: Request, operator: Operator, rule: Rule) -> None:
        """Refuse what is outside of an operator's zones as far as a request itself says so."""
        if operator.zones is None:
            return
        if rule.scope == "all zones":
            raise Problem(403, "all_zones_only", zones=", ".join(operator.zones))
        asked = request.query_params.getlist("zone")
        if rule.scope == "their zones":
            check_zones(operator, *asked)
        elif rule.scope == "public view" and not self._public_view and route_of(request) != "/":
            check_zones(operator, *asked or [""])  # to them it is theirs or nobody's, named or not


def _counted_as(principal: Known) -> str:
    """Whose requests are counted together: another zone may have a worker of the same id."""
    if isinstance(principal, Worker):
        return f"{principal.zone}/{principal.actor}"
    return principal.actor


def check_zones(operator: Operator, *zones: str) -> None:
    """Raise Problem 403 unless all zones are an operator's."""
    other = next((zone for zone in zones if not operator.sees(zone)), None)
    if other is not None:
        own = ", ".join(operator.zones or ())
        raise Problem(403, "another_zone", value=other[:20], zones=own)


_CHALLENGE: Final = {"www-authenticate": 'Bearer realm="gigmatch"'}


def route_of(request: HTTPConnection) -> str:
    """The route of a request as the table of rules writes it, or "" when it has none."""
    route = request.scope.get("route")
    return cast(str, getattr(route, "path", ""))


def principal_of(request: HTTPConnection) -> Principal:
    """Who asks, after the guard."""
    return cast(Principal, getattr(request.state, "principal", Anyone()))


def operator_of(request: HTTPConnection) -> Operator:
    """The operator or reader who asks, on a route that is for nobody else."""
    principal = principal_of(request)
    assert isinstance(principal, Operator)
    return principal


def session_of(request: HTTPConnection) -> Session | None:
    """The session of who asks, when it is not a key."""
    return cast("Session | None", getattr(request.state, "session", None))


def guest_of(request: HTTPConnection) -> str | None:
    """The token of a guest who asks; None for everybody else."""
    return cast("str | None", getattr(request.state, "guest", None))


def _check_token(request: Request, session: Session) -> None:
    if not session.has_token(request.headers.get(CSRF_HEADER, "")):
        raise Problem(403, "no_csrf_token")
