"""The matcher without Faust: no group, partitions by number.

For tests, benchmarks and small tools; in production the matcher runs under Faust.
"""

from collections.abc import Sequence
from typing import Final

from streams.feed import START, Feed, after
from streams.matcher import Matcher

_WAIT_S: Final = 0.1


class PlainRunner:
    """Feeds a matcher from the given partitions of `market.events`, from the start of the log."""

    def __init__(self, bootstrap: str, matcher: Matcher, partitions: Sequence[int]) -> None:
        self._matcher = matcher
        self._feed = Feed(bootstrap)
        self._positions = dict.fromkeys(partitions, START)

    async def run_until(self, ends: dict[int, int]) -> None:
        """Apply records until each partition has been applied up to its end offset."""
        while any(self._position(partition) < end for partition, end in ends.items()):
            await self.run_once()

    async def run_once(self) -> None:
        """Apply what has arrived."""
        taken = await self._feed.take(self._positions, _WAIT_S)
        for partition, records in sorted(taken.items()):
            await self._matcher.process(partition, records)
        self._positions |= after(taken)

    def close(self) -> None:
        """Disconnect."""
        self._feed.close()

    def _position(self, partition: int) -> int:
        owned = self._matcher.partitions.get(partition)
        return 0 if owned is None else owned.engine.last_offset + 1
