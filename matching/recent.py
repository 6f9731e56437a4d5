"""The events applied last, by fingerprint, so that a repetition is recognised.

At rest they are bytes: a restart has a million of them to take over and looks at them only when the
first event of their market asks.
"""

from collections import deque
from typing import Final

import numpy as np

REMEMBERED: Final = 65_536
_KIND: Final = np.dtype("<u8")


class Recent:
    """The last `REMEMBERED` fingerprints (64-bit), in the order they came."""

    def __init__(self, packed: bytes = b"") -> None:
        self._packed: bytes | None = packed
        self._order: deque[int] = deque()
        self._known: set[int] = set()

    def add(self, fingerprint: int) -> None:
        """Remember one more; the first is forgotten when there are too many."""
        self._unpack()
        self._order.append(fingerprint)
        self._known.add(fingerprint)
        if len(self._order) > REMEMBERED:
            self._known.discard(self._order.popleft())

    def pack(self) -> bytes:
        """All of them as bytes: equal exactly when they are, in their order."""
        if self._packed is not None:
            return self._packed
        return np.fromiter(self._order, _KIND, len(self._order)).tobytes()

    def __contains__(self, fingerprint: int) -> bool:
        self._unpack()
        return fingerprint in self._known

    def _unpack(self) -> None:
        if self._packed is not None:
            self._order = deque(np.frombuffer(self._packed, _KIND).tolist())
            self._known = set(self._order)
            self._packed = None
