"""A file of vacancies as rows of text, whatever wrote it: CSV, Excel, JSON Lines, JSON-LD."""

import csv
import io
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from events.rejections import Rejection
from producers.importing.jsonrows import read_json_lines, read_postings
from producers.importing.rejected import unguarded
from producers.importing.rows import MOST_COLUMNS, MOST_ROWS, Grid, Row, Table
from producers.importing.workbook import read_workbook

MOST_BYTES: Final = 20 * 1024 * 1024
_HEADED_WITHIN: Final = 20
"""Rows in which the headings are looked for: above them stand titles and remarks."""
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_DELIMITERS: Final = (",", "\t", ";", "，")

IsHeading = Callable[[str], bool]


def read_table(path: Path, is_heading: IsHeading, *, sheet: str = "") -> Table:
    """The rows of a file; `is_heading` knows a column heading when it sees one.

    Raises Rejection when the file as a whole cannot be read, OSError when it cannot be opened.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Rejection("file_too_large", path.name, limit=MOST_BYTES // 1024 // 1024)
    if content.startswith(_OLD_EXCEL):
        raise Rejection("old_excel", path.name)
    if content.startswith(_ZIP):
        return _headed(read_workbook(content, path.name, sheet), is_heading, path.name)
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return read_json_lines(content, path.name)
        case ".json" | ".jsonld":
            return read_postings(content, path.name)
        case _:
            return _headed(_read_csv(content, path.name, is_heading), is_heading, path.name)


def _read_csv(content: bytes, name: str, is_heading: IsHeading) -> Grid:
    text = _decoded(content, name)
    delimiter = _delimiter(text, is_heading)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    grid: Grid = []
    try:
        for number, row in enumerate(rows, 1):
            if any(_holds_rows(cell, delimiter, len(row)) for cell in row):
                raise csv.Error("a quotation mark opens a cell and nothing ends it in its row")
            grid.append((number, [unguarded(cell.strip()) for cell in row]))
    except csv.Error as error:
        raise Rejection("not_csv", name, what=f"line {rows.line_num}: {error}") from None
    return grid


def _holds_rows(cell: str, delimiter: str, columns: int) -> bool:
    """Whether a cell has swallowed rows: a quotation mark that was only meant as a mark does."""
    further = cell.splitlines()[1:]
    return any(line.count(delimiter) >= max(2, columns - 1) for line in further)


def _decoded(content: bytes, name: str) -> str:
    """Text in UTF-8, in UTF-16 with its mark, or in what Chinese Excel writes, which is GB18030."""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Rejection("unknown_encoding", name)


def _delimiter(text: str, is_heading: IsHeading) -> str:
    """The one that makes the most headings of the first lines, or else the most columns."""
    start = text[:20_000]

    def found(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
        try:
            rows = list(islice(reader, _HEADED_WITHIN))
        except csv.Error:
            return 0, 0
        headings = (sum(is_heading(cell.strip()) for cell in row) for row in rows)
        return max(headings, default=0), max(map(len, rows), default=0)

    return max(_DELIMITERS, key=found)


class _Head(NamedTuple):
    at: int
    names: list[str]


def _headed(grid: Grid, is_heading: IsHeading, name: str) -> Table:
    """A grid with its headings found. Raises Rejection."""
    filled = [(number, _trimmed(row)) for number, row in grid if any(row)]
    head = _find_head(filled, is_heading, name)
    rows = filled[head.at + 1 :]
    if len(rows) > MOST_ROWS:
        raise Rejection("too_many_rows", name, limit=MOST_ROWS, count=len(rows))
    widest = max((len(row) for _, row in rows), default=0)
    names = _names(head.names, widest)
    return Table(names, [_row(number, row, names) for number, row in rows])


def _trimmed(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    while row and not row[-1]:
        row = row[:-1]
    return row


def _find_head(rows: Grid, is_heading: IsHeading, name: str) -> _Head:
    """The row with the most known headings among the first."""
    best, most = _Head(0, []), 0
    for at, (_, row) in enumerate(rows[:_HEADED_WITHIN]):
        known = sum(map(is_heading, row))
        if known > most:
            best, most = _Head(at, row), known
    if not most:
        raise Rejection("no_headings", name)
    if len(best.names) > MOST_COLUMNS:
        raise Rejection("too_many_columns", name, limit=MOST_COLUMNS, count=len(best.names))
    return best


def _names(headings: Iterable[str], widest: int) -> list[str]:
    """A name of its own for each column, also for those without a heading."""
    names: list[str] = []
    for number, heading in enumerate(headings, 1):
        name = " ".join(heading.split()) or f"#{number}"
        names.append(name if name not in names else f"{name} #{number}")
    names += [f"#{number}" for number in range(len(names) + 1, min(widest, MOST_COLUMNS) + 1)]
    return names


def _row(number: int, cells: list[str], names: list[str]) -> Row:
    if len(cells) > len(names):
        return Row(
            number,
            dict(zip(names, cells, strict=False)),
            Rejection("too_many_columns", limit=MOST_COLUMNS, count=len(cells)),
            "\t".join(cells),
        )
    return Row(number, {name: cell for name, cell in zip(names, cells, strict=False) if cell})
