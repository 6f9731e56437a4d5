"""Outcomes as Server-Sent Events, resumable by Last-Event-ID."""

import re
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from redis import RedisError

from gateway.model import ReadModel

HEARTBEAT_MS: Final = 10_000
_ID: Final = re.compile(r"\d{1,20}-\d{1,20}")


def is_event_id(text: str) -> bool:
    """Whether a text can be an id of the live stream."""
    return _ID.fullmatch(text) is not None


async def events(
    model: ReadModel, after: str, zone: str | None, types: frozenset[str]
) -> AsyncIterator[bytes]:
    """The stream's bytes, for ever: outcomes after an id, a comment when nothing comes.

    Ends when Redis does not answer; the browser then asks again from where it was.
    """
    yield b"retry: 2000\n\n"
    while True:
        try:
            arrived = await model.outcomes_after(after, HEARTBEAT_MS)
        except RedisError:
            return
        if not arrived:
            yield b": nothing new\n\n"
        for id, outcome in arrived:
            after = id
            if _wanted(outcome["type"], outcome["data"], zone, types):
                head = f"id: {id}\nevent: outcome\ndata: ".encode()
                kind = msgspec.json.encode(outcome["type"])
                yield head + b'{"type":' + kind + b',"outcome":' + outcome["data"] + b"}\n\n"


class _Zone(msgspec.Struct):
    zone: str


def _wanted(kind: str, data: bytes, zone: str | None, types: frozenset[str]) -> bool:
    if types and kind not in types:
        return False
    return zone is None or msgspec.json.decode(data, type=_Zone).zone == zone
