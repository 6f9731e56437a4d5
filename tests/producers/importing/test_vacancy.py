"""Rows as postings, and everything that is wrong with a row at once."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import encode
from events.facts import JobPosted
from events.values import Interval, Pay, Place
from producers.importing.reading import Reading
from producers.importing.when import midnight_ms
from tests.producers.importing.rows_for_tests import (
    HOME,
    ROW,
    TODAY,
    csv_bytes,
    errors,
    grid,
    lines_bytes,
    notes,
    read,
    xlsx_bytes,
)

H = 3_600_000
DAY = midnight_ms(TODAY.replace(day=16))


def one(folder: Path, changes: dict[str, str], **mapping: Any) -> Reading:
    cells = {name: cell for name, cell in {**ROW, **changes}.items() if cell}
    return read(folder, "fair.csv", csv_bytes([cells]), **mapping)


def posted(folder: Path, changes: dict[str, str], **mapping: Any) -> JobPosted:
    reading = one(folder, changes, **mapping)
    assert errors(reading) == []
    [vacancy] = reading.vacancies
    assert vacancy.posted is not None
    return vacancy.posted


def test_a_row_is_a_posting_of_the_station(tmp_path: Path) -> None:
    full = {
        "结算方式": "日结",
        "包餐": "是",
        "包住": "否",
        "福利": "接送、包住",
        "年龄": "18岁以上",
        "证书": "健康证",
        "用工形式": "临时",
        "带班": "可以",
        "报名截止": "2030-03-15",
    }
    job = posted(tmp_path, full)
    assert msgspec.structs.replace(job, employer_id="E-1") == JobPosted(
        job_id="511181-05.fair.A1",
        zone="511181",
        station_id="511181-05",
        employer_id="E-1",
        title="采茶工",
        occupation="5-01-02-02",
        shifts=(Interval(start=DAY + 8 * H, end=DAY + 16 * H),),
        pay=Pay(amount_fen=20_000),
        place=Place(lat=29.655, lon=103.445, name="双福镇双林村"),
        employment_kind="temporary",
        certificates=("health",),
        headcount=20,
        accepts_crews=True,
        perks=("meal", "pickup"),
        minimum_age=18,
        expires_at=DAY,
        employer_name="峨眉雪芽茶场",
    )


def test_the_same_employer_has_the_same_id_however_it_is_spaced(tmp_path: Path) -> None:
    ids = {
        posted(tmp_path, {"用人单位": name}).employer_id
        for name in ("峨眉雪芽茶场", "峨眉 雪芽茶场", "峨眉雪芽茶场　")
    }
    assert len(ids) == 1
    assert posted(tmp_path, {"用人单位": "别家"}).employer_id not in ids
    assert posted(tmp_path, {"单位编号": "E-0042"}).employer_id == "E-0042"


def test_a_business_is_named_and_a_person_is_not(tmp_path: Path) -> None:
    names = {
        name: posted(tmp_path, {"用人单位": name}).employer_name
        for name in ("峨眉雪芽茶场", "张三丰", "李老板", "王记面馆 13900001234")
    }
    assert names == {
        "峨眉雪芽茶场": "峨眉雪芽茶场",
        "张三丰": None,
        "李老板": None,
        "王记面馆 13900001234": None,
    }


def test_a_row_without_an_id_is_told_by_what_does_not_change(tmp_path: Path) -> None:
    ids = [
        posted(tmp_path, {"编号": "", **changes}).job_id
        for changes in ({}, {"工资": "300元/天", "人数": "5"}, {"岗位": "除草工"})
    ]
    assert ids[0] == ids[1] != ids[2]
    assert posted(tmp_path, {"编号": "第一号"}).job_id.startswith("511181-05.fair.")
    assert "13900001234" not in posted(tmp_path, {"编号": "13900001234"}).job_id


def test_dates_and_hours_may_stand_in_four_columns(tmp_path: Path) -> None:
    changes = {"用工日期": "", "工作时间": "", "开始日期": "3月16日", "结束日期": "3月17日"}
    job = posted(tmp_path, {**changes, "上班时间": "晚8点", "下班时间": "4点"})
    assert [shift.start for shift in job.shifts] == [DAY + 20 * H, DAY + 44 * H]
    assert {shift.end - shift.start for shift in job.shifts} == {8 * H}
    moments = {"开始日期": "2030-03-16 08:00", "结束日期": "2030-03-17 16:00"}
    assert len(posted(tmp_path, {**changes, **moments}).shifts) == 2
    one_night = {"开始日期": "2030-03-16 20:00", "结束日期": "2030-03-17 04:00"}
    [shift] = posted(tmp_path, {**changes, **one_night}).shifts
    assert (shift.start, shift.end) == (DAY + 20 * H, DAY + 28 * H)


def test_days_of_the_week_leave_days_out(tmp_path: Path) -> None:
    job = posted(tmp_path, {"用工日期": "2030-03-16至2030-03-20", "每周工作日": "周一至周五"})
    assert [shift.start for shift in job.shifts] == [DAY + n * 24 * H + 8 * H for n in (2, 3, 4)]
    reading = one(tmp_path, {"每周工作日": "周一"})
    assert errors(reading) == [(2, "每周工作日", "no_days_left")]


def test_places_come_from_columns_names_and_the_station(tmp_path: Path) -> None:
    columns = posted(tmp_path, {"纬度": "29.5", "经度": "103.4", "地点": "茶山"}).place
    assert columns == Place(lat=29.5, lon=103.4, name="茶山")
    named = posted(tmp_path, {"地点": "报国村"}, places={"报国村": (29.57, 103.41)}).place
    assert named == Place(lat=29.57, lon=103.41, name="报国村")
    assert posted(tmp_path, {"地点": ""}).place == HOME
    assert errors(one(tmp_path, {"地点": "成都"})) == [(2, "地点", "place_unknown")]


@pytest.mark.parametrize(
    "address",
    [
        "双福",
        "双福镇双林村3组",
        "四川省乐山市峨眉山市双福镇双林村",
        "乐山 峨眉山 双福镇",
        "峨眉双福镇",
        "乐山市双福镇",
        "开发区双福镇",
        "农贸市场 双福镇",
    ],
)
def test_an_address_in_our_county_is_found_by_its_township(tmp_path: Path, address: str) -> None:
    assert posted(tmp_path, {"地点": address}).place == Place(lat=29.655, lon=103.445, name=address)


@pytest.mark.parametrize(
    "address", ["成都市武侯区双福镇", "重庆市江津区双福镇", "重庆江津区 双福镇"]
)
def test_a_township_of_the_same_name_elsewhere_is_not_ours(tmp_path: Path, address: str) -> None:
    assert errors(one(tmp_path, {"地点": address})) == [(2, "地点", "place_unknown")]


def test_a_place_that_a_mapping_names_is_found_whatever_stands_before_it(tmp_path: Path) -> None:
    address = "成都市武侯区工业港"
    found = posted(tmp_path, {"地点": address}, places={"工业港": (30.6, 104.0)}).place
    assert found == Place(lat=30.6, lon=104.0, name=address)


def test_perks_behind_the_pay_are_published(tmp_path: Path) -> None:
    assert "meal" in posted(tmp_path, {"工资": "200元/天，包午餐"}).perks
    fund = one(tmp_path, {"工资": "200元/天，住房公积金"})
    assert [vacancy.posted.perks for vacancy in fund.vacancies if vacancy.posted] == [()]
    assert [(p.column, p.why.code) for p in fund.problems] == [("工资", "perk_not_published")]


@pytest.mark.parametrize(("pay", "notes"), [("18000元/天", 1), ("0.18万/天", 0), ("6000元/月", 0)])
def test_a_pay_that_is_rather_a_months_is_told(tmp_path: Path, pay: str, notes: int) -> None:
    reading = one(tmp_path, {"工资": pay})
    told = [problem for problem in reading.problems if problem.why.code == "pay_unusual"]
    assert len(told) == notes
    assert all(problem.is_note for problem in told)


def test_everything_wrong_with_a_row_is_told_at_once(tmp_path: Path) -> None:
    bad = {"人数": "若干", "工资": "面议", "用工日期": "明天", "工作时间": "全天", "地点": "成都"}
    assert sorted(errors(one(tmp_path, {**bad, "用人单位": "", "包餐": "看情况"}))) == sorted(
        [
            (2, "人数", "headcount_open"),
            (2, "包餐", "yes_or_no_unclear"),
            (2, "地点", "place_unknown"),
            (2, "工资", "pay_open"),
            (2, "用人单位", "cell_missing"),
            (2, "用工日期", "date_relative"),
        ]
    )


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"岗位": "采茶工 13900001234"}, "岗位", "personal_data"),
        ({"岗位": "采茶工，限女"}, "岗位", "discrimination_text"),
        ({"性别": "女"}, "性别", "discrimination"),
        ({"年龄": "14"}, "年龄", "below"),
        ({"工资": "5元/小时"}, "工资", "pay_below_minimum"),
        ({"工作时间": "6:00-22:00"}, "工作时间", "day_too_long"),
        ({"人数": "99999"}, "人数", "above"),
        ({"用工形式": "全职"}, "用工形式", "word_unknown"),
        ({"工资": "200", "计薪单位": "周"}, "计薪单位", "word_unknown"),
        ({"证书": "焊工证"}, "证书", "code_unknown"),
        ({"纬度": "29.5"}, "经度", "cell_missing"),
    ],
)
def test_what_the_market_would_refuse_is_told_beforehand(
    tmp_path: Path, changes: dict[str, str], column: str, code: str
) -> None:
    [(row, at, why)] = errors(one(tmp_path, changes))
    assert (row, at, why) == (2, column, code)


def test_no_phone_number_is_repeated_in_a_problem(tmp_path: Path) -> None:
    reading = one(tmp_path, {"人数": "13900001234", "工资": "13900001234"})
    assert len(errors(reading)) == 2
    assert all("13900001234" not in problem.why.reason() for problem in reading.problems)


def test_what_is_left_out_is_noted(tmp_path: Path) -> None:
    reading = one(
        tmp_path,
        {"工资": "6000-8000元/月", "年龄": "18-60", "福利": "包吃、年终奖", "联系电话": "见驿站"},
    )
    assert errors(reading) == []
    assert sorted(notes(reading)) == [
        "columns_unused",
        "pay_range",
        "perk_not_published",
        "upper_age",
    ]
    job = reading.vacancies[0].posted
    assert job is not None
    assert job.pay == Pay(amount_fen=600_000, unit="month", settlement="monthly")


def test_cells_merged_in_excel_hold_what_stands_above(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "编号": "A2", "用人单位": "", "岗位": "除草工"}]
    assert errors(read(tmp_path, "a.csv", csv_bytes(rows))) == [(3, "用人单位", "cell_missing")]
    reading = read(tmp_path, "a.csv", csv_bytes(rows), fill_down=("employer",))
    first, second = (vacancy.posted for vacancy in reading.vacancies)
    assert first is not None
    assert second is not None
    assert first.employer_id == second.employer_id


def test_a_column_that_the_mapping_names_and_the_file_has_not_is_told(tmp_path: Path) -> None:
    reading = one(tmp_path, {}, columns={"perks": "补贴"})
    assert errors(reading) == [(0, "", "columns_missing")]


rows = st.lists(
    st.fixed_dictionaries(
        {
            "编号": st.integers(1, 10_000).map(lambda n: f"K{n}"),
            "用人单位": st.sampled_from(["茶场", "酒店, 峨眉", '"引号"公司', "多行\n公司"]),
            "岗位": st.sampled_from(["采茶工", "客房清洁", "=小工", "+装卸", "@搬运"]),
            "人数": st.integers(1, 50).map(str) | st.sampled_from(["若干", "3-5人", ""]),
            "工资": st.integers(150, 400).map(lambda n: f"{n}元/天") | st.just("面议"),
            "用工日期": st.dates(TODAY, TODAY.replace(year=2031)).map(str) | st.just("长期"),
            "工作时间": st.sampled_from(["8:00-16:00", "早8点到晚5点", "22:00-6:00", "白班"]),
            "地点": st.sampled_from(["双福镇", "双福镇双林村", ""]),
            "包餐": st.sampled_from(["是", "否", "√", ""]),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(rows=rows)
def test_a_table_says_the_same_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    contents = {
        "a.csv": csv_bytes(rows, "gb18030"),
        "b.csv": csv_bytes(rows, "utf-8"),
        "c.xlsx": xlsx_bytes(grid(rows)),
        "d.jsonl": lines_bytes(rows),
    }
    said = {name: facts(read(folder, name, content)) for name, content in contents.items()}
    assert len(said["a.csv"]) == len(rows)
    assert said["a.csv"] == said["b.csv"] == said["c.xlsx"] == said["d.jsonl"]


def facts(reading: Reading) -> list[object]:
    """Each row's posting as bytes, or the codes of what is wrong with it."""
    return [
        sorted((p.column, p.why.code) for p in vacancy.problems)
        if vacancy.posted is None
        else encode(vacancy.posted)
        for vacancy in reading.vacancies
    ]
