"""A file of vacancies as rows of text, whatever wrote it: CSV, Excel, JSON Lines, JSON-LD."""

import csv
import io
from itertools import islice
from pathlib import Path
from typing import Final

from events.rejections import Rejection
from producers.importing.heads import IsHeading, column_names, find_head
from producers.importing.jsonrows import read_json_lines, read_postings
from producers.importing.oldbook import read_old_workbook
from producers.importing.rejected import unguarded
from producers.importing.rows import HEADED_WITHIN, MOST_COLUMNS, MOST_ROWS, Grid, Row, Table
from producers.importing.sheets import Sheet
from producers.importing.workbook import read_workbook

MOST_BYTES: Final = 20 * 1024 * 1024
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_DELIMITERS: Final = (",", "\t", ";", "，")


def read_table(path: Path, is_heading: IsHeading, *, sheet: str = "") -> Table:
    """The rows of a file; `is_heading` knows a column heading when it sees one.

    Raises Rejection when the file as a whole cannot be read, OSError when it cannot be opened.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Rejection("file_too_large", path.name, limit=MOST_BYTES // 1024 // 1024)
    if content.startswith(_OLD_EXCEL):
        return _read_sheets(read_old_workbook(content, path.name, sheet), is_heading, path.name)
    if content.startswith(_ZIP):
        return _read_sheets(read_workbook(content, path.name, sheet), is_heading, path.name)
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return read_json_lines(content, path.name)
        case ".json" | ".jsonld":
            return read_postings(content, path.name)
        case _:
            grid = _read_csv(content, path.name, is_heading)
            return _headed(Sheet(grid, {}), is_heading, path.name)


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
            rows = list(islice(reader, HEADED_WITHIN))
        except csv.Error:
            return 0, 0
        headings = (sum(is_heading(cell.strip()) for cell in row) for row in rows)
        return max(headings, default=0), max(map(len, rows), default=0)

    return max(_DELIMITERS, key=found)


def _headed(sheet: Sheet, is_heading: IsHeading, name: str) -> Table:
    """A sheet with its headings found. Raises Rejection."""
    filled = [(number, _trimmed(row)) for number, row in sheet.grid if any(row)]
    head = find_head(filled, is_heading)
    if head is None:
        raise Rejection("no_headings", name)
    if len(head.names) > MOST_COLUMNS:
        raise Rejection("too_many_columns", name, limit=MOST_COLUMNS, count=len(head.names))
    rows = filled[head.below :]
    if len(rows) > MOST_ROWS:
        raise Rejection("too_many_rows", name, limit=MOST_ROWS, count=len(rows))
    names = column_names(head.names, max((len(row) for _, row in rows), default=0))
    return Table(
        names,
        [_row(number, row, names, sheet.merged.get(number, frozenset())) for number, row in rows],
    )


def _read_sheets(sheets: dict[str, Sheet], is_heading: IsHeading, name: str) -> Table:
    """The first sheet with headings, or the one that is named, and a note of the others."""
    empty: list[str] = []
    for title, sheet in sheets.items():
        try:
            table = _headed(sheet, is_heading, name)
        except Rejection as wrong:
            if wrong.code != "no_headings":
                raise
            empty.append(title)
            continue
        left = [other for other in sheets if other not in (title, *empty) and sheets[other].grid]
        why = Rejection("sheets_left", name, value=title, known="、".join(left)[:200])
        return table._replace(notes=(why,) if left else ())
    raise Rejection("no_sheet_headed", name, known="、".join(empty)[:200])


def _trimmed(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    while row and not row[-1]:
        row = row[:-1]
    return row


def _row(number: int, cells: list[str], names: list[str], merged: frozenset[int]) -> Row:
    if len(cells) > len(names):
        return Row(
            number,
            dict(zip(names, cells, strict=False)),
            Rejection("too_many_columns", limit=MOST_COLUMNS, count=len(cells)),
            "\t".join(cells),
        )
    return Row(
        number,
        {name: cell for name, cell in zip(names, cells, strict=False) if cell},
        merged=frozenset(name for at, name in enumerate(names) if at in merged),
    )
