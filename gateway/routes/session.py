"""Signing in and out: with a key, a worker's link, or a code that was read out."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.rejections import Rejection
from gateway.access.guard import principal_of, session_of
from gateway.access.keys import BadKeyError
from gateway.access.passes import BadPassError
from gateway.access.principals import Known
from gateway.access.sessions import Session
from gateway.answers.session import SessionView
from gateway.openapi import body_for, documented
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.requests import SignIn, decoded, read_body
from gigmatch.answers import json_answer
from gigmatch.browser import COOKIE


def add_session_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    secure = parts.wishes.public_url.startswith("https:")

    @router.post(
        "/api/session",
        responses=documented(SessionView, 400, 401, 403, 409, 413, 415),
        openapi_extra={"requestBody": body_for(SignIn)},
    )
    async def sign_in(request: Request) -> Response:
        """Sign in; the answer sets the session's cookie. A link and a code are good once.

        They are not taken where a station or an operator is signed in: there is one session for a
        browser, and a worker's would end theirs.
        """
        sent = decoded(SignIn, await read_body(request))
        session = session_of(request)
        if sent.key is None and session is not None and session.principal.role != "worker":
            raise Problem(409, "signed_in_here")
        principal = await _principal(parts, sent)
        await _end(request)
        cookie, session = await parts.sessions.begin(principal)
        parts.audit.note(principal, "signed_in")
        answer = json_answer(_view(session))
        parts.sessions.set_cookie(answer, cookie, session, secure=secure)
        return answer

    @router.get("/api/session", responses=documented(SessionView, 401, 404))
    async def who(request: Request) -> Response:
        """Who is signed in with the cookie, and the token for changes."""
        session = session_of(request)
        if session is None:
            raise Problem(404, "no_session")
        return json_answer(_view(session))

    @router.delete("/api/session", responses=documented(SessionView, 401, 404))
    async def sign_out(request: Request) -> Response:
        """End the session; the answer is what it was."""
        session = session_of(request)
        if session is None:
            raise Problem(404, "no_session")
        await _end(request)
        parts.audit.note(principal_of(request), "signed_out")
        answer = json_answer(_view(session))
        answer.delete_cookie(COOKIE, httponly=True, secure=secure, samesite="strict")
        return answer

    async def _end(request: Request) -> None:
        if cookie := request.cookies.get(COOKIE):
            await parts.sessions.end(cookie)


async def _principal(parts: Parts, sent: SignIn) -> Known:
    """Whom what was sent stands for. Raises Problem 401, and Rejection unless it is one thing."""
    given = [one for one in (sent.key, sent.link, sent.code) if one is not None]
    if len(given) != 1:
        raise Rejection("one_of_three", "value")
    try:
        if sent.key is not None:
            return (await parts.keys.check(sent.key)).principal
        if sent.link is not None:
            return await parts.passes.open_link(sent.link, sent.attempt)
        return await parts.passes.open_code(given[0], sent.attempt)
    except BadKeyError as error:
        raise Problem(401, f"bad_key_{error.why}") from None
    except BadPassError as error:
        raise Problem(401, f"bad_pass_{error.why}") from None


def _view(session: Session) -> SessionView:
    principal = session.principal
    zones = getattr(principal, "zones", None)
    return SessionView(
        role=principal.role,
        zone=getattr(principal, "zone", None),
        station_id=getattr(principal, "station_id", None),
        worker_id=getattr(principal, "worker_id", None),
        zones=None if zones is None else list(zones),
        csrf=session.csrf,
        expires_at=session.expires_at,
    )
