"""A whole file: its vacancies, and what is wrong with the file, its columns and its rows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from events.rejections import Rejection
from producers.importing.mapping import Mapping
from producers.importing.rejected import LINE, PROBLEM
from producers.importing.rows import Problem, Row, Table
from producers.importing.spot import World
from producers.importing.tables import read_table
from producers.importing.vacancy import Vacancy, read_vacancy

_CLOSING: Final = re.compile(
    "(?:合计|总计|小计|共计|备注|说明|注意|注|totals?|notes?)\\s*(?:[:：].*)?",
    re.IGNORECASE | re.DOTALL,
)
_OF_A_VACANCY: Final = ("title", "pay")
_OF_ONE_ROW: Final = ("key", "headcount")
"""What a merged cell says of several rows together, not of each: ten people are not ten a row."""


class Reading(NamedTuple):
    """A file's rows as a table and as vacancies, and the problems of both."""

    table: Table
    vacancies: list[Vacancy]
    problems: list[Problem]


def read_file(path: Path, world: World) -> Reading:
    """Read a file. What is wrong with it is a problem of row 0. Raises OSError."""
    table, fields, problems = read_rows(path, world.mapping)
    vacancies = [read_vacancy(row, fields, world) for row in table.rows]
    problems += [problem for vacancy in vacancies for problem in vacancy.problems]
    return Reading(table, vacancies, problems)


def read_rows(path: Path, mapping: Mapping) -> tuple[Table, dict[str, str], list[Problem]]:
    """The rows of a file, the heading of each field, and the problems of file and columns."""
    try:
        table = read_table(path, mapping.is_heading, sheet=mapping.sheet)
    except Rejection as wrong:
        return Table([], []), {}, [Problem(0, "", wrong)]
    fields = mapping.fields(table.headings)
    table, left_out = _without_closing(_without_headings(table), fields)
    filled = [fields[field] for field in mapping.fill_down if field in fields]
    alone = [fields[field] for field in _OF_ONE_ROW if field in fields]
    rows = [_without_shared(row, alone) for row in table.rows]
    table = table._replace(rows=list(_filled_down(rows, filled)))
    notes = [Problem(0, "", why, is_note=True) for why in table.notes]
    return table, fields, notes + left_out + _unused(table, fields, mapping)


def _without_headings(table: Table) -> Table:
    """A table without rows in which headings merged over several rows stand once more."""
    rows = [
        row
        for row in table.rows
        if not row.merged or any(row.cells[name] != name for name in row.merged)
    ]
    return table._replace(rows=rows)


def _without_closing(table: Table, fields: dict[str, str]) -> tuple[Table, list[Problem]]:
    """A table without sums and remarks below it, and a note of each of these rows."""
    rows: list[Row] = []
    notes: list[Problem] = []
    for row in table.rows:
        if _is_closing(row, fields):
            notes.append(Problem(row.number, "", Rejection("closing_row"), is_note=True))
        else:
            rows.append(row)
    return table._replace(rows=rows), notes


def _is_closing(row: Row, fields: dict[str, str]) -> bool:
    """Whether a row begins as sums and remarks do, and says nothing that a row must."""
    (first, said), *more = row.cells.items() or [("", "")]
    must = [fields[field] for field in _OF_A_VACANCY if field in fields]
    return (
        bool(_CLOSING.fullmatch(said))
        and len(more) < 3
        and not any(heading in row.cells and heading != first for heading in must)
    )


def _without_shared(row: Row, headings: list[str]) -> Row:
    """A row without what merged cells of such columns say of several rows together."""
    shared = row.merged.intersection(headings)
    return row._replace(
        cells={name: cell for name, cell in row.cells.items() if name not in shared}
    )


def _filled_down(rows: list[Row], headings: list[str]) -> Iterator[Row]:
    """Rows whose empty cells of some columns, merged in Excel, hold what stands above."""
    above: dict[str, str] = {}
    for row in rows:
        above |= {name: row.cells[name] for name in headings if name in row.cells}
        yield row._replace(cells={**above, **row.cells})


def _unused(table: Table, fields: dict[str, str], mapping: Mapping) -> list[Problem]:
    """What of the columns is not published, so that nobody finds out too late."""
    left = [name for name in table.headings if name not in (*fields.values(), PROBLEM, LINE)]
    missing = [
        heading for heading in mapping.columns.values() if heading not in (*table.headings, "")
    ]
    said = []
    if left:
        why = Rejection("columns_unused", value="、".join(left)[:300])
        said.append(Problem(0, "", why, is_note=True))
    if missing:
        said.append(Problem(0, "", Rejection("columns_missing", value="、".join(missing)[:300])))
    return said
