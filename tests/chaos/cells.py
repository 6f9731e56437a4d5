"""The verdict: what came of each fault, how it is shown, and what it sums up to."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

_COLUMNS: Final = (
    "count",
    "lost",
    "double",
    "diverged",
    "harm s",
    "recovery s",
    "silence s",
    "whole s",
)
_SHOWN: Final = 5


class Cell(msgspec.Struct, frozen=True):
    """What came of a fault, and where its time went.

    `harm_s` is the fault itself until it is undone, `recovered_s` from then until all said by then
    is answered, `silent_s` from then until nothing more follows; `whole_s` is all of it. `findings`
    say what was lost, double or diverged.
    """

    fault: str
    count: int
    lost: int
    double: int
    diverged: int
    harm_s: float
    recovered_s: float
    silent_s: float
    whole_s: float
    findings: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[str, ...]:
        """What stands in its columns."""
        counts = (self.count, self.lost, self.double, self.diverged)
        times = (self.harm_s, self.recovered_s, self.silent_s, self.whole_s)
        return *map(str, counts), *(f"{seconds:.1f}" for seconds in times)


def is_clean(cells: Iterable[Cell]) -> bool:
    """Whether nothing was lost, double or diverged."""
    return not any(cell.lost or cell.double or cell.diverged for cell in cells)


def summary(cells: Iterable[Cell]) -> str:
    """The last line: what all of them come to."""
    count = lost = double = diverged = 0
    for cell in cells:
        count += cell.count
        lost += cell.lost
        double += cell.double
        diverged += cell.diverged
    return f"{count} faults, {lost} lost, {double} double, {diverged} diverged"


def head() -> str:
    """The line above all others, for a terminal."""
    return _line("fault", _COLUMNS)


def shown(cell: Cell) -> str:
    """A fault for a terminal, with the first of its findings below."""
    below = [f"    {finding}" for finding in cell.findings[:_SHOWN]]
    return "\n".join([_line(cell.fault, cell.figures), *below])


def markdown(cells: Sequence[Cell]) -> str:
    """All of them as a table."""
    head = [("fault", *_COLUMNS), ("---",) * (1 + len(_COLUMNS))]
    rows = [(cell.fault, *cell.figures) for cell in cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in (*head, *rows))


def parsed(table: str) -> list[Cell]:
    """The faults of a table that `markdown` has made, without their findings."""
    rows = [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]
    names = Cell.__struct_fields__[:-1]
    return [msgspec.convert(dict(zip(names, row, strict=True)), Cell, strict=False) for row in rows]


def _line(name: str, figures: Iterable[str]) -> str:
    return f"{name:<48}" + "".join(f"{figure:>11}" for figure in figures)
