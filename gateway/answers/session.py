"""Who is signed in, and what lets a worker in."""

from events.values import Millis
from gateway.access.principals import Role
from gateway.answers.view import View


class SessionView(View):
    """Who is signed in, and the token that each change must bring along in `x-csrf-token`.

    `zone` is a station's or a worker's; `zones` an operator's, null for all.
    """

    role: Role
    zone: str | None
    station_id: str | None
    worker_id: str | None
    zones: list[str] | None
    csrf: str
    expires_at: Millis


class GuestView(View):
    """A worker who is signed in on their station's device; `token` goes with each request."""

    token: str
    zone: str
    worker_id: str
    expires_at: Millis


class GuestEndedView(View):
    """A guest is not signed in any more."""

    ended: bool


class LinkView(View):
    """A link for one worker, for their page, for once. `qr`: the rows of its QR code, 1 is dark."""

    url: str
    qr: list[str]
    expires_at: Millis


class PassesEndedView(View):
    """Whatever let a worker in until now does not any more: sessions, links, codes."""

    worker_id: str
    ended: bool


class CodeView(View):
    """A code to read out to one worker, for once."""

    code: str
    expires_at: Millis
