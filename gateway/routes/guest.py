"""A worker as the guest of their station's device: in with a code, out again, the station stays."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.guard import guest_of, principal_of
from gateway.access.passes import BadPassError
from gateway.answers.session import GuestEndedView, GuestView
from gateway.openapi import body_for, documented
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.requests import GuestSignIn, decoded, read_body
from gigmatch.answers import json_answer

_PATH = "/api/session/guest"


def add_guest_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""

    @router.post(
        _PATH,
        responses=documented(GuestView, 400, 401, 403, 413, 415),
        openapi_extra={"requestBody": body_for(GuestSignIn)},
    )
    async def sign_in_guest(request: Request) -> Response:
        """A worker signs in on a station's device, with a code, for ten minutes at most.

        The station's cookie is as it was. The worker's requests bring the answer's token along, as
        `authorization: Bearer`, which counts before a cookie.
        """
        sent = decoded(GuestSignIn, await read_body(request))
        try:
            worker = await parts.passes.open_code(sent.code, sent.attempt)
        except BadPassError as error:
            raise Problem(401, f"bad_pass_{error.why}") from None
        token, session = await parts.sessions.begin_guest(worker)
        parts.audit.note(worker, "signed_in")
        return json_answer(
            GuestView(
                token=token,
                zone=worker.zone,
                worker_id=worker.worker_id,
                expires_at=session.expires_at,
            )
        )

    @router.delete(_PATH, responses=documented(GuestEndedView, 401, 404))
    async def sign_out_guest(request: Request) -> Response:
        """End a guest's session."""
        token = guest_of(request)
        if token is None:
            raise Problem(404, "no_session")
        await parts.sessions.end(token)
        parts.audit.note(principal_of(request), "signed_out")
        return json_answer(GuestEndedView(ended=True))
