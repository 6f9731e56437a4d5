"""What is planned and what has been said: the time of the simulated town."""

import heapq
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from events.facts import Fact


class Timed(NamedTuple):
    """A fact with its time (UTC ms), its CloudEvents id and its source."""

    at: int
    fact: Fact
    id: str
    source: str


class Agenda:
    """Acts planned for later, done in the order of time; and the facts that they say."""

    def __init__(self, seed: int, start: int, zone: str) -> None:
        self.now = start
        self._seed = seed
        self._zone = zone
        self._prefix = f"sim-{seed}-{start}"
        self._plans: list[tuple[int, int, Callable[[], None]]] = []
        self._said: list[Timed] = []
        self._count = 0

    def plan(self, at: int, act: Callable[[], None]) -> None:
        """Do something at a time, UTC ms; what lies in the past is done next."""
        heapq.heappush(self._plans, (max(at, self.now), self._next(), act))

    def say(self, fact: Fact, station: str) -> None:
        """Tell the market something at this moment, from a station such as `05`."""
        source = f"/zones/{self._zone}/stations/{station}"
        self._said.append(Timed(self.now, fact, f"{self._prefix}-{self._next()}", source))

    def run(self, until: int) -> list[Timed]:
        """Do what is planned up to a time; what was said by it, in order."""
        self._said = []
        while self._plans and self._plans[0][0] <= until:
            at, _, act = heapq.heappop(self._plans)
            self.pass_to(at)
            act()
        self.pass_to(until)
        return self._said

    def pass_to(self, at: int) -> None:
        """Let time pass; it never goes back."""
        self.now = max(self.now, at)

    def rng(self, *purpose: object) -> Random:
        """Chance for one purpose, always the same for the same seed: no draw disturbs another."""
        return Random("/".join(str(part) for part in (self._seed, *purpose)))

    def _next(self) -> int:
        self._count += 1
        return self._count
