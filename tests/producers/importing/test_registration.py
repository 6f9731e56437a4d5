"""Rows of workers: what is said, what is kept apart, and what is wrong."""

from datetime import date
from pathlib import Path

import pytest

from events.codec import encode
from events.facts import WorkerAvailable
from events.values import Interval, Place, Skill
from matching.days import HOUR_MS
from producers.importing.mapping import WorkerMapping
from producers.importing.registration import Registrations, read_workers
from producers.importing.when import midnight_ms
from tests.producers.importing.rows_for_tests import csv_bytes, grid, lines_bytes, world, xlsx_bytes

PHONE = "13900001234"
DAY = midnight_ms(date(2030, 3, 16))
ROW = {
    "编号": "W-0815",
    "姓名": "王秀英",
    "电话": PHONE,
    "求职意向": "采茶、别的",
    "技能": "tea_picking",
    "持证": "健康证",
    "期望日薪": "120",
    "开始日期": "2030-03-16",
    "结束日期": "2030-03-17",
    "住址": "双福镇双林村",
    "最远距离": "10",
    "交通方式": "电瓶车",
    "通知方式": "打电话、短信",
    "出生年": "1966",
}
SAID = WorkerAvailable(
    worker_id="W-0815",
    zone="511181",
    station_id="511181-05",
    windows=tuple(
        Interval(start=DAY + (day * 24 + 6) * HOUR_MS, end=DAY + (day * 24 + 20) * HOUR_MS)
        for day in (0, 1)
    ),
    place=Place(lat=29.655, lon=103.445, name="双福镇双林村"),
    skills=(Skill(code="tea_picking", level=2),),
    occupations=("5-01-02-02",),
    certificates=("health",),
    max_distance_km=10.0,
    pay_floor_fen_day=12_000,
    travel_mode="ebike",
    birth_year=1966,
    channels=("call", "sms"),
)


def read(folder: Path, name: str, content: bytes, **changes: str) -> Registrations:
    path = folder / name
    path.write_bytes(content)
    mapping = WorkerMapping(columns=changes)
    return read_workers(path, world()._replace(mapping=mapping))


def one(folder: Path, changes: dict[str, str]) -> Registrations:
    return read(folder, "a.csv", csv_bytes([{**ROW, **changes}]))


def errors(found: Registrations) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, p.why.code) for p in found.problems if not p.is_note]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_bytes([ROW])),
        ("a.csv", csv_bytes([ROW], "gb18030")),
        ("a.xlsx", xlsx_bytes(grid([ROW]))),
        ("a.jsonl", lines_bytes([ROW])),
    ],
)
def test_a_row_is_what_a_worker_of_the_station_says(
    tmp_path: Path, name: str, content: bytes
) -> None:
    found = read(tmp_path, name, content)
    [row] = found.registrations
    assert row.said == SAID
    assert (row.phone, row.name) == (PHONE, "王秀英")
    assert errors(found) == []
    assert [p.why.code for p in found.problems] == ["occupation_unsure"]


def test_a_number_and_a_name_are_for_the_store_of_contacts_alone(tmp_path: Path) -> None:
    [row] = one(tmp_path, {}).registrations
    assert row.said is not None
    said = encode(row.said).decode()
    assert PHONE not in said
    assert "王秀英" not in said


def test_what_is_left_out_is_as_at_the_counter(tmp_path: Path) -> None:
    only = {name: ROW[name] for name in ("编号", "开始日期")}
    [row] = read(tmp_path, "a.csv", csv_bytes([only])).registrations
    assert row.said is not None
    assert (row.said.place.name, row.said.channels, row.phone) == ("双福镇", ("call",), "")
    assert row.said.windows == SAID.windows[:1]


def test_everything_wrong_with_a_row_is_told_at_once_and_no_number_is_repeated(
    tmp_path: Path,
) -> None:
    bad = {"电话": "139-wrong-1234", "期望日薪": "25元/小时", "交通方式": "飞机"}
    bad |= {"通知方式": "信鸽", "出生年": "马年", "住址": "成都", "开始日期": "明天"}
    found = one(tmp_path, bad)
    assert sorted(errors(found)) == sorted(
        [
            (2, "电话", "phone_unreadable"),
            (2, "期望日薪", "floor_not_daily"),
            (2, "交通方式", "word_unknown"),
            (2, "通知方式", "word_unknown"),
            (2, "出生年", "count_unreadable"),
            (2, "住址", "place_unknown"),
            (2, "开始日期", "date_relative"),
        ]
    )
    assert "1234" not in " ".join(p.why.reason("zh-CN") for p in found.problems)


@pytest.mark.parametrize(
    ("number", "code"),
    [("", "cell_missing"), (PHONE, "personal_data"), ("王 秀英", "bad_identifier")],
)
def test_workers_have_a_number_of_their_own(tmp_path: Path, number: str, code: str) -> None:
    found = one(tmp_path, {"编号": number})
    assert [row.said for row in found.registrations] == [None]
    [(row, column, told)] = errors(found)
    assert (row, column, told) == (2, "编号", code)


def test_a_worker_stands_in_a_file_once(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", csv_bytes([ROW, {**ROW, "期望日薪": "200"}]))
    assert [row.said is not None for row in found.registrations] == [True, False]
    assert errors(found) == [(3, "", "row_repeated")]


def test_a_mapping_names_other_columns(tmp_path: Path) -> None:
    named = {"社保卡后四位加村号": ROW["编号"], "开始日期": ROW["开始日期"]}
    [row] = read(tmp_path, "a.csv", csv_bytes([named]), key="社保卡后四位加村号").registrations
    assert row.said is not None
    assert row.said.worker_id == "W-0815"
