"""What a terminal may ask through its outbox: what is kept, what is only passed on, and no more.

Every route of the gateway that changes something is of one of three kinds: it is kept here
(`KEPT`), it is passed on while there is a line and never written down (`PASSED_ON`), or it is for
operators and not served. A test compares this with the gateway's OpenAPI.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from events.codec import VERSION, decode_fact
from events.facts import (
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.faults import not_json
from events.personal import holds_personal_data
from events.rejections import Rejection
from producers.outbox.station import Station

_S: Final = "/api/station"
_WORKER: Final = f"{_S}/workers/{{worker_id}}"
_OFFER: Final = f"{_WORKER}/offers/{{offer_id}}"
_JOB: Final = f"{_S}/jobs/{{job_id}}"
_AT_WORK: Final = f"{_JOB}/workers/{{worker_id}}"
_CLAIMS: Final = f"{_S}/wage-claims"
_ID: Final = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.:-]{1,64}"


class Kept(NamedTuple):
    """A route whose commands are kept, and the fact that comes of them.

    `given` stands for what only the gateway can fill in; what has a `subject` is replaced by a
    later word on it.
    """

    path: str
    fact: type[Fact]
    given: Mapping[str, str] = {}
    subject: str = ""


KEPT: Final = (
    Kept(f"{_S}/jobs", JobPosted),
    Kept(f"{_JOB}/amendment", JobAmended),
    Kept(f"{_JOB}/cancellation", JobCancelled),
    Kept(f"{_AT_WORK}/completion", WorkCompleted),
    Kept(f"{_AT_WORK}/no-show", WorkNoShow),
    Kept(f"{_AT_WORK}/rating", WorkRated, {"rated_by": "employer"}),
    Kept(f"{_WORKER}/availability", WorkerAvailable),
    Kept(f"{_WORKER}/unavailability", WorkerUnavailable),
    Kept(f"{_WORKER}/forgetting", WorkerForgotten),
    Kept(f"{_OFFER}/acceptance", OfferAccepted, subject="{offer_id}"),
    Kept(f"{_OFFER}/refusal", OfferDeclined, subject="{offer_id}"),
    Kept(
        f"{_OFFER}/rating",
        WorkRated,
        {"rated_by": "worker", "job_id": "J-"},
        subject="rating {offer_id}",
    ),
    Kept(_CLAIMS, WageClaimOpened),
    Kept(f"{_CLAIMS}/{{claim_id}}/closing", WageClaimClosed),
)
"""A worker's erasure is one of them: behind what was said of them before, and not forgotten."""

PASSED_ON: Final = (
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/session/guest"),
    ("DELETE", "/api/session/guest"),
    ("POST", f"{_WORKER}/notices/{{notification_id}}/told"),
    ("POST", f"{_WORKER}/link"),
    ("POST", f"{_WORKER}/code"),
    ("DELETE", f"{_WORKER}/passes"),
    ("PUT", f"{_WORKER}/contact"),
    ("PATCH", f"{_WORKER}/contact"),
    ("DELETE", f"{_WORKER}/contact"),
    ("POST", f"{_WORKER}/contact/reveal"),
    ("POST", "/api/worker/availability"),
    ("POST", "/api/worker/unavailability"),
    ("POST", "/api/worker/forgetting"),
    ("POST", "/api/worker/offers/{offer_id}/acceptance"),
    ("POST", "/api/worker/offers/{offer_id}/refusal"),
    ("POST", "/api/worker/offers/{offer_id}/rating"),
)
"""Signing in, contacts, numbers, links and codes, and what a guest says with their own token."""

NOT_SERVED: Final = "/api/operator/"


def _pattern(path: str) -> re.Pattern[str]:
    """What a template stands for: a path with an id in each place."""
    return re.compile(re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{_ID})", path))


_KEPT: Final = [(_pattern(kept.path), kept) for kept in KEPT]
_PASSED_ON: Final = [(method, _pattern(path)) for method, path in PASSED_ON]
_READ: Final = re.compile(rf"/api(/{_ID})+")


class Said(NamedTuple):
    """A command by its path: the route, and the ids in it."""

    kept: Kept
    ids: Mapping[str, str]

    @property
    def subject(self) -> str:
        """What a later command takes its place on; "" for none."""
        return self.kept.subject.format(**self.ids)

    def check(self, path: str, content: bytes, station: Station) -> None:
        """Raise Rejection for what the gateway would not take, and no disk may: numbers and names.

        Whose a job or a worker is only the gateway knows.
        """
        if holds_personal_data(path.encode()):
            raise Rejection("personal_data", "worker_id" if "worker_id" in self.ids else "job_id")
        given = {"zone": station.zone, **self.kept.given, **self.ids}
        if "station_id" in self.kept.fact.__struct_fields__:
            given["station_id"] = station.name
        data = msgspec.json.encode({**given, **_body(content), **self.ids})
        station.check(decode_fact(f"{self.kept.fact.TYPE}.{VERSION}", data))


def said(method: str, path: str) -> Said | None:
    """The command that a request is, if it is one that is kept."""
    if method != "POST":
        return None
    for pattern, kept in _KEPT:
        if found := pattern.fullmatch(path):
            return Said(kept, found.groupdict())
    return None


def is_passed_on(method: str, path: str) -> bool:
    """Whether a request goes to the gateway as it is."""
    if method == "GET":
        return _READ.fullmatch(path) is not None and not path.startswith(NOT_SERVED)
    return any(method == one and pattern.fullmatch(path) for one, pattern in _PASSED_ON)


def _body(content: bytes) -> dict[str, Any]:
    """The fields of a body; an empty one has none. Raises Rejection."""
    try:
        body = msgspec.json.decode(content) if content.strip() else {}
    except RecursionError:
        raise Rejection("nested_too_deep", "value") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_json(content, error) from None
    if not isinstance(body, dict):
        raise Rejection("not_object", "value", value="[…]")
    return body
