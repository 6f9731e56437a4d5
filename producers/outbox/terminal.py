"""The terminal's door: a page's commands are kept and sent, all else is passed on to the gateway.

A command goes out with the station's device key, so it is taken only of a page that the gateway
has let in at this station: its cookie and its token are those of a session that is remembered.
"""

import re
from collections.abc import Callable
from typing import Final

import httpx
import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from events.rejections import Rejection
from events.topics import MAX_FACT_BYTES
from gigmatch.answers import json_answer, language_of
from gigmatch.browser import COOKIE, CSRF_HEADER
from producers.outbox.answers import answered, headers_of, new_cookie, passed_back
from producers.outbox.bodies import body_of, require_json
from producers.outbox.commands import Command, Commands
from producers.outbox.errors import KnownIdError, NoRoomError, RefusedError
from producers.outbox.forwarder import Forwarder
from producers.outbox.line import Line, NoLineError, is_of_a_gateway
from producers.outbox.routes import Said, is_passed_on, said
from producers.outbox.sessions import Session, Sessions
from producers.outbox.station import Station

PATIENCE_S: Final = 10.0
"""How long a page waits for the gateway; its own patience ends at fifteen seconds."""
_SESSION: Final = "/api/session"
_STREAMS: Final = "/live"
_COMMAND_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_OURS: Final = ("same-origin", "none")

_log = structlog.get_logger()


class Terminal:
    """Answers the page of a station. Its methods raise Rejection, RefusedError, and the store's."""

    def __init__(
        self,
        station: Station,
        commands: Commands,
        sessions: Sessions,
        line: Line,
        forwarder: Forwarder,
        clock: Callable[[], int],
    ) -> None:
        """`clock` gives UTC ms."""
        self.commands = commands
        self.line = line
        self.forwarder = forwarder
        self._station = station
        self._sessions = sessions
        self._clock = clock

    async def api(self, request: Request) -> Response:
        """Whatever a page asks of the gateway."""
        if request.method != "GET":
            check_origin(request)
        if command := said(request.method, _path(request)):
            return await self._keep(request, command)
        if not is_passed_on(request.method, _path(request)):
            raise RefusedError(404, "gateway.not_found", paths="/station")
        try:
            if _path(request).endswith(_STREAMS):
                return await self._stream(request)
            return await self._pass_on(request)
        except NoLineError:
            if request.method == "GET" and _path(request) == _SESSION:
                return await self._remembered(request)
            raise RefusedError(503, "outbox.no_line") from None

    async def discard(self, request: Request) -> Response:
        """Forget a command that was refused, or that waits."""
        check_origin(request)
        id = request.path_params["id"]
        if not await run_in_threadpool(self.commands.discard, id):
            raise RefusedError(404, "outbox.no_command", id=id[:80])
        return json_answer({"id": id, "state": "discarded"})

    async def _keep(self, request: Request, command: Said) -> Response:
        """On the disk, then to the gateway: its answer, or that it will be there later."""
        await self._require_session(request)
        id = request.headers.get("idempotency-key", "")
        if not _COMMAND_ID.fullmatch(id):
            raise Rejection("bad_idempotency_key", "idempotency-key")
        require_json(request)
        content, path = await body_of(request), _path(request)
        if len(content) > MAX_FACT_BYTES:
            raise Rejection("too_large", "value", size=len(content), limit=MAX_FACT_BYTES)
        command.check(path, content, self._station)
        kept = Command(id, path, content, language_of(request), command.subject)
        try:
            answer = await run_in_threadpool(self.commands.add, kept, self._clock())
        except KnownIdError:
            raise RefusedError(409, "outbox.known_id", id=id) from None
        self.forwarder.wake()
        answer = answer or await self.forwarder.fate(id, PATIENCE_S)
        if answer is None:
            raise RefusedError(503, "outbox.kept")
        return answered(answer)

    async def _require_session(self, request: Request) -> None:
        """Raise RefusedError unless a page of this station asks that has signed in."""
        cookie = request.cookies.get(COOKIE)
        session = await self._session(cookie) if cookie else None
        if session is None:
            raise RefusedError(401, "gateway.sign_in_first")
        self._require_own(session)
        if not session.has_token(request.headers.get(CSRF_HEADER, "")):
            raise RefusedError(403, "gateway.no_csrf_token")

    async def _session(self, cookie: str) -> Session | None:
        """Whose cookie it is, as is remembered here or as the gateway says."""
        known = await run_in_threadpool(self._sessions.find, cookie)
        if known is not None:
            return known
        try:
            answer = await self.line.pass_on("GET", _SESSION, {}, cookie, b"")
        except NoLineError:
            raise RefusedError(503, "outbox.no_line") from None
        if answer.status_code >= 500 or not is_of_a_gateway(answer):
            raise RefusedError(503, "outbox.no_line")
        return await self._learn(cookie, answer)

    async def _pass_on(self, request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        answer = await self.line.pass_on(
            request.method, _target(request), request.headers, cookie, await body_of(request)
        )
        if not is_of_a_gateway(answer):
            raise NoLineError(f"HTTP {answer.status_code}")
        new = new_cookie(answer)
        if _path(request) == _SESSION and request.method != "DELETE":
            await self._learn(new or cookie, answer)
        elif cookie and _ends(request, answer):
            await self._forget(cookie)
        return passed_back(answer)

    async def _learn(self, cookie: str, answer: httpx.Response) -> Session | None:
        """The session of an answer, remembered; without one, the cookie's is forgotten.

        Another station's is refused: its commands are not for this outbox.
        """
        if answer.status_code != 200:
            if answer.status_code in (401, 404):
                await self._forget(cookie)
            return None
        try:
            session = Session.of(answer.content)
        except msgspec.DecodeError:
            return None
        if session.role != "station":
            return session
        self._require_own(session)
        try:
            await run_in_threadpool(self._sessions.keep, cookie, session)
        except NoRoomError as error:
            _log.warning("who is signed in cannot be remembered", why=str(error))
        return session

    async def _forget(self, cookie: str) -> None:
        try:
            await run_in_threadpool(self._sessions.forget, cookie)
        except NoRoomError as error:
            _log.warning("a session that is over cannot be forgotten", why=str(error))

    def _require_own(self, session: Session) -> None:
        if (session.role, session.station_id) != ("station", self._station.name):
            raise RefusedError(403, "outbox.other_station", station=self._station.name)

    async def _remembered(self, request: Request) -> Response:
        """Who is signed in, without a line: what the gateway said last."""
        cookie = request.cookies.get(COOKIE, "")
        session = await run_in_threadpool(self._sessions.find, cookie)
        if session is None:
            raise RefusedError(503, "outbox.no_line")
        return Response(
            session.view, media_type="application/json", headers={"cache-control": "no-store"}
        )

    async def _stream(self, request: Request) -> Response:
        """An answer that goes on until one of the two hangs up."""
        cookie = request.cookies.get(COOKIE, "")
        answer = await self.line.begin(_target(request), request.headers, cookie)
        if not is_of_a_gateway(answer):
            await answer.aclose()
            raise NoLineError(f"HTTP {answer.status_code}")
        return StreamingResponse(self.line.rest_of(answer), answer.status_code, headers_of(answer))


def check_origin(request: Request) -> None:
    """Raise RefusedError for a change that the page of another site asks for.

    Browsers say where a request comes from; what says nothing is no browser.
    """
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    is_ours = request.headers.get("origin", own) == own
    if not is_ours or request.headers.get("sec-fetch-site", "none") not in _OURS:
        raise RefusedError(403, "gateway.other_origin")


def _path(request: Request) -> str:
    return str(request.scope["path"])


def _target(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{_path(request)}?{query}" if query else _path(request)


def _ends(request: Request, answer: httpx.Response) -> bool:
    """Whether the cookie's session is over. A guest's time, who has a token, is another matter."""
    if "authorization" in request.headers:
        return False
    is_signing_out = (request.method, _path(request)) == ("DELETE", _SESSION)
    return answer.status_code == 401 or (is_signing_out and answer.is_success)
