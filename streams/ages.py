"""How long the oldest event of each partition has been waiting for the matcher."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from prometheus_client import Gauge

from events.envelope import Record
from events.topics import EVENTS

OLDEST: Final = Gauge(
    "gigmatch_oldest_event_age_seconds",
    "Since when the oldest event that is not applied yet has been on the broker; 0 without one",
    ["partition"],
)


class Reader(Protocol):
    """What is needed of the log."""

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        """The records with start <= offset < end."""
        ...


class Ages:
    """Looks at the next record of each partition that is behind."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._shown: set[int] = set()

    def look(self, reader: Reader, positions: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Show the age of each of `ends`; `positions` are the next offsets to apply.

        Raises what the reader raises.
        """
        for partition in self._shown - ends.keys():
            OLDEST.remove(str(partition))
        self._shown = set(ends)
        for partition, end in ends.items():
            OLDEST.labels(partition).set(
                self._age(reader, partition, positions.get(partition, 0), end)
            )

    def _age(self, reader: Reader, partition: int, position: int, end: int) -> float:
        if position >= end:
            return 0.0
        waiting = next(reader.read(EVENTS, partition, position, end), None)
        return 0.0 if waiting is None else max(0.0, self._clock() - waiting.timestamp / 1000)
