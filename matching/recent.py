"""The events applied last, by fingerprint, so that a repetition is recognised.

There are many of them, in every market, and nearly every question is of one that is not there. So
all but the newest are bytes: once in the order they came, and once sorted, to be searched.
"""

from array import array
from bisect import bisect_left
from typing import Final

import numpy as np
from numpy.typing import NDArray

REMEMBERED: Final = 65_536
_NEWEST: Final = 4_096
"""So many are added before all are sorted again."""
_KIND: Final = np.dtype("<u8")


class Recent:
    """The last `REMEMBERED` fingerprints (64-bit), in the order they came."""

    def __init__(self, packed: bytes = b"") -> None:
        self._older: NDArray[np.uint64] = np.frombuffer(packed, _KIND)
        self._sorted: array[int] | None = None
        """`_older`, once somebody has asked: a restart has a million to take over."""
        self._newest: dict[int, None] = {}

    def add(self, fingerprint: int) -> None:
        """Remember one more; the first is forgotten when there are too many."""
        self._newest[fingerprint] = None
        if len(self._newest) == _NEWEST:
            self._older, self._sorted, self._newest = self._all(), None, {}

    def pack(self) -> bytes:
        """All of them as bytes: equal exactly when they are, in their order."""
        return self._all().tobytes()

    def all(self) -> list[int]:
        """All of them, in the order they came."""
        return [int(fingerprint) for fingerprint in self._all()]

    def __contains__(self, fingerprint: int) -> bool:
        if fingerprint in self._newest:
            return True
        if self._sorted is None:
            self._sorted = array("Q", np.sort(self._older).astype(np.uint64).tobytes())
        place = bisect_left(self._sorted, fingerprint)
        if place == len(self._sorted) or self._sorted[place] != fingerprint:
            return False
        return bool((self._older[self._forgotten() :] == np.uint64(fingerprint)).any())

    def _all(self) -> NDArray[np.uint64]:
        newest = np.fromiter(self._newest, _KIND, len(self._newest))
        return np.concatenate([self._older[self._forgotten() :], newest])

    def _forgotten(self) -> int:
        """How many of `_older` have had to go for the newest."""
        return max(0, len(self._older) + len(self._newest) - REMEMBERED)
