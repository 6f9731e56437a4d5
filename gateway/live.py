"""Outcomes as Server-Sent Events: one reader of Redis for all who watch, resumable by id."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any, Final, cast

import msgspec
import structlog
from redis import RedisError
from redis.asyncio import Redis

from events.topics import partition_of
from gateway.audience import Hearing, Message
from gateway.cursor import NO_LOG, Cursor
from gateway.listeners import BEATS, Listener, Listeners
from gigmatch.readmodel.keys import (
    ENDS,
    LIVE_LENGTH,
    LOG,
    PARTITIONS,
    TOLD_LENGTH,
    WORKERS,
    live_key,
    progress_key,
    told_key,
)
from gigmatch.readmodel.progress import Progress

HEARTBEAT_S: Final = 10.0
_BLOCK_MS: Final = 2_000
_COUNT: Final = 500
_RETRY_S: Final = 1.0
_BEAT: Final = b"event: beat\ndata: {}\n\n"
_MISSED: Final = b"event: missed\ndata: {}\n\n"

_log = structlog.get_logger()


class Live:
    """Reads the live streams once and hands every outcome to those it is for."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._position = Cursor(NO_LOG, {})
        self._ready = asyncio.Event()
        self._listeners = Listeners()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Read until closed; Redis may go away and come back."""
        self._loop = asyncio.get_running_loop()
        beating = asyncio.create_task(self._beat())
        try:
            while not self._closed:
                try:
                    await self._follow()
                except RedisError as error:
                    _log.warning("live stream interrupted", why=str(error))
                    await asyncio.sleep(_RETRY_S)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _beat(self) -> None:
        while True:
            for _ in self._listeners.beats():
                await asyncio.sleep(HEARTBEAT_S / BEATS)

    def close_soon(self) -> None:
        """Close, asked from a signal handler or another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """End every open stream; their browsers come back by themselves."""
        self._closed = True
        self._ready.set()
        self._listeners.end()

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

    async def is_behind(self, zone: str | None) -> bool:
        """Whether Redis has less of a zone, or of any, than it should: it is being made, or again.

        It should have what was told from here, and what there was when its projector began. So a
        gateway that has told nothing yet knows it as well as one that has run for days.
        """
        ends = await cast(Any, self._redis.hgetall(ENDS))
        if not ends:
            return True
        partitions = range(len(ends)) if zone is None else [partition_of(zone, len(ends))]
        # What was told moves on while Redis is asked, and Redis has that, too.
        told = self._position.offsets
        wanted = [max(told.get(one, 0), int(ends[b"%d" % one])) for one in partitions]
        stored = await cast(Any, self._redis.mget([progress_key(one) for one in partitions]))
        known = [_progress(one).outcomes for one in stored]
        return any(outcomes < end for outcomes, end in zip(known, wanted, strict=True))

    async def events(
        self, after: Cursor | None, types: frozenset[str], hearing: Hearing
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of one stream: outcomes after a cursor, or from now, and heartbeats.

        Of each outcome goes out what `hearing` hears of it. When some after the cursor may not be
        kept any more, `missed` says so: a fresh snapshot tells what has become of them.
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
        listener = self._listeners.add(hearing)
        try:
            seen = position.start_from(after)
            if hearing.zones is not None:
                partitions = len(position.offsets)
                seen = seen.only({partition_of(zone, partitions) for zone in hearing.zones})
            yield f"id: {seen}\nevent: ready\ndata: {{}}\n\n".encode()
            async for message in self._messages(listener, seen, position):
                if isinstance(message, bytes):
                    yield message
                elif (not types or message.type in types) and (heard := hearing.of(message)):
                    yield b"id: %b\nevent: outcome\ndata: %b\n\n" % (str(seen).encode(), heard)
        finally:
            self._listeners.remove(listener)

    async def _messages(
        self, listener: Listener, seen: Cursor, position: Cursor
    ) -> AsyncIterator[Message | bytes]:
        """What lies between `seen` and `position`, then what comes; bytes go out as they are."""
        for partition, begin in list(seen.offsets.items()):
            end = position.offsets[partition]
            if begin < end:
                while (kept := await self._kept(listener.hearing, partition, begin, end)) is None:
                    if self._closed or self._position.log != position.log:
                        return
                    yield _BEAT
                    await asyncio.sleep(_RETRY_S)
                for message in kept:
                    if isinstance(message, Message):
                        seen.offsets[partition] = message.offset + 1
                    yield message
                seen.offsets[partition] = end
        while not self._closed:
            arrived = await listener.queue.get()
            if arrived == "end":
                return
            if arrived == "beat":
                yield _BEAT
            elif seen.offsets.get(arrived.partition, arrived.offset + 1) <= arrived.offset:
                seen.offsets[arrived.partition] = arrived.offset + 1
                yield arrived

    async def _kept(
        self, hearing: Hearing, partition: int, begin: int, end: int
    ) -> list[Message | bytes] | None:
        """What Redis has kept of [begin, end) for somebody, in order; `missed` comes first.

        None while Redis has not got so far: it is being made again.
        """
        keys, most = [live_key(partition)], LIVE_LENGTH
        if hearing.worker_id and hearing.zones is not None:
            partitions, most = len(self._position.offsets), TOLD_LENGTH
            there = [zone for zone in hearing.zones if partition_of(zone, partitions) == partition]
            keys = [told_key(zone, hearing.worker_id) for zone in there]
        messages: list[Message] = []
        missed = False
        for key in keys:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.get(progress_key(partition))
                pipeline.xlen(key)
                pipeline.xrange(key, count=1)
                pipeline.xrange(key, f"{begin}-0", f"({end}-0")
                progress, length, first, entries = await pipeline.execute()
            if _progress(progress).outcomes < end:
                return None
            missed |= length >= most and _offset(first[0][0]) > begin
            messages += [_message(partition, entry) for entry in entries]
        messages.sort(key=lambda message: message.offset)
        return [_MISSED, *messages] if missed else list(messages)

    async def _follow(self) -> None:
        log, count = await cast(Any, self._redis.mget(LOG, PARTITIONS))
        if count is None:
            await asyncio.sleep(_RETRY_S)
            return
        if _tag(log) != self._position.log or len(self._position.offsets) != int(count):
            # Another log has other offsets: whoever listens comes again, to the new one.
            self._position = await self.cursor()
            self._listeners.end()
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
                self._listeners.hand_out(message)


def _progress(stored: bytes | None) -> Progress:
    return msgspec.json.decode(stored, type=Progress) if stored else Progress()


def _tag(log: bytes | None) -> str:
    """A short name of a log, for cursors."""
    return NO_LOG if log is None else hashlib.blake2b(log, digest_size=4).hexdigest()


def _message(partition: int, entry: tuple[bytes, dict[bytes, bytes]]) -> Message:
    id, fields = entry
    zone, type, workers = (fields[name].decode() for name in (b"zone", b"type", b"worker"))
    about = frozenset(filter(None, workers.split(WORKERS)))
    return Message(partition, _offset(id), zone, type, about, fields[b"data"])


def _offset(id: bytes) -> int:
    return int(id.partition(b"-")[0])
