"""Outcomes as Server-Sent Events: one reader of Redis for all who watch, resumable by id.

An event's id is a cursor: the offset of the next outcome of each partition, `0:88122,1:18`.
Offsets are the log's own, so a cursor stays good when the read model is rebuilt.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NamedTuple, cast

import structlog
from prometheus_client import Gauge
from redis import RedisError
from redis.asyncio import Redis

from events.topics import partition_of
from gigmatch.readmodel import LOG, PARTITIONS, live_key

WATCHING: Final = Gauge("gigmatch_live_watchers", "Open live streams")
HEARTBEAT_S: Final = 10.0
_BLOCK_MS: Final = 2_000
_COUNT: Final = 500
_QUEUE: Final = 2_000
"""Who is so far behind is cut off, and comes back with their cursor."""
_RETRY_S: Final = 1.0
_CURSOR: Final = re.compile(r"\d{1,4}:\d{1,19}(,\d{1,4}:\d{1,19})*")

_log = structlog.get_logger()

Cursor = dict[int, int]


class Message(NamedTuple):
    """An outcome on the live stream; `data` is the JSON that goes out."""

    partition: int
    offset: int
    zone: str
    type: str
    data: bytes


def parse_cursor(text: str) -> Cursor | None:
    """The cursor of an event id, or None when it is not one."""
    if not _CURSOR.fullmatch(text):
        return None
    pairs = (pair.split(":") for pair in text.split(","))
    return {int(partition): int(offset) for partition, offset in pairs}


def format_cursor(cursor: Mapping[int, int]) -> str:
    """A cursor as an event id; empty for one of no partitions."""
    return ",".join(f"{partition}:{offset}" for partition, offset in sorted(cursor.items()))


class Live:
    """Reads the live streams once and hands every outcome to all who listen."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._log = b""
        self._position: Cursor = {}
        self._queues: set[asyncio.Queue[Message | None]] = set()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Read until closed; Redis may go away and come back."""
        self._loop = asyncio.get_running_loop()
        while not self._closed:
            try:
                await self._follow()
            except RedisError as error:
                _log.warning("live stream interrupted", why=str(error))
                await asyncio.sleep(_RETRY_S)

    def close_soon(self) -> None:
        """Close, asked from a signal handler or another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """End every open stream; their browsers come back by themselves."""
        self._closed = True
        for queue in self._queues:
            _end(queue)

    async def partitions(self) -> int:
        """How many partitions the log has; 0 before anything has been projected."""
        return int(await self._redis.get(PARTITIONS) or 0)

    async def cursor(self) -> Cursor:
        """The outcome that comes next in each partition, as far as Redis has them."""
        cursor = {}
        for partition in range(await self.partitions()):
            key = live_key(partition)
            newest = await cast(Any, self._redis.xrevrange(key, count=1))
            cursor[partition] = _offset(newest[0][0]) + 1 if newest else 0
        return cursor

    async def events(
        self, after: Cursor | None, zone: str | None, types: frozenset[str]
    ) -> AsyncIterator[bytes]:
        """The bytes of one stream: outcomes after a cursor, or from now, and heartbeats."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue(_QUEUE)
        position = dict(self._position)  # no await between this and the next line
        self._queues.add(queue)
        WATCHING.inc()
        try:
            partitions = list(position)
            if zone is not None and partitions:
                partitions = [partition_of(zone, len(partitions))]
            seen = {p: (position if after is None else after).get(p, 0) for p in partitions}
            yield f"retry: 2000\nid: {format_cursor(seen)}\nevent: ready\ndata: {{}}\n\n".encode()
            async for message in self._messages(queue, seen, position):
                if message is None:
                    yield b": still here\n\n"
                elif _wanted(message, zone, types):
                    id = format_cursor(seen).encode()
                    yield b"id: " + id + b"\nevent: outcome\ndata: " + message.data + b"\n\n"
        finally:
            self._queues.discard(queue)
            WATCHING.dec()

    async def _messages(
        self, queue: "asyncio.Queue[Message | None]", seen: Cursor, position: Cursor
    ) -> AsyncIterator[Message | None]:
        """What lies between `seen` and `position`, then what comes; None for a heartbeat."""
        for partition, offset in list(seen.items()):
            if offset < position[partition]:
                first, end = f"{offset}-0", f"({position[partition]}-0"
                entries = await cast(Any, self._redis.xrange(live_key(partition), first, end))
                for entry in entries:
                    message = _message(partition, entry)
                    seen[partition] = message.offset + 1
                    yield message
        while not self._closed:
            try:
                arrived = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
            except TimeoutError:
                yield None
                continue
            if arrived is None:
                return
            if seen.get(arrived.partition, arrived.offset + 1) <= arrived.offset:
                seen[arrived.partition] = arrived.offset + 1
                yield arrived

    async def _follow(self) -> None:
        log, count = await cast(Any, self._redis.mget(LOG, PARTITIONS))
        if count is None:
            await asyncio.sleep(_RETRY_S)
            return
        if log != self._log or len(self._position) != int(count):
            # Another log has other offsets: whoever listens comes again, to the new one.
            self._log, self._position = log, await self.cursor()
            for queue in self._queues:
                _end(queue)
        places: dict[Any, Any] = {
            live_key(number): f"{offset}-0" for number, offset in self._position.items()
        }
        streams = await cast(Any, self._redis.xread(places, count=_COUNT, block=_BLOCK_MS))
        for key, entries in streams or ():
            partition = int(key.rpartition(b":")[2])
            for entry in entries:
                message = _message(partition, entry)
                self._position[partition] = message.offset + 1
                self._hand_out(message)

    def _hand_out(self, message: Message) -> None:
        for queue in self._queues:
            if queue.full():
                _end(queue)
            else:
                queue.put_nowait(message)


def _end(queue: "asyncio.Queue[Message | None]") -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _message(partition: int, entry: tuple[bytes, dict[bytes, bytes]]) -> Message:
    id, fields = entry
    return Message(
        partition=partition,
        offset=_offset(id),
        zone=fields[b"zone"].decode(),
        type=fields[b"type"].decode(),
        data=fields[b"data"],
    )


def _offset(id: bytes) -> int:
    return int(id.partition(b"-")[0])


def _wanted(message: Message, zone: str | None, types: frozenset[str]) -> bool:
    return (zone is None or message.zone == zone) and (not types or message.type in types)
