"""Who hears what on the live stream: everybody, a station's zone, one worker, operators."""

import math
from functools import cached_property
from typing import Any, Final, NamedTuple

import msgspec

from gigmatch.readmodel.ranking import own_line

# Named one by one: a field that is added to an outcome is not public until it stands here.
_PUBLIC: Final = frozenset(
    {"zone", "at", "job_id", "subject", "model", "policy", "pool", "feasible", "excluded"}
    | {"headcount", "booked", "employer_id", "open_claims", "listed", "code", "field", "places"}
    | {"tier", "ring", "expires_at"}
)
_PUBLIC_LINE: Final = ("rank", "score", "p_accept", "p_complete", "reasons")


class Message:
    """An outcome on the live stream; `worker_ids` are those whom it is about."""

    def __init__(
        self,
        partition: int,
        offset: int,
        zone: str,
        type: str,
        worker_ids: frozenset[str],
        data: bytes,
    ) -> None:
        """`data`: what the projector tells, JSON `{id, type, outcome, job}`."""
        self.partition = partition
        self.offset = offset
        self.zone = zone
        self.type = type
        self.worker_ids = worker_ids
        self.data = data

    @cached_property
    def public(self) -> bytes:
        """As anybody may hear it, JSON; empty for what is nobody else's business."""
        return _public(msgspec.json.decode(self.data))

    def to(self, worker_id: str) -> bytes:
        """As one of those it is about may hear it, JSON: of a job's ranking, their own line."""
        return self.data if self.worker_ids == {worker_id} else _own(self.data, worker_id)


class Hearing(NamedTuple):
    """What somebody hears: of one worker or of all, in some zones or in all, whole or in public."""

    worker_id: str = ""
    zones: frozenset[str] | None = None
    in_public: bool = False

    def of(self, message: Message) -> bytes:
        """What they hear of a message; nothing when it is not for them."""
        if self.worker_id and self.worker_id not in message.worker_ids:
            return b""
        if self.zones is not None and message.zone not in self.zones:
            return b""
        if self.in_public:
            return message.public
        return message.to(self.worker_id) if self.worker_id else message.data


everybody: Final = Hearing(in_public=True)
"""What anybody may hear."""
operators: Final = Hearing()
"""All of it."""


def zone_of(zone: str) -> Hearing:
    """All of one zone."""
    return Hearing(zones=frozenset({zone}))


def worker_of(worker_id: str, zones: frozenset[str]) -> Hearing:
    """What is about one worker, in the zones where they are themselves."""
    return Hearing(worker_id=worker_id, zones=zones)


def _public(told: dict[str, Any]) -> bytes:
    outcome = told["outcome"]
    if outcome.get("subject") == "worker":
        return b""
    shown = {name: value for name, value in outcome.items() if name in _PUBLIC}
    if "ranking" in outcome:
        shown["ranking"] = [_public_line(line) for line in outcome["ranking"]]
    return msgspec.json.encode({**told, "outcome": shown})


def _own(data: bytes, worker_id: str) -> bytes:
    told = msgspec.json.decode(data)
    outcome = told["outcome"]
    own = own_line(((line["worker_id"], line) for line in outcome["ranking"]), worker_id)
    return msgspec.json.encode({**told, "outcome": {**outcome, "ranking": own}})


def _public_line(line: dict[str, Any]) -> dict[str, Any]:
    distance = max(1, math.ceil(line["distance_km"]))
    return {**{name: line[name] for name in _PUBLIC_LINE}, "distance_km": distance}
