"""A circuit breaker: a receiver that keeps failing is left alone for a while."""

from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
PAUSE_S: Final = 10.0


class Breaker:
    """Opens after `failures` in a row; after `pause_s` seconds lets one try through at a time."""

    def __init__(
        self, clock: Callable[[], float], *, failures: int = FAILURES, pause_s: float = PAUSE_S
    ) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self._most = failures
        self._pause_s = pause_s
        self._failures = 0
        self._open_until = 0.0

    def lets_through(self) -> bool:
        """Whether to try now; a yes to an open circuit makes it wait again for the others."""
        if self._failures < self._most:
            return True
        if self._clock() < self._open_until:
            return False
        self._open_until = self._clock() + self._pause_s
        return True

    def succeeded(self) -> None:
        """The receiver answers."""
        self._failures = 0

    def failed(self) -> None:
        """The receiver does not answer, or says that it cannot."""
        self._failures += 1
        if self._failures >= self._most:
            self._open_until = self._clock() + self._pause_s
