"""The matcher process, wired: Faust feeds the matcher, a ticker and a watchdog look after it."""

import gc
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from confluent_kafka import KafkaException

from events.envelope import Record
from events.topics import EVENTS
from gigmatch.health import HealthServer
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from gigmatch.spans import Spans
from gigmatch.tls_trouble import kafka_why
from matching.ledger import OnOffer
from matching.scorer import OpenScorer
from streams import metrics
from streams.ages import Ages
from streams.ending import end_at_once
from streams.faust_app import create_app, run
from streams.matcher import Matcher
from streams.recovery import Recovery
from streams.sink import Sink
from streams.stages import TimedEngine, count_answers
from streams.ticker import CHECK_S, Ticker
from streams.traced_steps import TracedSteps
from streams.watchdog import Watchdog

PUBLISHING: Final[Mapping[str, object]] = {
    # An outcome that was not delivered while a later one was would be lost for good.
    "enable.gapless.guarantee": True,
    # Every batch ends with a flush, which waits for nobody: meanwhile requests may fill up.
    "linger.ms": 10,
    "delivery.report.only.error": True,
}
"""How a matcher's outcomes are published."""
LOOK_EVERY_S: Final = 2.0
FIRST_LOOKS_S: Final = 0.1

_log = structlog.get_logger()


class MatcherService:
    """One matcher process. `sink` publishes, `open_scorer` opens model releases.

    `on_offer` is shown every offer that is made, rebuilds included.
    """

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        open_scorer: OpenScorer,
        partitions: int,
        on_offer: OnOffer | None = None,
        spans: Spans | None = None,
    ) -> None:
        self._settings = settings
        thread = threading.get_ident()
        traced = None if spans is None else TracedSteps(spans)
        self._recovery = Recovery(
            lambda: LogReader(settings.kafka),
            lambda partition: TimedEngine(
                partition,
                partitions,
                open_scorer,
                thread=thread,
                on_offer=on_offer,
                on_stage=None if traced is None else traced.stage,
            ),
        )
        self._matcher = Matcher(
            sink,
            self._recovery,
            snapshot_every=settings.snapshot_every,
            quarantine_after=settings.quarantine_after,
            traced=traced,
        )
        self._ticker = Ticker(sink, self._matcher, every_s=settings.tick_s)
        self._watchdog = Watchdog(settings.stuck_after_s)
        self._ages = Ages()
        metrics.SNAPSHOT_EVERY.set(settings.snapshot_every)
        self._assigned: set[int] = set()
        self._shown: set[int] = set()
        self._joined = False
        self._ended = threading.Event()
        self._why_not = "not in the consumer group yet"

    def run(self) -> None:
        """Run until a signal ends it."""
        health = HealthServer(
            self._settings.metrics_port, self._settings.http_host, self._readiness
        )
        health.start()
        # A thread, because the event loop is one of the things that can stand still.
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        # Modules and models stay; looking through them again and again is a tenth of the work.
        gc.collect()
        gc.freeze()
        app = create_app(self._settings, self._process, self, tick_s=CHECK_S)
        try:
            run(app, self._settings)
        finally:
            self._ended.set()
            self._recovery.stop()

    def on_assigned(self, partitions: set[int]) -> None:
        """Take these partitions, and no others."""
        self._forget(set(self._matcher.partitions) - partitions)
        self._matcher.keep(partitions)
        self._assigned = set(partitions)
        self._joined = True

    def on_revoked(self, partitions: set[int]) -> None:
        """Write no more ticks to these; their markets are kept, as most come back at once."""
        self._assigned = self._assigned - partitions

    def every_tick(self) -> None:
        """Write the ticks that are due."""
        if self._settings.clock == "wall":
            self._ticker.tick(self._assigned)

    async def _process(self, partition: int, records: Sequence[Record]) -> None:
        await self._matcher.process(partition, records)
        count_answers(records, time.time() * 1000)

    def _readiness(self) -> tuple[bool, str]:
        return not self._why_not, self._why_not

    def _watch(self) -> None:
        """Look at every partition's progress; end the process that stands still twice."""
        stuck = False
        with LogReader(self._settings.kafka, group=self._settings.group, ahead=False) as reader:
            while not self._ended.wait(FIRST_LOOKS_S if self._why_not else LOOK_EVERY_S):
                try:
                    trouble = self._look(reader)
                except KafkaException as error:
                    self._watchdog.pardon()
                    why = kafka_why(error, self._settings.kafka)
                    self._why_not = f"the broker does not answer: {why}"
                    _log.warning("the broker does not answer", why=why)
                    continue
                if trouble and stuck:
                    end_at_once("standing still", why=trouble)
                stuck = bool(trouble)
                self._why_not = trouble or self._not_yet()

    def _not_yet(self) -> str:
        if not self._joined:
            return "not in the consumer group yet"
        return f"{self._watchdog.left} records to catch up" if self._watchdog.left else ""

    def _look(self, reader: LogReader) -> str:
        """Compare what has been applied with what there is."""
        partitions = sorted(self._assigned)
        ends = {partition: reader.bounds(EVENTS, partition)[1] for partition in partitions}
        positions = reader.committed(EVENTS, partitions) if partitions else {}
        held = dict(self._matcher.partitions)
        for partition, owned in held.items():
            positions[partition] = owned.engine.last_offset + 1
            metrics.SINCE_SNAPSHOT.labels(partition).set(owned.since_snapshot)
            metrics.show_quarantine(partition, dict(owned.engine.quarantined))
        self._forget(self._shown - {*ends, *held})
        self._shown = {*ends, *held}
        self._ages.look(reader, positions, ends)
        return self._watchdog.look(positions, ends, self._recovery.progress)

    def _forget(self, partitions: set[int]) -> None:
        """Show nothing of these: they may have left while they were rebuilt, or looked at."""
        for partition in partitions:
            metrics.forget_partition(partition)
