"""What is due when: the offers, jobs and tiers of jobs that a tick will end, and rounds.

Of other zones: requests that are given up, and bookings there that nobody has reported on. A
booking whose work is over counts no more among those that a worker would hold at one time.

When availabilities end is known to the pool; they join what is due in their turn.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Literal

Kind = Literal["away", "booking", "job", "offer", "request", "round", "tier", "worker"]
Deadline = tuple[int, Kind, str]


class Deadlines:
    """A heap of (time, kind, id). Entries whose reason has gone are skipped when they come up."""

    def __init__(self, stands: Callable[[Deadline], bool]) -> None:
        self._heap: list[Deadline] = []
        self._stands = stands

    def add(self, at: int, kind: Kind, id: str) -> None:
        """Something ends at a time, in ms."""
        heapq.heappush(self._heap, (at, kind, id))

    def due(self, now: int) -> Iterator[Deadline]:
        """Take out what has come due, in order of (time, kind, id)."""
        while self._heap and self._heap[0][0] <= now:
            deadline = heapq.heappop(self._heap)
            if self._stands(deadline):
                yield deadline

    def next(self) -> int | None:
        """The time of the next one, or None."""
        while self._heap and not self._stands(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pending(self) -> frozenset[Deadline]:
        """Everything that will come up, whether its reason still stands or not."""
        return frozenset(self._heap)
