"""Notices a partition that stands still although records wait, and says so in time to restart."""

import time
from collections.abc import Callable, Mapping

import msgspec

from streams import metrics


class _Seen(msgspec.Struct):
    """The last progress of a partition: the position, and since when nothing has moved."""

    position: int
    since: float


class Watchdog:
    """Compares each owned partition's position with its end."""

    def __init__(self, stuck_after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._stuck_after_s = stuck_after_s
        self._clock = clock
        self._seen: dict[int, _Seen] = {}

    def look(self, positions: Mapping[int, int], ends: Mapping[int, int], progress: int) -> str:
        """Why the process should end, or "" when all is well.

        `positions` are the next offsets to apply and `ends` the next to be written; `progress`
        counts what a rebuild under way has read, which is movement too.
        """
        now = self._clock()
        self._seen = {p: seen for p, seen in self._seen.items() if p in ends}
        for partition, end in ends.items():
            position = positions.get(partition, 0)
            metrics.LAG.labels(partition).set(max(0, end - position))
            seen = self._seen.get(partition)
            moved = seen is None or seen.position != position + progress
            if moved or position >= end:
                self._seen[partition] = _Seen(position + progress, now)
            elif seen is not None and now - seen.since > self._stuck_after_s:
                waited = now - seen.since
                return f"partition {partition} stands at {position} of {end} for {waited:.0f} s"
        return ""
