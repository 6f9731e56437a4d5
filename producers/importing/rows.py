"""What a file holds once it is read: headings, rows of text, and what was wrong with a row."""

from typing import Final, NamedTuple

from events.rejections import Rejection

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
HEADED_WITHIN: Final = 20
"""Rows in which the headings are looked for: above them stand titles and remarks."""

Grid = list[tuple[int, list[str]]]
"""Rows of cells as they stand, each with its number in the file, from 1."""


class Row(NamedTuple):
    """A row by its number in the file, from 1, with its filled cells by heading.

    `fault` is why it cannot be read; `raw` is what stands there then. `merged` are the headings of
    cells that say what a cell merged over several rows says.
    """

    number: int
    cells: dict[str, str]
    fault: Rejection | None = None
    raw: str = ""
    merged: frozenset[str] = frozenset()


class Table(NamedTuple):
    """The rows of a file in order, and its headings; `is_part` when it says that there are more.

    `notes` say what of the file was not read.
    """

    headings: list[str]
    rows: list[Row]
    is_part: bool = False
    notes: tuple[Rejection, ...] = ()


class Problem(NamedTuple):
    """What is wrong with a cell, a row (no column) or the file (row 0); a note stops nothing."""

    row: int
    column: str
    why: Rejection
    is_note: bool = False
