"""A gate in front of the embedded broker that mends two of its replies; all else passes untouched.

Tansu 0.6.0 (a) puts tagged fields into its ApiVersions reply that librdkafka before 2.2 misreads,
so the `kcat` of Debian 12 cannot connect at all, and (b) answers ListOffsets "latest" with the
first offset of the last batch plus one, so a partition seems to end before records it already
acknowledged. Here the tags are cut, and the true end is taken from a Fetch of that last batch.

Run as `python -m gigmatch.kafka_gate LISTEN_PORT BROKER_PORT`.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Final

import uvloop

from gigmatch.kafka_wire import (
    API_VERSIONS,
    Asked,
    asked,
    correlation_of,
    fetch_request,
    high_watermark,
    latest_ends,
    with_end,
    without_tags,
)

_HOST: Final = "127.0.0.1"
_BUFFER: Final = 1024 * 1024


class Gate:
    """Passes Kafka connections on to the broker at `broker_port` of this machine."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port

    async def serve(self, port: int) -> None:
        """Accept connections on `port` until cancelled."""
        server = await asyncio.start_server(self._connected, _HOST, port, limit=_BUFFER)
        async with server:
            await server.serve_forever()

    async def _connected(
        self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter
    ) -> None:
        try:
            broker_in, broker_out = await self._broker()
        except OSError:
            client_out.close()
            return
        open_requests: dict[int, Asked] = {}
        directions = (
            asyncio.create_task(self._requests(client_in, broker_out, open_requests)),
            asyncio.create_task(self._replies(broker_in, client_out, open_requests)),
        )
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)  # a client may just be gone
        broker_out.close()
        client_out.close()

    async def _requests(
        self,
        client: asyncio.StreamReader,
        broker: asyncio.StreamWriter,
        open_requests: dict[int, Asked],
    ) -> None:
        async for frame in _frames(client):
            if request := asked(frame):
                open_requests[request.correlation] = request
            broker.write(frame)
            await broker.drain()

    async def _replies(
        self,
        broker: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        open_requests: dict[int, Asked],
    ) -> None:
        async for frame in _frames(broker):
            request = open_requests.pop(correlation_of(frame), None)
            client.write(await self._mended(request, frame) if request else frame)
            await client.drain()

    async def _mended(self, request: Asked, reply: bytes) -> bytes:
        if request.api == API_VERSIONS:
            return without_tags(request, reply)
        for end in latest_ends(request, reply):
            true_end = await self._end_after(end.topic, end.partition, end.offset - 1)
            reply = with_end(reply, end, max(end.offset, true_end))
        return reply

    async def _end_after(self, topic: str, partition: int, offset: int) -> int:
        broker_in, broker_out = await self._broker()
        try:
            broker_out.write(fetch_request(topic, partition, offset))
            async for reply in _frames(broker_in):
                return high_watermark(reply)
        finally:
            broker_out.close()
        return 0

    async def _broker(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(_HOST, self._broker_port, limit=_BUFFER)


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
