"""The headings of a table: where they stand, in one row or in two, and a name for each column."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from producers.importing.rows import HEADED_WITHIN, MOST_COLUMNS, Grid

IsHeading = Callable[[str], bool]


class Head(NamedTuple):
    """The headings as they stand, and the place in the grid of the first row below them."""

    names: list[str]
    below: int


def find_head(rows: Grid, is_heading: IsHeading) -> Head | None:
    """The row with the most known headings among the first, with what a second one adds to it."""
    known = [sum(map(is_heading, row)) for _, row in rows[:HEADED_WITHIN]]
    if not any(known):
        return None
    at = known.index(max(known))
    upper = rows[at - 1][1] if at and _follow(rows, at - 1) else []
    lower = rows[at + 1][1] if _follow(rows, at) else []
    names = rows[at][1]
    if _adds(upper, names, is_heading):
        return Head(_filled(names, upper), at + 1)
    if _adds(lower, names, is_heading) and not _is_data(lower, names, is_heading):
        return Head(_filled(lower, names), at + 2)
    return Head(names, at + 1)


def column_names(headings: Iterable[str], widest: int) -> list[str]:
    """A name of its own for each column, also for those without a heading: `#C`."""
    names: list[str] = []
    for number, heading in enumerate(headings, 1):
        letter = f"#{get_column_letter(number)}"
        name = " ".join(heading.split()) or letter
        names.append(name if name not in names else f"{name} {letter}")
    further = range(len(names) + 1, min(widest, MOST_COLUMNS) + 1)
    return names + [f"#{get_column_letter(number)}" for number in further]


def _follow(rows: Grid, at: int) -> bool:
    """Whether the next row of a grid is the next of the file: empty ones are left out."""
    return at + 1 < len(rows) and rows[at + 1][0] == rows[at][0] + 1


def _adds(row: list[str], names: list[str], is_heading: IsHeading) -> bool:
    """Whether a row beside the headings has others, where these are empty."""
    more = [cell for cell, name in _pairs(row, names) if cell and not name]
    return any(map(is_heading, more))


def _is_data(row: list[str], names: list[str], is_heading: IsHeading) -> bool:
    """Whether a row says something below a heading that is none itself."""
    below = [cell for cell, name in _pairs(row, names) if cell and is_heading(name)]
    return not all(map(is_heading, below))


def _filled(names: list[str], others: list[str]) -> list[str]:
    """Headings, and those of the other row where there are none."""
    return [name or other for name, other in _pairs(names, others)]


def _pairs(one: list[str], other: list[str]) -> list[tuple[str, str]]:
    width = max(len(one), len(other))
    return [
        (one[at] if at < len(one) else "", other[at] if at < len(other) else "")
        for at in range(width)
    ]
