"""The wall clock's way into the log: ticks, written by the owner of a partition."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from events.codec import encode, event_headers
from events.facts import ClockTicked
from events.topics import ALL_ZONES, EVENTS
from streams.matcher import Matcher
from streams.sink import Sink

CHECK_S: Final = 0.25
SOURCE: Final = "/matcher"


def wall_clock() -> int:
    """UTC now, in milliseconds."""
    return time.time_ns() // 1_000_000


class Ticker:
    """Writes a tick when something is due, when none has come for a while, and at the start."""

    def __init__(
        self,
        sink: Sink,
        matcher: Matcher,
        *,
        every_s: float,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self._sink = sink
        self._matcher = matcher
        self._every_ms = int(every_s * 1000)
        self._clock = clock
        self._last: dict[int, int] = {}

    def tick(self, owned: Iterable[int]) -> None:
        """Write the ticks that are due in the owned partitions."""
        now = self._clock()
        mine = set(owned)
        self._last = {partition: at for partition, at in self._last.items() if partition in mine}
        for partition in sorted(mine):
            if self._is_due(partition, now):
                self._last[partition] = now
                self._publish(partition, now)

    def _is_due(self, partition: int, now: int) -> bool:
        last = self._last.get(partition)
        if last is None or now - last >= self._every_ms:
            return True
        known = self._matcher.partitions.get(partition)
        deadline = None if known is None else known.engine.next_deadline()
        return deadline is not None and deadline <= now and last < deadline

    def _publish(self, partition: int, now: int) -> None:
        fact = ClockTicked(now=now)
        id = f"tick-{partition}-{now}"
        self._sink.publish(
            EVENTS,
            encode(fact),
            key=ALL_ZONES.encode(),
            headers=event_headers(fact, id=id, source=SOURCE, time=now),
            partition=partition,
        )
