"""Days and hours as clerks write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejections import Rejection
from events.values import Interval
from producers.importing import when
from producers.importing.when import Days, Hours, hours
from tests.producers.importing.rows_for_tests import refusal

DAYS = Days(date(2030, 3, 1))
H = 60


@pytest.mark.parametrize(
    "cell",
    [
        "2030-03-16",
        "2030/3/16",
        "2030.3.16",
        "2030年3月16日",
        "20300316",
        "3月16日",
        "3月16号",
        "3-16",
        "3/16",
        "2030-03-16 00:00:00",
        "3月16日（周六）",
        "２０３０年３月１６日",
    ],
)
def test_a_day_is_read_as_it_is_written(cell: str) -> None:
    assert DAYS.find(cell) == [date(2030, 3, 16)]


@pytest.mark.parametrize(
    "cell",
    [
        "3月16日-18日",
        "3月16日至3月18日",
        "2030年3月16日到18日",
        "2030-03-16至2030-03-18",
        "2030-03-16-2030-03-18",
        "2030.3.16-3.18",
        "3月16日、3月17日、3月18日",
        "3月18日，3月16日-17日",
        "3月16日、17日、18日",
        "3月16日、17-18日",
    ],
)
def test_days_are_ranges_and_lists(cell: str) -> None:
    assert DAYS.find(cell) == [date(2030, 3, n) for n in (16, 17, 18)]


def test_a_day_without_a_year_is_the_nearest_unless_the_year_is_named() -> None:
    assert Days(date(2030, 12, 28)).one("1月3日") == date(2031, 1, 3)
    assert Days(date(2030, 1, 3)).one("12月28日") == date(2029, 12, 28)
    assert Days(date(2030, 1, 3), 2030).one("12月28日") == date(2030, 12, 28)
    assert len(Days(date(2030, 12, 1)).find("12月30日至1月2日")) == 4


@pytest.mark.parametrize(
    ("today", "cell"),
    [
        (date(2027, 12, 20), "2月29日"),
        (date(2028, 1, 10), "2月29日"),
        (date(2029, 1, 10), "2月29日"),
        (date(2027, 12, 20), "2月27日至2月29日"),
        (date(2027, 12, 20), "12月30日至2月29日"),
    ],
)
def test_29_february_is_of_the_year_that_has_it(today: date, cell: str) -> None:
    assert Days(today).find(cell)[-1] == date(2028, 2, 29)


def test_29_february_of_years_that_do_not_have_it_is_impossible() -> None:
    for days in (Days(date(2030, 6, 1)), Days(date(2028, 1, 10), 2027)):
        with pytest.raises(Rejection) as refused:
            days.find("2月29日")
        assert refused.value.code == "date_impossible"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("明天", "date_relative"),
        ("长期", "date_open"),
        ("2月30日", "date_impossible"),
        ("0001-01-01", "date_impossible"),
        ("9999-12-31", "date_impossible"),
        ("2030-03-18至2030-03-16", "date_reversed"),
        ("2030-01-01至2032-01-01", "too_many_days"),
        ("开春", "date_unreadable"),
    ],
)
def test_days_that_cannot_be_told_are_named(cell: str, code: str) -> None:
    with pytest.raises(Rejection) as refused:
        DAYS.find(cell)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "worked"),
    [
        ("8:00-17:00", [(8 * H, 17 * H)]),
        ("8：00～17：00", [(8 * H, 17 * H)]),
        ("8点-17点", [(8 * H, 17 * H)]),
        ("早8点到晚5点半", [(8 * H, 17 * H + 30)]),
        ("上午8:00至下午5:30", [(8 * H, 17 * H + 30)]),
        ("下午1点半到5点半", [(13 * H + 30, 17 * H + 30)]),
        ("晚8点到4点", [(20 * H, 28 * H)]),
        ("20:00-次日4:00", [(20 * H, 28 * H)]),
        ("20:00-夜里2点", [(20 * H, 26 * H)]),
        ("晚上12点到4点", [(24 * H, 28 * H)]),
        ("晚上0点到8点", [(24 * H, 32 * H)]),
        ("晚上8点到夜里0点", [(20 * H, 24 * H)]),
        ("中午11点-12点", [(11 * H, 12 * H)]),
        ("中午1点-5点", [(13 * H, 17 * H)]),
        ("中午12点到下午5点", [(12 * H, 17 * H)]),
        ("上午8点-中午1点", [(8 * H, 13 * H)]),
        ("凌晨12点-凌晨4点", [(0, 4 * H)]),
        ("22:00-6:00", [(22 * H, 30 * H)]),
        ("8:00-12:00、14:00-18:00", [(8 * H, 12 * H), (14 * H, 18 * H)]),
        ("8:00 -12:00 下午2点 到 6点", [(8 * H, 12 * H), (14 * H, 18 * H)]),
        ("8-17", [(8 * H, 17 * H)]),
        ("08:00:00-17:00:00", [(8 * H, 17 * H)]),
    ],
)
def test_hours_are_read_as_they_are_written(cell: str, worked: list[tuple[int, int]]) -> None:
    assert hours(cell) == [Hours(*one) for one in worked]


@pytest.mark.parametrize(
    "cell", ["8小时", "全天", "25:00-26:00", "8:00", "8:70-9:00", "、", "夜里1点到5点"]
)
def test_hours_that_cannot_be_told_are_named(cell: str) -> None:
    with pytest.raises(Rejection, match="8:00-17:00"):
        hours(cell)


def test_hours_may_not_overlap() -> None:
    with pytest.raises(Rejection, match="overlap"):
        hours("8:00-12:00、11:00-15:00")


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("周一至周五", {0, 1, 2, 3, 4}),
        ("周六、周日", {5, 6}),
        ("星期一，星期天", {0, 6}),
        ("1-5", {0, 1, 2, 3, 4}),
        ("周五到周一", {4, 5, 6, 0}),
        ("单休", {0, 1, 2, 3, 4, 5}),
        ("每天", set(range(7))),
    ],
)
def test_days_of_the_week(cell: str, days: set[int]) -> None:
    assert when.weekdays(cell) == days


def test_a_shift_is_in_chinas_time() -> None:
    [shift] = when.shifts([date(2027, 3, 16)], hours("6:30-14:30"))
    assert shift == Interval(start=1_805_149_800_000, end=1_805_149_800_000 + 8 * 3_600_000)
    assert when.listed_shifts("2027-03-16 06:30-14:30") == (shift,)


def test_a_day_until_which_something_holds_is_whole() -> None:
    end = when.midnight_ms(date(2030, 3, 21))
    for cell in ("2030-03-20", "3月20日", "20300320"):
        assert when.moment_ms(cell, DAYS) == end
    assert when.moment_ms("2030-03-20 12:00", DAYS) == end - 12 * 3_600_000
    assert when.moment_ms("2030-03-20T12:00:00+08:00", DAYS) == end - 12 * 3_600_000


@given(cell=st.text(max_size=30) | st.from_regex(r"[0-9年月日:\-至T ]{1,25}", fullmatch=True))
def test_whatever_stands_in_a_cell_it_is_read_or_refused(cell: str) -> None:
    for read in (DAYS.find, hours, when.weekdays, when.listed_shifts, _moment):
        refused = refusal(read, cell)
        assert refused is None or refused.reason("zh-CN") != refused.reason("en")


def _moment(cell: str) -> int:
    return when.moment_ms(cell, DAYS)
