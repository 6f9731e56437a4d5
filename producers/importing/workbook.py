"""Excel workbooks (.xlsx): read only, never more of them than fits, formulas by their results.

A workbook is an archive that may pretend to be small: every part is unpacked once in pieces, and
counted, before anything is read for good. Parts that define entities are refused.
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from warnings import catch_warnings, simplefilter

from openpyxl import load_workbook

from events.rejections import Rejection
from producers.importing.rows import MOST_COLUMNS, MOST_ROWS, Grid

MOST_UNPACKED: Final = 64 * 1024 * 1024
SHEET_ROWS: Final = 1_048_576
"""Excel's own limit: a file that counts farther was made to keep a reader busy."""
_MOST_PARTS: Final = 2_000
_PIECE: Final = 64 * 1024
_ENTITIES: Final = b"<!"
_COMMENT: Final = b"<!--"


def read_workbook(content: bytes, name: str, sheet: str = "") -> Grid:
    """The cells of a sheet, the first one unless it is named. Raises Rejection."""
    _check_archive(content, name)
    try:
        with catch_warnings():  # openpyxl warns of what it leaves out: styles, pictures
            simplefilter("ignore")
            return _cells(content, name, sheet)
    except Rejection:
        raise
    except Exception as error:  # a broken workbook raises whatever its XML leads to
        raise Rejection("not_excel", name, what=type(error).__name__) from error


def _check_archive(content: bytes, name: str) -> None:
    """Raise Rejection for an archive that is broken, too large, or that defines entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS:
                raise Rejection("too_large_unpacked", name, limit=MOST_UNPACKED // 1024 // 1024)
            left = MOST_UNPACKED
            for part in parts:
                left -= _unpacked(archive, part, left, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        raise Rejection("not_excel", name, what=type(error).__name__) from error
    except (EOFError, ValueError, UnicodeDecodeError) as error:
        raise Rejection("not_excel", name, what=type(error).__name__) from error


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int, name: str) -> int:
    """How many bytes a part really has; zipfile compares its checksum at the end."""
    size = 0
    with archive.open(part) as opened:
        while piece := opened.read(_PIECE):
            if size == 0 and part.filename.endswith((".xml", ".rels")):
                _check_entities(piece, name)
            size += len(piece)
            if size > most:
                raise Rejection("too_large_unpacked", name, limit=MOST_UNPACKED // 1024 // 1024)
    return size


def _check_entities(start: bytes, name: str) -> None:
    """A document type stands before everything else, in whatever encoding."""
    plain = start.replace(b"\x00", b"")
    if _ENTITIES in plain.replace(_COMMENT, b""):
        raise Rejection("not_excel", name, what="DOCTYPE")


def _cells(content: bytes, name: str, sheet: str) -> Grid:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        names = [one.title for one in book.worksheets]
        if not names or (sheet and sheet not in names):
            raise Rejection("no_sheet", name, value=sheet, known=", ".join(names)[:200])
        chosen = book[sheet or names[0]]
        chosen.reset_dimensions()  # what a file says of them may be wrong
        grid: Grid = []
        for number, row in enumerate(chosen.iter_rows(values_only=True), 1):
            if cells := _row_cells(row):
                grid.append((number, cells))
            if len(grid) > MOST_ROWS + 20 or number > SHEET_ROWS:
                raise Rejection("too_many_rows", name, limit=MOST_ROWS, count=number)
        return grid
    finally:
        book.close()


def _row_cells(row: Sequence[Any]) -> list[str]:
    """The cells of a row, no more than tell that there are too many; none of an empty row."""
    cells = [cell_text(value) for value in row[:MOST_COLUMNS]]
    cells += map(cell_text, islice(filter(None, row[MOST_COLUMNS:]), 1))
    return cells if any(cells) else []


def cell_text(value: Any) -> str:
    """A cell's value as a clerk would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            shown = f"{value:%Y-%m-%d %H:%M}"
            return shown.removesuffix(" 00:00")
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60}:{minutes % 60:02}"
        case float():
            return f"{value:.10f}".rstrip("0").rstrip(".")
        case _:
            return str(value).strip()
