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
from openpyxl import Workbook, load_workbook

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


def test_headings_may_stand_in_two_rows_merged(tmp_path: Path) -> None:
    """The upper ones were lost: their columns were not published, the place among them."""
    names, cells = grid([ROW])
    single = {"用人单位", "地点"}
    upper = [name if name in single else "" for name in names]
    upper[names.index("岗位")] = "岗位信息"
    lower = ["" if name in single else name for name in names]
    for rows in ([upper, lower, cells], [["冬季招聘会"], upper, lower, cells]):
        reading = read(tmp_path, "fair.xlsx", xlsx_bytes(rows))
        assert errors(reading) == []
        assert [row.cells for row in reading.table.rows] == [ROW]
    few = [name if name in single else "" for name in names]
    many = ["" if name in single else name for name in names]
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes([many, few, cells]))
    assert [row.cells for row in reading.table.rows] == [ROW]


def test_a_row_of_cells_is_no_second_row_of_headings(tmp_path: Path) -> None:
    """A first vacancy with 保险 in a column without a heading had become the headings."""
    names, cells = grid([ROW])
    rows = [[*names, "", ""], [*cells, "保险"], cells]
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes(rows))
    assert [row.number for row in reading.table.rows] == [2, 3]


def test_a_long_sheet_that_nobody_needs_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (tables, workbook):
        monkeypatch.setattr(module, "MOST_ROWS", 3)
    content = workbook_of({"岗位": grid([ROW]), "流水": [[str(n)] for n in range(60)]})
    assert errors(read(tmp_path, "fair.xlsx", content)) == []


def test_a_row_apart_from_the_headings_is_no_second_one(tmp_path: Path) -> None:
    names, cells = grid([ROW])
    without = ["" if name == "地点" else name for name in names]
    remark = ["地点" if name == "地点" else "" for name in names]
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes([remark, [], without, cells]))
    assert "地点" not in reading.table.headings
    assert f"#{chr(ord('A') + names.index('地点'))}" in reading.table.headings


def test_sums_and_remarks_below_a_table_are_left_out_and_told(tmp_path: Path) -> None:
    names, cells = grid([ROW])
    total = ["25" if name == "人数" else "" for name in names]
    total[0] = "合计"
    rows = [names, cells, [], total, ["备注：驿站盖章有效"], ["注：见驿站"]]
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes(rows))
    assert [row.cells for row in reading.table.rows] == [ROW]
    assert errors(reading) == []
    notes = [(note.row, note.why.code) for note in reading.problems if note.is_note]
    assert notes == [(4, "closing_row"), (5, "closing_row"), (6, "closing_row")]


def test_a_vacancy_that_begins_like_a_remark_is_read(tmp_path: Path) -> None:
    row = {**ROW, next(iter(ROW)): "说明"}
    short = {"岗位": "总计量员", "人数": "1"}
    assert read(tmp_path, "short.csv", csv_bytes([short], "utf-8")).table.rows
    reading = read(tmp_path, "fair.xlsx", xlsx_bytes(grid([row])))
    assert [one.cells for one in reading.table.rows] == [row]


def workbook_of(sheets: dict[str, list[list[str]]]) -> bytes:
    """A workbook of several sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_sheet_with_headings_is_read_wherever_it_is(tmp_path: Path) -> None:
    content = workbook_of({"说明": [["请看第二张表"]], "岗位表": grid([ROW]), "旧": grid([OTHER])})
    reading = read(tmp_path, "fair.xlsx", content)
    assert [row.cells for row in reading.table.rows] == [ROW]
    (left,) = [note.why for note in reading.problems if note.why.code == "sheets_left"]
    assert "岗位表" in left.reason("zh-CN")
    assert "旧" in left.reason("zh-CN")
    neither = workbook_of({"说明": [["请看第二张表"]], "空": []})
    reading = read(tmp_path, "fair.xlsx", neither)
    assert errors(reading) == [(0, "", "no_sheet_headed")]
    assert "说明、空" in reading.problems[0].why.reason("zh-CN")


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


def test_a_workbook_of_before_2007_is_read_too(tmp_path: Path) -> None:
    """job_fair.xls, as Excel 97 keeps tables: dates, hours, merged cells, a hidden sheet."""
    reading = read(tmp_path, "fair.xls", OLD_BOOK)
    assert reading.table.headings[0] == "编号"
    first, second, third = reading.table.rows
    assert (first.number, third.number) == (3, 5)
    assert first.cells == {
        "编号": "A1",
        "用人单位": "峨眉雪芽茶场",
        "岗位": "采茶工",
        "人数": "20",
        "工资": "200元/天",
        "开始日期": "2030-03-16",
        "上班时间": "08:00",
        "下班时间": "16:30",
        "包餐": "true",
    }
    assert (second.cells["用人单位"], second.cells["开始日期"]) == ("峨眉雪芽茶场", "2030-03-16")
    assert (third.cells["工资"], third.cells["开始日期"]) == ("150.5", "2030-03-16")
    assert first.merged == frozenset()
    assert third.merged == {"人数", "开始日期"}
    assert [why.code for why in reading.table.notes] == []
    sheet = read(tmp_path, "fair.xls", OLD_BOOK, sheet="旧表")
    assert sheet.table.rows[0].cells == {"岗位": "不要"}
    assert errors(read(tmp_path, "fair.xls", OLD_BOOK, sheet="没有")) == [(0, "", "no_sheet")]


def test_a_cell_merged_over_rows_stands_in_each_of_them(tmp_path: Path) -> None:
    """Without `fill_down` in a mapping: the workbook itself says it."""
    more = [{**ROW, "编号": f"A{n}", "用人单位": "", "工资": ""} for n in (2, 3)]
    content = merged_xlsx(grid([ROW, *more]), "B2:B4", "E2:E4", "A6:C8")
    reading = read(tmp_path, "fair.xlsx", content)
    assert errors(reading) == []
    posted = [vacancy.posted for vacancy in reading.vacancies]
    assert [one.employer_name for one in posted if one] == [ROW["用人单位"]] * 3
    assert {one.pay.amount_fen for one in posted if one} == {20_000}


def test_what_a_merged_cell_says_of_several_rows_together_is_of_none(tmp_path: Path) -> None:
    """Ten people over two rows are not ten in each."""
    rows = grid([ROW, {**ROW, "编号": "A2", "人数": ""}])
    reading = read(tmp_path, "fair.xlsx", merged_xlsx(rows, "D2:D3"))
    assert errors(reading) == [(3, "人数", "cell_missing")]


def test_merged_headings_and_remarks_are_no_rows(tmp_path: Path) -> None:
    rows = [["冬季招聘会"], [], *grid([ROW]), ["备注：详询驿站"], [], []]
    reading = read(tmp_path, "fair.xlsx", merged_xlsx(rows, "A1:H2", "A5:H7"))
    assert [row.cells for row in reading.table.rows] == [ROW]
    assert errors(reading) == []


def test_headings_merged_over_a_row_that_says_nothing_more_are_no_row(tmp_path: Path) -> None:
    first, *rows = grid([ROW])
    beneath = [*[""] * (len(first) - 1), "元", "男/女"]
    sheet = merged_xlsx([[*first, "其他"], beneath, *rows], "A1:A2", "B1:B2")
    reading = read(tmp_path, "fair.xlsx", sheet)
    assert [row.cells for row in reading.table.rows] == [ROW]
    assert errors(reading) == []


@pytest.mark.parametrize("merged", ["B2:B1048576", "Z2:Z1048576"])
def test_cells_merged_again_and_again_do_not_keep_the_reader_busy(
    tmp_path: Path, merged: str
) -> None:
    found = parts(merged_xlsx(grid([ROW] * 30), "B2:B4"))
    sheet = found["xl/worksheets/sheet1.xml"]
    one = b'<mergeCell ref="B2:B4"/>'
    assert one in sheet
    again = f'<mergeCell ref="{merged}"/>'.encode() * 20_000
    found["xl/worksheets/sheet1.xml"] = sheet.replace(one, again)
    reading = read(tmp_path, "a.xlsx", archive(found))
    assert errors(reading) == [(0, "", "not_excel")]


def merged_xlsx(rows: list[list[str]], *ranges: str) -> bytes:
    book = load_workbook(io.BytesIO(xlsx_bytes(rows)))
    for one in ranges:
        book.worksheets[0].merge_cells(one)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


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
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "not_excel"),
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
OLD_BOOK = (Path(__file__).parent / "job_fair.xls").read_bytes()
PARTS = parts(BOOK)


@given(
    name=st.sampled_from(["a.csv", "a.xlsx", "a.xls", "a.jsonl", "a.json"]),
    content=st.binary(max_size=200)
    | st.builds(
        lambda at, cut: BOOK[: at % len(BOOK)] + BOOK[at % len(BOOK) + cut :],
        st.integers(0, len(BOOK)),
        st.integers(1, 50),
    )
    | st.builds(
        lambda at, more: OLD_BOOK[:at] + more + OLD_BOOK[at + len(more) :],
        st.integers(0, len(OLD_BOOK)),
        st.binary(min_size=1, max_size=8),
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
