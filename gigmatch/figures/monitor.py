"""Looks at every process again and again; keeps a quarter of an hour, in bounded memory."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import httpx
import structlog

from gigmatch.errors import SaidError
from gigmatch.figures.arithmetic import Span
from gigmatch.figures.reading import CHANNELS_S, figures_of, kept_long, point_of
from gigmatch.figures.scraping import Round, Target, scrape_all, targets_of
from gigmatch.figures.types import Figures, Point
from gigmatch.settings import Settings

KEEP_S: Final = 900.0
"""How far back the charts go."""
WINDOW_S: Final = 60.0
"""What rates and quantiles are computed over."""

_log = structlog.get_logger()


class Monitor:
    """The figures of some processes. `run` until cancelled, or `look` once."""

    def __init__(
        self,
        targets: Sequence[Target],
        every_s: float,
        before_look: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`before_look` is awaited before each look; it must not raise."""
        self._targets = tuple(targets)
        self._every_s = every_s
        self._before_look = before_look
        self._rounds: deque[Round] = deque(maxlen=math.ceil(WINDOW_S / every_s) + 1)
        self._long: deque[Round] = deque(maxlen=math.ceil(CHANNELS_S / every_s) + 1)
        self._points: deque[Point] = deque(maxlen=math.ceil(KEEP_S / every_s))
        self._since: dict[str, tuple[bool, int]] = {}
        self._client = httpx.AsyncClient(trust_env=False)

    async def run(self) -> None:
        """Look for ever."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                due = loop.time() + self._every_s
                await self.look()
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            await self.close()

    async def look(self) -> None:
        """One look at every process."""
        if self._before_look is not None:
            await self._before_look()
        self.take(await scrape_all(self._client, self._targets))

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    def take(self, newest: Round) -> None:
        """Take a look's result in."""
        before = self._rounds[-1] if self._rounds else None
        self._rounds.append(newest)
        self._long.append(kept_long(newest))
        if before is not None:
            self._points.append(point_of(Span((before, newest)), Span(tuple(self._rounds))))
        self._since = {at: since for at, since in self._since.items() if at in newest.scrapes}
        for address, scrape in newest.scrapes.items():
            known = self._since.get(address)
            if known is None or known[0] != scrape.up:
                self._since[address] = (scrape.up, round(newest.at * 1000))
                if not scrape.up:
                    _log.warning("does not answer", process=scrape.target.name, why=scrape.why)

    def figures(self) -> Figures:
        """The figures now; of no process before the first look."""
        rounds = tuple(self._rounds) or (Round(0.0, {}),)
        long = tuple(self._long) or rounds
        since = {address: at for address, (_, at) in self._since.items()}
        return figures_of(Span(rounds), long, since, self._every_s)

    def points(self, after: int = 0) -> list[Point]:
        """The points of the charts that are younger than a time, UTC ms, oldest first."""
        return [point for point in self._points if point.at > after]


def monitor_of(settings: Settings) -> Monitor:
    """A monitor of the processes that the settings name. Raises UserError when they name none."""
    targets = targets_of(settings.scrape)
    if not targets:
        raise SaidError("error.no_scrape")
    return Monitor(targets, settings.scrape_s)
