"""Excel workbooks (.xlsx): read only, never more of them than fits, formulas by their results.

A workbook is an archive that may pretend to be small: every part is unpacked once in pieces, and
counted, before anything is read for good. Parts that define entities are refused.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any, Final
from warnings import catch_warnings, simplefilter
from xml.etree.ElementTree import iterparse

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from events.rejections import Rejection
from producers.importing.rows import HEADED_WITHIN, MOST_COLUMNS, MOST_ROWS, Grid
from producers.importing.sheets import Range, Sheet, with_merged

MOST_UNPACKED: Final = 64 * 1024 * 1024
SHEET_ROWS: Final = 1_048_576
"""Excel's own limit: a file that counts farther was made to keep a reader busy."""
_MOST_PARTS: Final = 2_000
_PIECE: Final = 64 * 1024
_ENTITIES: Final = b"<!"
_COMMENT: Final = b"<!--"


def read_workbook(content: bytes, name: str, sheet: str = "") -> dict[str, Sheet]:
    """The cells of each sheet that is shown, or of the one that is named. Raises Rejection."""
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


def _cells(content: bytes, name: str, sheet: str) -> dict[str, Sheet]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        known = {one.title: one for one in book.worksheets}
        if not known or (sheet and sheet not in known):
            raise Rejection("no_sheet", name, value=sheet, known="、".join(known)[:200])
        shown = [title for title, one in known.items() if one.sheet_state == "visible"]
        chosen = [sheet] if sheet else shown or list(known)
        return {title: _sheet(content, known[title], name) for title in chosen}
    finally:
        book.close()


def _sheet(content: bytes, sheet: Any, name: str) -> Sheet:
    grid = _grid(sheet, name)
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        archive.open(sheet._worksheet_path) as part,
    ):
        return with_merged(grid, _merged(part), name)


def _merged(part: IO[bytes]) -> Iterator[Range]:
    """The merged cells of a sheet: openpyxl does not tell those of what it only reads."""
    for _, one in iterparse(part):
        if one.tag.rpartition("}")[2] == "mergeCell":
            left, first, right, last = range_boundaries(one.get("ref", ""))
            if left and first and right and last:  # a whole row or column has no bounds
                yield first, last, left, right
        one.clear()


def _grid(sheet: Any, name: str) -> Grid:
    """The filled rows of a sheet, no more than tell that there are too many."""
    sheet.reset_dimensions()  # what a file says of them may be wrong
    grid: Grid = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if cells := _row_cells(row):
            grid.append((number, cells))
        if number > SHEET_ROWS:
            raise Rejection("too_many_rows", name, limit=MOST_ROWS, count=number)
        if len(grid) > MOST_ROWS + HEADED_WITHIN:
            break
    return grid


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
