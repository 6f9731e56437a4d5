"""Files of every kind as rows, and files that are none."""

import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.importing import tables, workbook
from producers.importing.workbook import cell_text
from tests.producers.importing.rows_for_tests import (
    ROW,
    csv_bytes,
    errors,
    grid,
    lines_bytes,
    read,
    xlsx_bytes,
)

OTHER = {**ROW, "编号": "A2", "岗位": "草莓采摘工", "人数": "6"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_what_excel_and_others_write(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, "fair.csv", csv_bytes([ROW, OTHER], encoding))
    assert errors(reading) == []
    assert [row.cells for row in reading.table.rows] == [ROW, OTHER]
    assert [row.number for row in reading.table.rows] == [2, 3]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in grid([ROW]))
    assert read(tmp_path, "fair.txt", text.encode()).table.rows[0].cells == ROW


def test_commas_in_what_is_written_are_no_delimiter(tmp_path: Path) -> None:
    row = {**ROW, "岗位": "采茶工，" * 20}
    rows = read(tmp_path, "fair.csv", csv_bytes([row], "utf-8")).table.rows
    assert [one.cells for one in rows] == [row]


@pytest.mark.parametrize("end", ["", '"', '"备注'])
def test_a_lone_quotation_mark_swallows_no_rows_in_silence(tmp_path: Path, end: str) -> None:
    """What had gone into one cell was neither read nor told of, and its jobs were closed."""
    lines = csv_bytes([ROW, OTHER, ROW, OTHER], "utf-8").decode().splitlines()
    lines[1] += ',"量大从优'
    lines[4] += f",{end}" if end else ""
    reading = read(tmp_path, "fair.csv", "\n".join(lines).encode())
    assert errors(reading) == [(0, "", "not_csv")]


def test_headings_may_stand_below_a_title(tmp_path: Path) -> None:
    rows = [["2030年春风行动招聘会", ""], ["联系人：", "驿站"], *grid([ROW])]
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes(rows))
    assert errors(reading) == []
    assert reading.table.rows[0].number == 4


def test_excels_own_values_are_read_as_a_clerk_would_type_them(tmp_path: Path) -> None:
    rows = grid([ROW])
    cells: dict[str, Any] = dict(zip(rows[0], rows[1], strict=True))
    cells |= {"人数": 20, "用工日期": date(2030, 3, 16)}
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes([rows[0], list(cells.values())]))
    assert errors(reading) == []
    assert reading.table.rows[0].cells == ROW
    assert cell_text(datetime(2030, 3, 16, 8, 30)) == "2030-03-16 08:30"  # noqa: DTZ001
    assert cell_text(time(8, 30)) == "08:30"
    assert cell_text(timedelta(hours=25)) == "25:00"
    assert cell_text(25.50) == "25.5"
    assert cell_text(True) == "true"


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    content = xlsx_bytes(grid([ROW]), title="岗位表")
    assert errors(read(tmp_path, "fair.xlsx", content, sheet="岗位表")) == []
    reading = read(tmp_path, "fair.xlsx", content, sheet="另一张")
    assert errors(reading) == [(0, "", "no_sheet")]
    assert "岗位表" in reading.problems[0].why.reason()


def test_lines_of_json_are_rows_and_each_bad_one_is_named(tmp_path: Path) -> None:
    content = lines_bytes([{**ROW, "人数": 20}]) + '{"岗位": [1]}\nnothing\n7\n'.encode()
    reading = read(tmp_path, "fair.jsonl", content)
    assert reading.vacancies[0].posted is not None
    assert errors(reading) == [
        (2, "岗位", "cell_nested"),
        (3, "", "line_not_json"),
        (4, "", "line_not_object"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "no_headings"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "no_headings"),
        ("a.csv", b"\x80\x81\xff\xff", "unknown_encoding"),
        ("a.csv", b'title,"' + b"x" * 200_000, "not_csv"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "old_excel"),
        ("a.xlsx", b"PK\x03\x04rest", "not_excel"),
        ("a.json", b"{", "not_json_file"),
        ("a.jsonld", b"{}", "no_postings"),
    ],
)
def test_a_file_that_is_no_table_is_named(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    reading = read(tmp_path, name, content)
    assert errors(reading) == [(0, "", code)]
    assert name in reading.problems[0].why.reason("zh-CN")


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_BYTES", 100)
    assert errors(read(tmp_path, "a.csv", b"x" * 101)) == [(0, "", "file_too_large")]


def test_too_many_rows_and_columns_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = {**ROW, **{f"c{n}": "x" for n in range(250)}}
    assert errors(read(tmp_path, "a.csv", csv_bytes([wide]))) == [(0, "", "too_many_columns")]
    for module in (tables, workbook):
        monkeypatch.setattr(module, "MOST_ROWS", 3)
    many = [{**ROW, "编号": str(n)} for n in range(50)]
    assert errors(read(tmp_path, "a.csv", csv_bytes(many))) == [(0, "", "too_many_rows")]
    assert errors(read(tmp_path, "a.xlsx", xlsx_bytes(grid(many)))) == [(0, "", "too_many_rows")]


def test_a_row_longer_than_any_table_is_kept_as_it_stands(tmp_path: Path) -> None:
    content = csv_bytes([ROW]) + ",".join(["x"] * 300).encode()
    reading = read(tmp_path, "a.csv", content)
    assert errors(reading) == [(3, "", "too_many_columns")]
    assert reading.table.rows[1].raw.count("x") == 300


def test_a_bomb_is_counted_while_it_unpacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1024 * 1024)
    bomb = archive({"xl/worksheets/sheet1.xml": b"<a/>" + b" " * 3_000_000})
    assert len(bomb) < 10_000
    assert errors(read(tmp_path, "a.xlsx", bomb)) == [(0, "", "too_large_unpacked")]


def test_a_bomb_that_says_it_is_small_is_refused(tmp_path: Path) -> None:
    bomb = bytearray(archive({"xl/worksheets/sheet1.xml": b"<a/>" + b" " * 3_000_000}))
    at = bomb.index(b"PK\x01\x02")
    struct.pack_into("<I", bomb, at + 24, 10)  # the size it says it has
    assert errors(read(tmp_path, "a.xlsx", bytes(bomb))) == [(0, "", "not_excel")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(tmp_path: Path, encoding: str) -> None:
    book = xlsx_bytes(grid([ROW]))
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><worksheet>&a;</worksheet>'
    changed = archive({**parts(book), "xl/worksheets/sheet1.xml": laughs.encode(encoding)})
    reading = read(tmp_path, "a.xlsx", changed)
    assert errors(reading) == [(0, "", "not_excel")]
    assert "DOCTYPE" in reading.problems[0].why.reason()


def test_a_sheet_that_claims_a_million_rows_is_read_for_what_it_has(tmp_path: Path) -> None:
    found = parts(xlsx_bytes(grid([ROW])))
    sheet = found["xl/worksheets/sheet1.xml"]
    found["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:H2"', b'ref="A1:XFD1048576"')
    assert found["xl/worksheets/sheet1.xml"] != sheet
    assert errors(read(tmp_path, "a.xlsx", archive(found))) == []


@pytest.mark.parametrize("far", [1_048_576, 10**12])
def test_a_row_far_down_does_not_keep_the_reader_busy(tmp_path: Path, far: int) -> None:
    found = parts(xlsx_bytes(grid([ROW])))
    sheet = found["xl/worksheets/sheet1.xml"]
    found["xl/worksheets/sheet1.xml"] = sheet.replace(b'<row r="2"', f'<row r="{far}"'.encode())
    assert found["xl/worksheets/sheet1.xml"] != sheet
    codes = errors(read(tmp_path, "a.xlsx", archive(found)))
    assert codes == ([] if far == workbook.SHEET_ROWS else [(0, "", "too_many_rows")])


def test_a_column_too_far_right_is_not_dropped_in_silence(tmp_path: Path) -> None:
    wide = [*grid([ROW])[1], *[""] * 300, "x"]
    reading = read(tmp_path, "a.xlsx", xlsx_bytes([grid([ROW])[0], wide]))
    assert errors(reading) == [(2, "", "too_many_columns")]


def archive(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in content.items():
            made.writestr(name, part)
    return out.getvalue()


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


BOOK = xlsx_bytes(grid([ROW]))
PARTS = parts(BOOK)


@given(
    name=st.sampled_from(["a.csv", "a.xlsx", "a.jsonl", "a.json"]),
    content=st.binary(max_size=200)
    | st.builds(
        lambda at, cut: BOOK[: at % len(BOOK)] + BOOK[at % len(BOOK) + cut :],
        st.integers(0, len(BOOK)),
        st.integers(1, 50),
    )
    | st.text(max_size=200).map(lambda t: b"title,pay\n" + t.encode(errors="replace"))
    | st.builds(
        lambda part, at, b: archive({**PARTS, part: PARTS[part][:at] + b + PARTS[part][at:]}),
        st.sampled_from(sorted(PARTS)),
        st.integers(0, 600),
        st.binary(min_size=1, max_size=6),
    ),
)
def test_whatever_a_file_holds_there_are_rows_or_problems(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    reading = read(tmp_path_factory.getbasetemp(), name, content)
    for vacancy in reading.vacancies:
        wrong = any(not problem.is_note for problem in vacancy.problems)
        assert (vacancy.posted is None) == wrong
    for problem in reading.problems:
        assert problem.why.reason("zh-CN")
