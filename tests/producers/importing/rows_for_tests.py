"""Rows of vacancies, and the files they stand in."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from events.rejections import Rejection
from events.values import Place
from producers.importing.mapping import Mapping
from producers.importing.reading import Reading, read_file
from producers.importing.spot import World
from producers.importing.when import Days
from producers.outbox.station import Station

STATION = Station("511181", "05")
TODAY = date(2030, 3, 1)
HOME = Place(lat=29.655, lon=103.445, name="双福镇")
ROW = {
    "编号": "A1",
    "用人单位": "峨眉雪芽茶场",
    "岗位": "采茶工",
    "人数": "20",
    "工资": "200元/天",
    "用工日期": "2030-03-16",
    "工作时间": "8:00-16:00",
    "地点": "双福镇双林村",
}


def world(**changes: Any) -> World:
    """How the tests read rows; the keyword arguments are those of the mapping."""
    return World(
        station=STATION,
        feed="fair",
        mapping=Mapping(**changes),
        days=Days(TODAY, changes.get("year")),
        places={"双福镇": (29.655, 103.445)},
        home=HOME,
        around=("峨眉山市", "四川省", "乐山市"),
        occupation_of=lambda title: "5-01-02-02" if "采茶" in title else None,
    )


def csv_bytes(rows: Sequence[dict[str, str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    headings = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows([row.get(name, "") for name in headings] for row in rows)
    return out.getvalue().encode(encoding)


def xlsx_bytes(rows: Sequence[Sequence[Any]], title: str = "Sheet") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text, even when it begins as a formula would
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def grid(rows: Sequence[dict[str, str]]) -> list[list[str]]:
    headings = list(dict.fromkeys(name for row in rows for name in row))
    return [headings, *([row.get(name, "") for name in headings] for row in rows)]


def lines_bytes(rows: Sequence[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def read(folder: Path, name: str, content: bytes, **changes: Any) -> Reading:
    """What a file of this name and content is read as."""
    path = folder / name
    path.write_bytes(content)
    return read_file(path, world(**changes))


def errors(reading: Reading) -> list[tuple[int, str, str]]:
    """Row, column and code of what is wrong; notes are left out."""
    return [(p.row, p.column, p.why.code) for p in reading.problems if not p.is_note]


def notes(reading: Reading) -> list[str]:
    return [p.why.code for p in reading.problems if p.is_note]


def refusal(read_cell: Callable[[str], object], cell: str) -> Rejection | None:
    """Why a cell is refused, if it is."""
    try:
        read_cell(cell)
    except Rejection as refused:
        return refused
    return None
