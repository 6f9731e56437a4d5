"""Rows that were not published are kept, with the reasons, in a form that can be mended."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from producers.importing.rejected import PROBLEM, unguarded, write_rejected
from tests.producers.importing.rows_for_tests import ROW, csv_bytes, errors, lines_bytes, read

BAD = {**ROW, "编号": "A2", "人数": "若干"}


def test_a_rejected_row_can_be_mended_and_read_again(tmp_path: Path) -> None:
    reading = read(tmp_path, "fair.csv", csv_bytes([ROW, BAD], "gb18030"))
    path = write_rejected(tmp_path / "fair.csv", reading.table, {3: ["请写明人数"]})
    assert path.name == "fair.rejected.csv"
    content = path.read_text(encoding="utf-8-sig")
    assert "请写明人数" in content
    again = read(tmp_path, "mended.csv", content.replace("若干", "5").encode("utf-8-sig"))
    assert errors(again) == []
    assert again.problems == []
    [vacancy] = again.vacancies
    assert vacancy.posted is not None
    assert vacancy.posted.job_id == "511181-05.fair.A2"


def test_what_an_earlier_import_left_is_kept(tmp_path: Path) -> None:
    reading = read(tmp_path, "fair.csv", csv_bytes([ROW, BAD]))
    source = tmp_path / "fair.csv"
    first = write_rejected(source, reading.table, {3: ["one"]})
    assert write_rejected(source, reading.table, {3: ["one"]}) == first
    second = write_rejected(source, reading.table, {2: ["two"]})
    assert second.name == "fair.rejected-2.csv"
    assert "one" in first.read_text(encoding="utf-8-sig")
    third = write_rejected(first, reading.table, {2: ["three"]})
    assert third.name == "fair.rejected-3.csv"


def test_lines_that_are_no_json_are_kept_as_they_stand(tmp_path: Path) -> None:
    reading = read(tmp_path, "fair.jsonl", lines_bytes([BAD]) + b"{broken\n")
    why = {problem.row: [problem.why.code] for problem in reading.problems}
    path = write_rejected(tmp_path / "fair.jsonl", reading.table, why)
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first == {**BAD, PROBLEM: "headcount_open"}
    assert "{broken" in second.values()


def test_excel_takes_no_cell_for_a_formula(tmp_path: Path) -> None:
    hostile = {**BAD, "岗位": '=HYPERLINK("http://evil")'}
    reading = read(tmp_path, "fair.csv", csv_bytes([hostile]))
    path = write_rejected(tmp_path / "fair.csv", reading.table, {2: ["x"]})
    assert "'=HYPERLINK" in path.read_text(encoding="utf-8-sig")
    again = read(tmp_path, "again.csv", path.read_bytes())
    assert again.table.rows[0].cells["岗位"] == hostile["岗位"]


@given(st.text(max_size=20))
def test_only_what_was_guarded_is_unguarded(cell: str) -> None:
    if not cell.startswith("'"):
        assert unguarded(cell) == cell
