"""Notices a partition that stands still although records wait, and says so in time to restart."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from streams import metrics

FAR_TOO_LONG: Final = 10
"""So many times the patience, and a partition is blamed although others of the process move."""


class _Seen(msgspec.Struct):
    """A partition's last progress, since when nothing has moved, and where it stood at first."""

    position: int
    since: float
    first_end: int


class Watchdog:
    """Compares each owned partition's position with its end."""

    def __init__(self, stuck_after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._stuck_after_s = stuck_after_s
        self._clock = clock
        self._seen: dict[int, _Seen] = {}
        self._moved = clock()
        self.left = 0
        """Records that waited when their partition came to us and are not applied yet."""

    def look(self, positions: Mapping[int, int], ends: Mapping[int, int], progress: int) -> str:
        """Why the process should end, or "" when all is well.

        `positions` are the next offsets to apply and `ends` the next to be written; `progress`
        counts what a rebuild under way has read, which is movement too.
        """
        now = self._clock()
        before = self._seen
        self._seen = {
            partition: self._look(partition, positions.get(partition, 0), end, progress, now)
            for partition, end in ends.items()
        }
        self.left = sum(
            max(0, seen.first_end - positions.get(partition, 0))
            for partition, seen in self._seen.items()
        )
        if any(
            p in before and before[p].position != seen.position for p, seen in self._seen.items()
        ):
            self._moved = now
        # One agent serves all partitions: while it is busy with others' batches, this one waits.
        is_busy = now - self._moved <= self._stuck_after_s
        patience = self._stuck_after_s * (FAR_TOO_LONG if is_busy else 1)
        for partition, seen in self._seen.items():
            if (waited := now - seen.since) > patience:
                position, end = positions.get(partition, 0), ends[partition]
                return f"partition {partition} stands at {position} of {end} for {waited:.0f} s"
        return ""

    def pardon(self) -> None:
        """Begin to count again: nobody could move."""
        self._moved = self._clock()
        for seen in self._seen.values():
            seen.since = self._clock()

    def _look(self, partition: int, position: int, end: int, progress: int, now: float) -> _Seen:
        metrics.LAG.labels(partition).set(max(0, end - position))
        before = self._seen.get(partition)
        first_end = end if before is None else before.first_end
        if before is not None and before.position == position + progress and position < end:
            return before
        return _Seen(position + progress, now, first_end)
