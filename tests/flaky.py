"""A bad line: a TCP proxy that can be slow or cut, and that loses what is under way when it is."""

import asyncio
import contextlib
import threading
from typing import Final, Self

from gigmatch.processes import LOCALHOST

_CHUNK: Final = 16 * 1024


class FlakyLine:
    """Passes connections to `port` on to `target`, while it is not cut; a context manager."""

    def __init__(self, port: int, target: int) -> None:
        self.cuts = 0
        self.port = port
        self._target = target
        self._up = True
        self._delay_s = 0.0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line")

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join()

    def cut(self) -> None:
        """Break every connection and take no more."""
        self.cuts += 1
        self._loop.call_soon_threadsafe(self._set, False)

    def mend(self) -> None:
        """Take connections again."""
        self._loop.call_soon_threadsafe(self._set, True)

    def slow(self, delay_s: float) -> None:
        """Pass on each piece, of 16 KB at most, so much later than it came."""
        self._delay_s = delay_s

    def _set(self, up: bool) -> None:
        self._up = up
        if not up:
            for writer in self._open:
                writer.transport.abort()

    def _run(self) -> None:
        with (
            asyncio.Runner(loop_factory=lambda: self._loop) as runner,
            contextlib.suppress(asyncio.CancelledError),
        ):
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, LOCALHOST, self.port)
        self._serving = asyncio.current_task()
        self._ready.set()
        async with server:
            await asyncio.Event().wait()

    def _stop(self) -> None:
        self._set(False)
        assert self._serving is not None
        self._serving.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._up:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(LOCALHOST, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        ways = {
            asyncio.ensure_future(self._pass_on(reader, back)),
            asyncio.ensure_future(self._pass_on(there, writer)),
        }
        try:
            with contextlib.suppress(asyncio.CancelledError):  # all of it ends
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open -= {writer, back}
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.transport.abort()
            back.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                writer.write(chunk)
                await writer.drain()
