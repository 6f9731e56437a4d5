"""A whole file: its vacancies, and what is wrong with the file, its columns and its rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from events.rejections import Rejection
from producers.importing.mapping import Mapping
from producers.importing.rejected import LINE, PROBLEM
from producers.importing.rows import Problem, Row, Table
from producers.importing.spot import World
from producers.importing.tables import read_table
from producers.importing.vacancy import Vacancy, read_vacancy


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
    filled = [fields[field] for field in mapping.fill_down if field in fields]
    table = table._replace(rows=list(_filled_down(table.rows, filled)))
    return table, fields, _unused(table, fields, mapping)


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
