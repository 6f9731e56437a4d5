"""A live stream as an answer: which outcomes, from where on, for whom."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import Header, Query
from starlette.responses import StreamingResponse

from events.codec import OUTCOME_TYPES
from gateway.audience import Hearing
from gateway.cursor import Cursor
from gateway.live import Live
from gateway.problems import Problem

MOST_PARTITIONS: Final = 64
"""Of so many a cursor is short enough for an event id; above, a stream is of one zone."""

RENEW_S: Final = 300.0
"""A stream that needs a key or session ends so soon; who comes again is asked again."""

Zone = Annotated[str | None, Query(pattern="^[0-9]{6}$", description="GB/T 2260 county code")]
After = Annotated[str | None, Query(max_length=2_000, description="the id to go on after")]
Types = Annotated[str, Query(alias="type", max_length=500, description="outcome types, by commas")]
LastEventId = Annotated[str | None, Header(alias="last-event-id", max_length=2_000)]


async def stream(
    live: Live,
    hearing: Hearing,
    *,
    zone: str | None,
    after: str | None,
    types: str,
    last_event_id: str | None,
) -> StreamingResponse:
    """Server-sent events from now, or after an id. Raises Problem 400.

    What not everybody may hear ends after RENEW_S, and goes on where it was for who comes again.
    """
    if zone is not None:
        others = hearing.zones is not None and zone not in hearing.zones
        hearing = hearing._replace(zones=frozenset() if others else frozenset({zone}))
    if hearing.zones is None and await live.partitions() > MOST_PARTITIONS:
        raise Problem(400, "zone_needed")
    asked = last_event_id or after or None
    cursor = None if asked is None else Cursor.parse(asked)
    if asked is not None and cursor is None:
        raise Problem(400, "bad_resume", value=asked[:40])
    wanted = frozenset(filter(None, types.split(",")))
    if unknown := sorted(wanted - OUTCOME_TYPES.keys()):
        known = ", ".join(OUTCOME_TYPES)
        raise Problem(400, "unknown_type", value=unknown[0][:40], known=known)
    events = live.events(cursor, wanted, hearing)
    return StreamingResponse(
        events if hearing.in_public else _until(events, RENEW_S),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _until(events: AsyncGenerator[bytes, None], seconds: float) -> AsyncIterator[bytes]:
    """A stream that ends with what comes first after so long: an outcome, or a heartbeat."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    async with aclosing(events):
        async for event in events:
            yield event
            if loop.time() >= end:
                return
