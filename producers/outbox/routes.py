"""What a terminal may ask through its outbox: what is kept, what is only passed on, and no more.

Every route of the gateway that changes something is of one of three kinds: it is a command of a
station and kept here, it is passed on while there is a line and never written down (`PASSED_ON`),
or it is for operators and not served. A test compares this with the gateway's OpenAPI.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from events.codec import VERSION, decode_fact
from events.faults import not_json
from events.personal import holds_personal_data
from events.rejections import Rejection
from gigmatch.command_routes import (
    STATION_AT_WORK,
    STATION_COMMANDS,
    STATION_OFFER,
    STATION_WORKER,
    Command,
)
from producers.outbox.station import Station

_ID: Final = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.:-]{1,64}"

_STANDS_FOR: Final[Mapping[str, Mapping[str, str]]] = {
    f"{STATION_AT_WORK}/rating": {"rated_by": "employer"},
    f"{STATION_OFFER}/rating": {"rated_by": "worker", "job_id": "J-"},
}
"""By path, a value in the place of what only the gateway can fill in: to check the rest."""

_SUBJECTS: Final[Mapping[str, str]] = {
    f"{STATION_OFFER}/acceptance": "{offer_id}",
    f"{STATION_OFFER}/refusal": "{offer_id}",
    f"{STATION_OFFER}/rating": "rating {offer_id}",
}
"""By path, what a command is on: a later one on the same takes its place."""

PASSED_ON: Final = (
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/session/guest"),
    ("DELETE", "/api/session/guest"),
    ("POST", f"{STATION_WORKER}/notices/{{notification_id}}/told"),
    ("POST", f"{STATION_WORKER}/link"),
    ("POST", f"{STATION_WORKER}/code"),
    ("DELETE", f"{STATION_WORKER}/passes"),
    ("PUT", f"{STATION_WORKER}/contact"),
    ("PATCH", f"{STATION_WORKER}/contact"),
    ("DELETE", f"{STATION_WORKER}/contact"),
    ("POST", f"{STATION_WORKER}/contact/reveal"),
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


_KEPT: Final = [(_pattern(command.path), command) for command in STATION_COMMANDS]
_PASSED_ON: Final = [(method, _pattern(path)) for method, path in PASSED_ON]
_READ: Final = re.compile(rf"/api(/{_ID})+")


class Said(NamedTuple):
    """A command by its path: the route, and the ids in it."""

    route: Command
    ids: Mapping[str, str]

    @property
    def subject(self) -> str:
        """What a later command takes its place on; "" for none."""
        return _SUBJECTS.get(self.route.path, "").format(**self.ids)

    def check(self, path: str, content: bytes, station: Station) -> None:
        """Raise Rejection for what the gateway would not take, and no disk may: numbers and names.

        Whose a job or a worker is only the gateway knows.
        """
        if holds_personal_data(path.encode()):
            raise Rejection("personal_data", "worker_id" if "worker_id" in self.ids else "job_id")
        fact = self.route.fact
        given = {"zone": station.zone, **_STANDS_FOR.get(self.route.path, {}), **self.ids}
        if "station_id" in fact.__struct_fields__:
            given["station_id"] = station.name
        data = msgspec.json.encode({**given, **_body(content), **self.ids})
        station.check(decode_fact(f"{fact.TYPE}.{VERSION}", data))


def said(method: str, path: str) -> Said | None:
    """The command that a request is, if it is one that is kept."""
    if method != "POST":
        return None
    for pattern, command in _KEPT:
        if found := pattern.fullmatch(path):
            return Said(command, found.groupdict())
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
