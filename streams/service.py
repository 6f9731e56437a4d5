"""The matcher process, wired: Faust feeds the matcher, a ticker and a watchdog look after it."""

import asyncio
import os
import time
from typing import Final

import structlog

from events.topics import EVENTS
from gigmatch.health import HealthServer
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from matching.engine import Engine
from matching.scorer import OpenScorer
from streams.faust_app import EXIT_CODE, Hooks, create_app, run
from streams.matcher import Matcher
from streams.recovery import Recovery
from streams.sink import Sink
from streams.ticker import CHECK_S, Ticker
from streams.watchdog import Watchdog

LOOK_EVERY_S: Final = 2.0

_log = structlog.get_logger()


class MatcherService:
    """One matcher process. `sink` publishes, `open_scorer` opens model releases."""

    def __init__(
        self, settings: Settings, sink: Sink, open_scorer: OpenScorer, partitions: int
    ) -> None:
        self._settings = settings
        self._recovery = Recovery(
            settings.kafka,
            lambda partition: Engine(partition, partitions, open_scorer),
            settings.fetch_wait_ms,
        )
        self._matcher = Matcher(sink, self._recovery, snapshot_every=settings.snapshot_every)
        self._ticker = Ticker(sink, self._matcher, every_s=settings.tick_s)
        self._watchdog = Watchdog(settings.stuck_after_s)
        self._hooks = Hooks()
        self._hooks.on_revoked = self._release
        self._hooks.every_tick = self._every_tick
        self._looked_at = 0.0
        self._looking: asyncio.Task[str] | None = None
        self._trouble = ""

    def run(self) -> None:
        """Run until a signal ends it."""
        health = HealthServer(
            self._settings.metrics_port, self._settings.http_host, self._readiness
        )
        health.start()
        app = create_app(self._settings, self._matcher.process, self._hooks, tick_s=CHECK_S)
        run(app, self._settings)

    def _readiness(self) -> tuple[bool, str]:
        if self._trouble:
            return False, self._trouble
        return bool(self._hooks.assigned), "no partitions assigned yet"

    def _release(self, partitions: set[int]) -> None:
        self._hooks.assigned -= partitions
        for partition in partitions:
            self._matcher.release(partition)

    async def _every_tick(self) -> None:
        if self._settings.clock == "wall":
            self._ticker.tick(self._hooks.assigned)
        if self._looking is None and time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._looking = asyncio.create_task(asyncio.to_thread(self._look))
        if self._looking is not None and self._looking.done():
            self._trouble = self._looking.result()
            self._looking, self._looked_at = None, time.monotonic()
        if self._trouble:
            _log.error("standing still", why=self._trouble)
            os._exit(EXIT_CODE)

    def _look(self) -> str:
        """Compare what has been applied with what there is; blocking."""
        partitions = list(self._hooks.assigned)
        with LogReader(self._settings.kafka, group=self._settings.group) as reader:
            ends = {partition: reader.bounds(EVENTS, partition)[1] for partition in partitions}
            positions = reader.committed(EVENTS, partitions)
        for partition, owned in list(self._matcher.partitions.items()):
            positions[partition] = owned.engine.last_offset + 1
        return self._watchdog.look(positions, ends, self._recovery.progress)
