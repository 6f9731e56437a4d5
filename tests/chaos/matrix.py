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
        restless, strange_pages = set[str](), set[str]()
        try:
            count = fault(world)
        except (TimeoutError, KafkaException, RedisError) as error:
            trouble.add(f"the fault could not be done, or undone: {error}")
        harmed = time.monotonic()
        recovered_s = world.recover()
        try:
            world.settle()  # the pages are as they should be then
        except TimeoutError as error:
            restless.add(str(error))
            strange_pages = world.strange_pages()
        settled = time.monotonic()
        lost = self._new(world.recorder.lost() | world.lost) | trouble
        double = self._new(world.recorder.double() | self._notified.double() | world.double)
        diverged = self._new(world.recorder.strange() | strange_pages | self._notified.strange())
        if not lost | double | diverged:  # which would explain it
            lost = self._new(restless)
        findings = tuple(sorted(lost | double | diverged))
        return Cell(
            name,
            count,
            len(lost),
            len(double),
            len(diverged),
            harm_s=harmed - began,
            recovered_s=recovered_s,
            silent_s=settled - harmed - recovered_s,
            whole_s=time.monotonic() - began,
            findings=findings,
        )

    def _new(self, findings: set[str]) -> set[str]:
        new = findings - self._known
        self._known |= new
        return new
