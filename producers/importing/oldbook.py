"""Workbooks of Excel before 2007 (.xls): read only, values only, formulas by their last result.

xlrd keeps the cells there are: a file of a few bytes cannot claim a sheet full of empty ones.
"""

import io
from typing import Final, Literal

import xlrd
from xlrd.sheet import Cell
from xlrd.sheet import Sheet as OldSheet
from xlrd.xldate import xldate_as_datetime

from events.rejections import Rejection
from producers.importing.rows import HEADED_WITHIN, MOST_COLUMNS, MOST_ROWS, Grid
from producers.importing.sheets import Sheet, with_merged
from producers.importing.workbook import cell_text

_VISIBLE: Final = 0


def read_old_workbook(content: bytes, name: str, sheet: str = "") -> dict[str, Sheet]:
    """The cells of each sheet that is shown, or of the one that is named. Raises Rejection."""
    try:
        return _sheets(content, name, sheet)
    except Rejection:
        raise
    except Exception as error:  # a broken workbook raises whatever its records lead to
        raise Rejection("not_excel", name, what=str(error)[:80] or type(error).__name__) from error


def _sheets(content: bytes, name: str, sheet: str) -> dict[str, Sheet]:
    with xlrd.open_workbook(
        file_contents=content,
        formatting_info=True,  # else it leaves out which cells are merged
        ragged_rows=True,
        on_demand=True,
        logfile=io.StringIO(),
    ) as book:
        known = book.sheet_names()
        if not known or (sheet and sheet not in known):
            raise Rejection("no_sheet", name, value=sheet, known="、".join(known)[:200])
        opened = {title: book.sheet_by_name(title) for title in ([sheet] if sheet else known)}
        shown = {title: one for title, one in opened.items() if one.visibility == _VISIBLE}
        return {title: _sheet(one, book.datemode, name) for title, one in (shown or opened).items()}


def _sheet(sheet: OldSheet, datemode: Literal[0, 1], name: str) -> Sheet:
    ranges = [(first + 1, last, left + 1, right) for first, last, left, right in sheet.merged_cells]
    return with_merged(_grid(sheet, datemode), ranges, name)


def _grid(sheet: OldSheet, datemode: Literal[0, 1]) -> Grid:
    """The filled rows of a sheet, no more than tell that there are too many."""
    grid: Grid = []
    for at in range(sheet.nrows):
        row = sheet.row(at)
        cells = [_text(cell, datemode) for cell in row[:MOST_COLUMNS]]
        cells += [text for cell in row[MOST_COLUMNS:] if (text := _text(cell, datemode))][:1]
        if any(cells):
            grid.append((at + 1, cells))
        if len(grid) > MOST_ROWS + HEADED_WITHIN:
            break
    return grid


def _text(cell: Cell, datemode: Literal[0, 1]) -> str:
    """A cell's value as a clerk would type it; `datemode` is which day is day 0."""
    value = cell.value
    if isinstance(value, str):
        return cell_text(value)
    match cell.ctype:
        case xlrd.XL_CELL_DATE:
            moment = xldate_as_datetime(value, datemode)
            is_hour = 0 <= value < 1
            return cell_text(moment.time().replace(microsecond=0) if is_hour else moment)
        case xlrd.XL_CELL_BOOLEAN:
            return cell_text(bool(value))
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(int(value), "#?"))
        case _:
            return cell_text(value)
