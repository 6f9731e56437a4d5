"""A sheet of a workbook: its rows of cells, and which of them hold what a merged cell says."""

from collections.abc import Iterable
from typing import NamedTuple

from events.rejections import Rejection
from producers.importing.rows import MOST_COLUMNS, Grid

Range = tuple[int, int, int, int]
"""First row, last row, first column, last column of a merged cell, each from 1 and included."""


class Sheet(NamedTuple):
    """The filled rows of a sheet; `merged` has the columns, from 0, filled in a row by number."""

    grid: Grid
    merged: dict[int, frozenset[int]]


def with_merged(grid: Grid, ranges: Iterable[Range], name: str) -> Sheet:
    """The rows with what stands in a cell merged over several of them in each of them.

    A row that has no cell of its own stays away. Raises Rejection for cells merged twice.
    """
    at = dict(grid)
    filled: dict[int, set[int]] = {}
    left = len(grid) * MOST_COLUMNS
    for first, last, column, _ in ranges:
        if last == first or column > MOST_COLUMNS:
            continue
        cell = _cell(at.get(first, []), column - 1)
        left -= 1 + (min(last - first, len(at)) if cell else 0)
        if left < 0:
            raise Rejection("not_excel", name, what="mergeCells")
        for number in list(_within(at, first + 1, last)) if cell else ():
            if not _cell(at[number], column - 1):
                at[number] += [""] * (column - len(at[number]))
                at[number][column - 1] = cell
                filled.setdefault(number, set()).add(column - 1)
    return Sheet(grid, {number: frozenset(columns) for number, columns in filled.items()})


def _cell(cells: list[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _within(at: dict[int, list[str]], first: int, last: int) -> Iterable[int]:
    """The rows of a range: counted from the smaller of the two."""
    if last - first < len(at):
        return (number for number in range(first, last + 1) if number in at)
    return (number for number in at if first <= number <= last)
