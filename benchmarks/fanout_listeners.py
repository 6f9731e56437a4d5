"""Listeners of a live stream in a process of their own, on bare sockets, for `live-fanout`.

Reads lines of JSON from stdin: first `{"port", "heads"}` (a request's path and header for each
listener), later anything to end. Says `ready` when all of them hear, then how late each outcome
came, in ms.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any, Final

from benchmarks.services import many_files

SENT: Final = re.compile(rb'"id":"(\d+)"')
_AT_ONCE: Final = 100


class Listener(asyncio.Protocol):
    """One connection: it asks, and notes how late each outcome comes."""

    def __init__(self, head: str, late: list[float], is_ready: asyncio.Future[None]) -> None:
        self._request = f"GET {head}\r\nhost: 127.0.0.1\r\n\r\n".encode()
        self._late = late
        self._is_ready = is_ready
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note what came."""
        now = time.monotonic_ns()
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        for event in whole:
            if (sent := SENT.search(event)) is not None:
                self._late.append((now - int(sent[1])) / 1e6)
            elif b"event: ready" in event and not self._is_ready.done():
                self._is_ready.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A line that ends before it is ready can be none."""
        if not self._is_ready.done():
            self._is_ready.set_exception(exc or ConnectionError(self._rest.decode()[-300:]))


async def listen(port: int, heads: list[str]) -> None:
    """Open all, then note until told to end."""
    loop = asyncio.get_running_loop()
    late: list[float] = []
    for first in range(0, len(heads), _AT_ONCE):
        ready = []
        for head in heads[first : first + _AT_ONCE]:
            is_ready = loop.create_future()
            ready.append(is_ready)
            await loop.create_connection(
                lambda head=head, is_ready=is_ready: Listener(head, late, is_ready),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
        await asyncio.gather(*ready)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(late), flush=True)


if __name__ == "__main__":
    many_files()
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    asyncio.run(listen(asked["port"], asked["heads"]))
