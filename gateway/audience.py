"""Who hears what on the live stream: everybody, a station's zone, one worker, operators."""

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec


class Message(NamedTuple):
    """An outcome on the live stream: as it is, and as anybody may hear it, both JSON.

    `public` is empty for what is nobody else's business; `worker_id` whom it is about, or "".
    """

    partition: int
    offset: int
    zone: str
    type: str
    data: bytes
    public: bytes
    worker_id: str


Hearing = Callable[[Message], bytes]
"""What somebody hears of a message; nothing when it is not for them."""

# Named one by one: a field that is added to an outcome is not public until it stands here.
_PUBLIC: Final = frozenset(
    {"zone", "at", "job_id", "subject", "model", "policy", "pool", "feasible", "excluded"}
    | {"headcount", "booked", "employer_id", "open_claims", "code", "field", "places"}
    | {"tier", "ring", "expires_at"}
)
_PUBLIC_LINE: Final = ("rank", "score", "p_accept", "p_complete", "reasons")


def everybody(message: Message) -> bytes:
    """What anybody may hear."""
    return message.public


def operators(message: Message) -> bytes:
    """All of it."""
    return message.data


def zone_of(zone: str) -> Hearing:
    """All of one zone."""
    return lambda message: message.data if message.zone == zone else b""


def worker_of(worker_id: str, zones: frozenset[str]) -> Hearing:
    """What is about one worker, in the zones where they are themselves."""
    return lambda message: (
        message.data if message.worker_id == worker_id and message.zone in zones else b""
    )


def message_of(partition: int, offset: int, zone: str, type: str, data: bytes) -> Message:
    """A message of what the projector tells: `{id, type, outcome, job}`."""
    told: dict[str, Any] = msgspec.json.decode(data)
    whom = told["outcome"].get("worker_id", "")
    return Message(partition, offset, zone, type, data, _public(told), whom)


def _public(told: dict[str, Any]) -> bytes:
    outcome = told["outcome"]
    if outcome.get("subject") == "worker":
        return b""
    shown = {name: value for name, value in outcome.items() if name in _PUBLIC}
    if "ranking" in outcome:
        shown["ranking"] = [_public_line(line) for line in outcome["ranking"]]
    return msgspec.json.encode({**told, "outcome": shown})


def _public_line(line: dict[str, Any]) -> dict[str, Any]:
    distance = max(1, math.ceil(line["distance_km"]))
    return {**{name: line[name] for name in _PUBLIC_LINE}, "distance_km": distance}
