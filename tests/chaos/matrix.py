"""The matrix: faults in turn on one log, and what the recorder says after each."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from tests.chaos.notified import Notified
from tests.chaos.world import World

Fault = Callable[[World], int]
"""Does harm, repairs it, and says how many times."""

_SHOWN: Final = 5


class Cell(msgspec.Struct, frozen=True):
    """What came of a fault. `recovered_s` is from its end until all said by then is answered."""

    fault: str
    count: int
    lost: int
    double: int
    diverged: int
    recovered_s: float
    findings: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing came of it."""
        return not (self.lost or self.double or self.diverged)


class Matrix:
    """Runs faults against a world; each finding counts in the cell that it is seen in first."""

    def __init__(self, world: World, say: Callable[[str], None] = print) -> None:
        self.cells: list[Cell] = []
        self._world = world
        self._say = say
        self._known: set[str] = set()
        self._notified = Notified(world.receiver)

    def run(self, faults: Iterable[tuple[str, Fault]]) -> None:
        """Do all of them, one after the other, under load."""
        self._say(_line("fault", "count", "lost", "double", "diverged", "recovery s"))
        for name, fault in faults:
            cell = self._run(name, fault)
            self.cells.append(cell)
            self._say(_shown(cell))
            for finding in cell.findings[:_SHOWN]:
                self._say(f"    {finding}")

    @property
    def is_clean(self) -> bool:
        """Whether every cell is."""
        return all(cell.is_clean for cell in self.cells)

    def summary(self) -> str:
        """The last line."""
        cells = self.cells
        return (
            f"{sum(c.count for c in cells)} faults, {sum(c.lost for c in cells)} lost, "
            f"{sum(c.double for c in cells)} double, {sum(c.diverged for c in cells)} diverged"
        )

    def _run(self, name: str, fault: Fault) -> Cell:
        world = self._world
        world.feed.go_on()
        count, trouble = 0, set[str]()
        try:
            count = fault(world)
        except TimeoutError as error:
            trouble.add(f"the fault could not be done, or undone: {error}")
        took = world.recover()
        world.settle()
        lost = self._new(world.recorder.lost()) | trouble
        double = self._new(world.recorder.double() | self._notified.double())
        diverged = self._new(
            world.recorder.strange() | world.strange_pages() | self._notified.strange()
        )
        findings = tuple(sorted(lost | double | diverged))
        return Cell(name, count, len(lost), len(double), len(diverged), took, findings)

    def _new(self, findings: set[str]) -> set[str]:
        new = findings - self._known
        self._known |= new
        return new


def markdown(cells: Sequence[Cell]) -> str:
    """The matrix as a table."""
    rows = [
        f"| {c.fault} | {c.count} | {c.lost} | {c.double} | {c.diverged} | {c.recovered_s:.1f} |"
        for c in cells
    ]
    head = "| fault | count | lost | double | diverged | recovery s |"
    return "\n".join([head, "| --- | --- | --- | --- | --- | --- |", *rows])


def _shown(cell: Cell) -> str:
    return _line(
        cell.fault, cell.count, cell.lost, cell.double, cell.diverged, f"{cell.recovered_s:.1f}"
    )


def _line(*columns: object) -> str:
    name, *figures = columns
    return f"{name!s:<52}" + "".join(f"{figure!s:>11}" for figure in figures)
