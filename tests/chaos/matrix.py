"""The matrix: faults in turn on one log, and what the recorder says after each."""

import time
from collections.abc import Callable, Iterable, Iterator

from confluent_kafka import KafkaException
from redis import RedisError

from tests.chaos.cells import Cell
from tests.chaos.notified import Notified
from tests.chaos.world import World

Fault = Callable[[World], int]
"""Does harm, repairs it, and says how many times."""


class Matrix:
    """Runs faults against a world; each finding counts in the cell that it is seen in first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: set[str] = set()
        self._notified = Notified(world.receiver)

    def run(self, faults: Iterable[tuple[str, Fault]]) -> Iterator[Cell]:
        """Do all of them, one after the other, under load; what came of each."""
        for name, fault in faults:
            yield self._run(name, fault)

    def _run(self, name: str, fault: Fault) -> Cell:
        world = self._world
        world.feed.go_on()
        began = time.monotonic()
        count, trouble = 0, set[str]()
        try:
            count = fault(world)
        except (TimeoutError, KafkaException, RedisError) as error:
            trouble.add(f"the fault could not be done, or undone: {error}")
        took = world.recover()
        world.settle()
        lost = self._new(world.recorder.lost() | world.lost) | trouble
        double = self._new(world.recorder.double() | self._notified.double() | world.double)
        diverged = self._new(
            world.recorder.strange() | world.strange_pages() | self._notified.strange()
        )
        findings = tuple(sorted(lost | double | diverged))
        whole = time.monotonic() - began
        return Cell(name, count, len(lost), len(double), len(diverged), took, whole, findings)

    def _new(self, findings: set[str]) -> set[str]:
        new = findings - self._known
        self._known |= new
        return new
