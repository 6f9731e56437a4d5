"""The town at a broker: its facts published as they happen, at any speed-up, and its clock too."""

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import Consumer, TopicPartition
from prometheus_client import Counter, Gauge

from events.codec import decode, decode_outcome
from events.facts import ClockTicked
from events.rejections import Rejection
from events.topics import EVENTS, OUTCOMES
from gigmatch.kafka_address import client_config
from gigmatch.logread import LogReader, record_of
from producers.publisher import Publisher
from producers.simulator.simulation import TownSimulation

SOURCE: Final = "/simulator"
TICK_EVERY_S: Final = 1.0
LONGEST_LEAP_MS: Final = 60_000
"""Simulated: a tick comes sooner then, with the next look at the clock. After a leap of more than
twice that a market takes it that nobody was there to see what it offered, and at 1,800 s a second a
whole offer would lie between two ticks."""
_PAUSE_S: Final = 0.02
_BATCH: Final = 500
_SEARCHED: Final = 5_000

_FACTS: Final = Counter("gigmatch_simulated_facts", "Facts that the town has published", ["type"])
_CLOCK: Final = Gauge("gigmatch_simulated_clock_seconds", "The town's time, as a Unix time")

_log = structlog.get_logger()


class LiveTown:
    """Publishes a simulation to `bootstrap`, `speed` simulated seconds a second, and its ticks."""

    def __init__(
        self,
        bootstrap: str,
        simulation: TownSimulation,
        *,
        start: int,
        speed: float,
        trace_share: float = 0.0,
        wall_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._simulation = simulation
        self._publisher = Publisher(
            bootstrap, client_id="gigmatch-simulator", trace_share=trace_share
        )
        self._start = start
        self._speed = speed
        self._clock = wall_clock
        self._outcomes = _outcomes_from_now(bootstrap, self._publisher.partitions(OUTCOMES))
        self.is_running = False

    def run(self, asked_to_stop: threading.Event, days: float | None = None) -> None:
        """Live until asked to stop, or for some simulated days. Raises DeliveryError."""
        end = None if days is None else self._start + round(days * 86_400_000)
        began, ticked, told = self._clock(), float("-inf"), self._start
        try:
            while not asked_to_stop.wait(_PAUSE_S):
                wall = self._clock()
                now = self._start + round((wall - began) * 1000 * self._speed)
                if wall - ticked >= TICK_EVERY_S or now - told >= LONGEST_LEAP_MS:
                    self._tick(now)
                    ticked, told = wall, now
                self._publish_until(now)
                self._hear(now)
                self._publisher.check()
                self.is_running = True
                if end is not None and now >= end:
                    return
        finally:
            self._outcomes.close()
            self._publisher.close()

    def _publish_until(self, now: int) -> None:
        for timed in self._simulation.advance(now):
            self._publisher.publish_fact(
                timed.fact, id=timed.id, source=timed.source, time=timed.at
            )
            _FACTS.labels(timed.fact.TYPE).inc()

    def _tick(self, now: int) -> None:
        _CLOCK.set(now / 1000)
        for partition in range(self._publisher.partitions(EVENTS)):
            self._publisher.publish_fact(
                ClockTicked(now=now),
                id=f"tick-{partition}-{now}",
                source=SOURCE,
                time=now,
                partition=partition,
            )

    def _hear(self, now: int) -> None:
        for message in self._outcomes.consume(_BATCH, 0.0):
            if message.error() is not None:
                _log.warning("outcomes cannot be read", why=str(message.error()))
                continue
            try:
                _, outcome = decode_outcome(record_of(message))
            except Rejection as rejection:
                _log.warning("an outcome cannot be read", why=str(rejection))
                continue
            self._simulation.observe(outcome, now)


def clock_of_log(bootstrap: str) -> int:
    """The latest tick near the end of the log, UTC ms; 0 without one.

    A town that is started again on the same log must not begin before it: the market's clock only
    goes forward, and what is posted for its past has expired already.
    """
    latest = 0
    with LogReader(bootstrap) as reader:
        for partition in reader.partitions(EVENTS):
            _, end = reader.bounds(EVENTS, partition)
            for record in reader.read(EVENTS, partition, max(0, end - _SEARCHED), end):
                try:
                    fact = decode(record).fact
                except Rejection:
                    continue
                if isinstance(fact, ClockTicked):
                    latest = max(latest, fact.now)
    return latest


def _outcomes_from_now(bootstrap: str, partitions: int) -> Consumer:
    consumer = Consumer(
        {
            **client_config(bootstrap),
            "group.id": "gigmatch-simulator",
            "enable.auto.commit": False,
            "log_level": 0,
        }
    )
    with LogReader(bootstrap) as reader:
        ends = [reader.bounds(OUTCOMES, partition)[1] for partition in range(partitions)]
    consumer.assign([TopicPartition(OUTCOMES, *place) for place in enumerate(ends)])
    return consumer
