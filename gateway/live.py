"""Outcomes as Server-Sent Events: one reader of Redis for all who watch, resumable by id."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final, cast

import structlog
from prometheus_client import Gauge
from redis import RedisError
from redis.asyncio import Redis

from events.topics import partition_of
from gateway.audience import Hearing, Message, message_of
from gateway.cursor import NO_LOG, Cursor
from gigmatch.readmodel import LOG, PARTITIONS, live_key

WATCHING: Final = Gauge("gigmatch_live_watchers", "Open live streams")
HEARTBEAT_S: Final = 10.0
_BLOCK_MS: Final = 2_000
_COUNT: Final = 500
_QUEUE: Final = 2_000
"""Who is so far behind is cut off, and comes back with their cursor."""
_RETRY_S: Final = 1.0

_log = structlog.get_logger()


Queue = asyncio.Queue[Message | None]


class Live:
    """Reads the live streams once and hands every outcome to all who listen."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._position = Cursor(NO_LOG, {})
        self._ready = asyncio.Event()
        self._queues: set[Queue] = set()
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
        self._ready.set()
        self._end_all()

    async def partitions(self) -> int:
        """How many partitions the log has; 0 before anything has been projected."""
        return int(await self._redis.get(PARTITIONS) or 0)

    async def cursor(self) -> Cursor:
        """The outcome that comes next in each partition, as far as Redis has them."""
        log = cast("bytes | None", await self._redis.get(LOG))
        offsets = {}
        for partition in range(await self.partitions()):
            newest = await cast(Any, self._redis.xrevrange(live_key(partition), count=1))
            offsets[partition] = _offset(newest[0][0]) + 1 if newest else 0
        return Cursor(_tag(log), offsets)

    async def events(
        self, after: Cursor | None, zone: str | None, types: frozenset[str], hearing: Hearing
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of one stream: outcomes after a cursor, or from now, and heartbeats.

        Of each outcome goes out what `hearing` hears of it.
        """
        yield b"retry: 2000\n\n"
        while not self._ready.is_set() and not self._closed:
            try:
                await asyncio.wait_for(self._ready.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield b": nothing has happened yet\n\n"
        if self._closed:
            return
        position = self._position.copy()  # no await between this and the next line
        queue = self._listen()
        try:
            seen = position.start_from(after)
            if zone is not None:
                seen = seen.only(partition_of(zone, len(position.offsets)))
            yield f"id: {seen}\nevent: ready\ndata: {{}}\n\n".encode()
            async for message in self._messages(queue, seen, position):
                if message is None:
                    yield b": still here\n\n"
                elif _wanted(message, zone, types) and (heard := hearing(message)):
                    yield b"id: %b\nevent: outcome\ndata: %b\n\n" % (str(seen).encode(), heard)
        finally:
            self._queues.discard(queue)
            WATCHING.set(len(self._queues))

    def _listen(self) -> Queue:
        queue: Queue = asyncio.Queue(_QUEUE)
        self._queues.add(queue)
        WATCHING.set(len(self._queues))
        return queue

    async def _messages(
        self, queue: Queue, seen: Cursor, position: Cursor
    ) -> AsyncIterator[Message | None]:
        """What lies between `seen` and `position`, then what comes; None for a heartbeat."""
        for partition, offset in list(seen.offsets.items()):
            if offset < position.offsets[partition]:
                first, end = f"{offset}-0", f"({position.offsets[partition]}-0"
                entries = await cast(Any, self._redis.xrange(live_key(partition), first, end))
                for entry in entries:
                    message = _message(partition, entry)
                    seen.offsets[partition] = message.offset + 1
                    yield message
        while not self._closed:
            try:
                arrived = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
            except TimeoutError:
                yield None
                continue
            if arrived is None:
                return
            if seen.offsets.get(arrived.partition, arrived.offset + 1) <= arrived.offset:
                seen.offsets[arrived.partition] = arrived.offset + 1
                yield arrived

    async def _follow(self) -> None:
        log, count = await cast(Any, self._redis.mget(LOG, PARTITIONS))
        if count is None:
            await asyncio.sleep(_RETRY_S)
            return
        if _tag(log) != self._position.log or len(self._position.offsets) != int(count):
            # Another log has other offsets: whoever listens comes again, to the new one.
            self._position = await self.cursor()
            self._end_all()
            self._ready.set()
        places: dict[Any, Any] = {
            live_key(number): f"{offset}-0" for number, offset in self._position.offsets.items()
        }
        streams = await cast(Any, self._redis.xread(places, count=_COUNT, block=_BLOCK_MS))
        for key, entries in streams or ():
            partition = int(key.rpartition(b":")[2])
            for entry in entries:
                message = _message(partition, entry)
                self._position.offsets[partition] = message.offset + 1
                self._hand_out(message)

    def _hand_out(self, message: Message) -> None:
        for queue in self._queues:
            if queue.full():
                _end(queue)
            else:
                queue.put_nowait(message)

    def _end_all(self) -> None:
        for queue in self._queues:
            _end(queue)


def _end(queue: Queue) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _tag(log: bytes | None) -> str:
    """A short name of a log, for cursors."""
    return NO_LOG if log is None else hashlib.blake2b(log, digest_size=4).hexdigest()


def _message(partition: int, entry: tuple[bytes, dict[bytes, bytes]]) -> Message:
    id, fields = entry
    zone, type = fields[b"zone"].decode(), fields[b"type"].decode()
    return message_of(partition, _offset(id), zone, type, fields[b"data"])


def _offset(id: bytes) -> int:
    return int(id.partition(b"-")[0])


def _wanted(message: Message, zone: str | None, types: frozenset[str]) -> bool:
    return (zone is None or message.zone == zone) and (not types or message.type in types)
