"""A gate in front of the embedded broker that mends four of its replies; all else passes as it is.

Tansu 0.6.0 (a) puts tagged fields into its ApiVersions reply that librdkafka before 2.2 misreads,
so the `kcat` of Debian 12 cannot connect at all, (b) answers ListOffsets "latest" with the first
offset of the last batch plus one, so a partition seems to end before records it already
acknowledged, (c) does not look at what is published while a Fetch waits, and (d) answers a Fetch
whose wait is over with nothing, although there are records that it was still looking up: among
8,000 batches of a partition that takes more than 10 ms. Here the tags are cut, the true end is
taken from a Fetch of that last batch, and a Fetch waits at the gate: it is asked again when
something has been published, and with patience when there is more than came.

Run as `python -m gigmatch.kafka_gate LISTEN_PORT BROKER_PORT`.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Final, Self

import uvloop

from gigmatch.kafka_wire import (
    API_VERSIONS,
    FETCH,
    LIST_OFFSETS,
    PRODUCE,
    Asked,
    asked,
    brings_nothing,
    correlation_of,
    fetch_request,
    high_watermark,
    latest_ends,
    leaves_some,
    longest_wait_ms,
    with_end,
    with_wait_ms,
    without_tags,
)

_HOST: Final = "127.0.0.1"
_BUFFER: Final = 1024 * 1024
_AT_ONCE_MS: Final = 1
"""The broker's shortest wait; with none it does not even look."""
_PATIENT_MS: Final = 5_000
"""Time for the broker to look up what is there; it answers as soon as it has."""
_REST_S: Final = 0.005
"""A Fetch is not asked again sooner, however much is published."""


class News:
    """Tells those who wait that something has been published since they asked."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has been published."""
        self._next.set()
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """What is set when the next something is published."""
        return self._next


class Line:
    """A connection to the broker."""

    def __init__(self, answers: asyncio.StreamReader, questions: asyncio.StreamWriter) -> None:
        self.answers, self._questions = answers, questions

    @classmethod
    async def to(cls, port: int) -> Self:
        """Connect. Raises OSError."""
        return cls(*await asyncio.open_connection(_HOST, port, limit=_BUFFER))

    async def say(self, frame: bytes) -> None:
        """Send a request."""
        self._questions.write(frame)
        await self._questions.drain()

    async def ask(self, frame: bytes) -> bytes | None:
        """Send a request and wait for its answer; None when the broker hangs up."""
        await self.say(frame)
        return await anext(_frames(self.answers), None)

    def close(self) -> None:
        """Hang up."""
        self._questions.close()


class Gate:
    """Passes Kafka connections on to the broker at `broker_port` of this machine."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._news = News()

    async def serve(self, port: int) -> None:
        """Accept connections on `port` until cancelled."""
        server = await asyncio.start_server(self._connected, _HOST, port, limit=_BUFFER)
        async with server:
            await server.serve_forever()

    async def _connected(
        self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter
    ) -> None:
        with contextlib.closing(client_out), contextlib.ExitStack() as lines:
            try:
                # What the gate asks on its own account must not come between a client's answers.
                through, aside = [
                    lines.enter_context(contextlib.closing(await Line.to(self._broker_port)))
                    for _ in range(2)
                ]
            except OSError:
                return
            passage = _Passage(through, aside, self._news)
            directions = (
                asyncio.create_task(passage.requests(client_in)),
                asyncio.create_task(passage.replies(client_out)),
            )
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)  # a client may just be gone


class _Passage:
    """What one client says and hears."""

    def __init__(self, through: Line, aside: Line, news: News) -> None:
        self._through, self._aside, self._news = through, aside, news
        self._open: dict[int, Asked] = {}

    async def requests(self, client: asyncio.StreamReader) -> None:
        """Pass on what the client asks until it hangs up."""
        async for frame in _frames(client):
            if request := asked(frame):
                self._open[request.correlation] = request
                if request.api == FETCH:
                    frame = with_wait_ms(request, _AT_ONCE_MS)  # noqa: PLW2901
            await self._through.say(frame)

    async def replies(self, client: asyncio.StreamWriter) -> None:
        """Pass on what the broker answers until it hangs up."""
        async for frame in _frames(self._through.answers):
            request = self._open.pop(correlation_of(frame), None)
            client.write(await self._mended(request, frame) if request else frame)
            await client.drain()

    async def _mended(self, request: Asked, reply: bytes) -> bytes:
        if request.api == PRODUCE:
            self._news.tell()
        elif request.api == API_VERSIONS:
            return without_tags(request, reply)
        elif request.api == FETCH:
            return await self._awaited(request, reply)
        elif request.api == LIST_OFFSETS:
            return await self._with_true_ends(request, reply)
        return reply

    async def _awaited(self, request: Asked, reply: bytes) -> bytes:
        """The reply once it brings something, or its time is over."""
        now = asyncio.get_running_loop().time
        over = now() + longest_wait_ms(request) / 1_000
        reply = await self._looked_up(request, reply)
        while brings_nothing(request, reply) and now() < over:
            published, asked_at = self._news.next, now()
            again = await self._aside.ask(with_wait_ms(request, _AT_ONCE_MS))
            reply = await self._looked_up(
                request, again or reply
            )  # all that came before `asked_at`
            if brings_nothing(request, reply):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(published.wait(), over - now())
                    await asyncio.sleep(asked_at + _REST_S - now())
        return reply

    async def _looked_up(self, request: Asked, reply: bytes) -> bytes:
        """The reply, or what the broker finds that has not taken the time to look."""
        if brings_nothing(request, reply) and leaves_some(request, reply):
            return await self._aside.ask(with_wait_ms(request, _PATIENT_MS)) or reply
        return reply

    async def _with_true_ends(self, request: Asked, reply: bytes) -> bytes:
        for end in latest_ends(request, reply):
            last = fetch_request(end.topic, end.partition, end.offset - 1)
            batch = await self._aside.ask(last)
            true_end = high_watermark(batch) if batch else 0
            reply = with_end(reply, end, max(end.offset, true_end))
        return reply


async def _frames(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Whole frames with their length, until the other side hangs up."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            length = await stream.readexactly(4)
            yield length + await stream.readexactly(int.from_bytes(length))


def main() -> None:
    """Serve until a signal ends the process."""
    port, broker_port = (int(argument) for argument in sys.argv[1:3])
    uvloop.run(Gate(broker_port).serve(port))


if __name__ == "__main__":
    main()
