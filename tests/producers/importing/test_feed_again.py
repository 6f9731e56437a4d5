"""The gateway's own feed is a file that can be imported: JobPostings come back as jobs."""

import json
from pathlib import Path

import pytest

from events.facts import JobPosted
from gateway.vacancies import feed
from gigmatch.readmodel.job import JobDoc
from tests.producers.importing.rows_for_tests import ROW, csv_bytes, errors, read

NOT_IN_A_POSTING = ("job_id", "posted_at", "expires_at", "accepts_crews", "station_id")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"工资": "30元/小时", "工作时间": "8:00-12:00", "用工形式": "兼职"},
        {"工资": "6000元/月", "结算方式": "月结", "用工形式": "见习"},
        {"工作时间": "22:00-5:00", "用工日期": "2030-03-16至2030-03-18", "年龄": "18"},
        {"证书": "健康证", "技能": "tea_picking", "福利": "包餐、接送", "岗位": "采茶</p>工&"},
    ],
)
def test_a_job_comes_back_from_the_feed(tmp_path: Path, changes: dict[str, str]) -> None:
    row = {**ROW, "用工形式": "零工", **changes}
    first = only(tmp_path, "fair.csv", csv_bytes([row]))
    shown = feed("511181", [JobDoc(posted=first, offset=1, at=1, pay_fen_day=1)], "zh-CN")
    again = only(tmp_path, "feed.jsonld", shown)
    for name in set(JobPosted.__struct_fields__) - set(NOT_IN_A_POSTING):
        assert getattr(again, name) == getattr(first, name), name


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: one,
        lambda one: [one],
        lambda one: {"@graph": [one]},
        lambda one: {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": one}]},
    ],
)
def test_postings_are_found_wherever_they_stand(tmp_path: Path, wrap: object) -> None:
    assert callable(wrap)
    posting = {"@type": "JobPosting", "title": "采茶工", "jobLocation": [], "baseSalary": 7}
    reading = read(tmp_path, "other.json", json.dumps(wrap(posting)).encode())
    assert [row.cells["title"] for row in reading.table.rows] == ["采茶工"]
    assert {(column, code) for _, column, code in errors(reading)} == {
        ("用人单位", "cell_missing"),
        ("日期", "cell_missing"),
        ("工资", "cell_missing"),
        ("人数", "cell_missing"),
    }


def test_hours_of_another_kind_need_a_day(tmp_path: Path) -> None:
    first = only(tmp_path, "fair.csv", csv_bytes([{**ROW, "用工日期": "2030-03-16至2030-03-18"}]))
    document = json.loads(
        feed("511181", [JobDoc(posted=first, offset=1, at=1, pay_fen_day=1)], "zh-CN")
    )
    document["dataFeedElement"][0]["workHours"] = "8:00-16:00"
    again = only(tmp_path, "other.jsonld", json.dumps(document).encode())
    assert again.shifts == first.shifts[:1]


def only(folder: Path, name: str, content: bytes) -> JobPosted:
    reading = read(folder, name, content)
    assert errors(reading) == []
    [vacancy] = reading.vacancies
    assert vacancy.posted is not None
    return vacancy.posted
