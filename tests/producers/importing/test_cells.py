"""Cells as clerks write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejections import Rejection
from events.values import PayUnit
from producers.importing import cells
from producers.importing.mapping import Mapping
from producers.importing.perks import read_perks
from producers.importing.words import meaning, unit_in, words
from tests.producers.importing.rows_for_tests import refusal


@pytest.mark.parametrize(
    ("cell", "fen", "unit"),
    [
        ("200元/天", 20_000, "day"),
        ("25/小时", 2_500, "hour"),
        ("25.5元每小时", 2_550, "hour"),
        ("￥1,200/月", 120_000, "month"),
        ("一天220块", 22_000, "day"),
        ("日薪200", 20_000, "day"),
        ("200 元 / 天", 20_000, "day"),
        ("２００元／天", 20_000, "day"),
        ("200元/人/天", 20_000, "day"),
        ("0.5元/斤", 50, "piece"),
        ("计件3元", 300, "piece"),
        ("6千/月", 600_000, "month"),
        ("200元以上/天", 20_000, "day"),
        ("200元/天起", 20_000, "day"),
        ("不低于200元/天", 20_000, "day"),
        ("25 yuan/hour", 2_500, "hour"),
    ],
)
def test_pay_is_read_as_it_is_written(cell: str, fen: int, unit: PayUnit) -> None:
    assert cells.pay(cell)[:2] == (fen, unit)


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("6000-8000元/月", 600_000, 800_000),
        ("6000元-8000元/月", 600_000, 800_000),
        ("6000～8000元/月", 600_000, 800_000),
        ("6-8千/月", 600_000, 800_000),
        ("月薪6000至8000", 600_000, 800_000),
    ],
)
def test_a_range_has_a_lower_and_an_upper_end(cell: str, low: int, high: int) -> None:
    assert cells.pay(cell) == (low, "month", None, high)


def test_how_pay_is_settled_may_stand_beside_it() -> None:
    assert cells.pay("200元/天，日结") == (20_000, "day", "daily", None)
    assert cells.pay("200元/天（周结）").settlement == "weekly"


@pytest.mark.parametrize("cell", ["180元/天，包午餐", "180元/天 包吃", "180元/天（日结，管饭）"])
def test_perks_may_stand_behind_the_pay(cell: str) -> None:
    assert cells.pay(cell)[:2] == (18_000, "day")
    assert cells.perks_beside(cell) == (["meal"], [])


@pytest.mark.parametrize(
    ("cell", "perks", "left"),
    [
        ("4500元/月，住房公积金", [], ["住房公积金"]),
        ("4500元/月，五险、餐补", ["insurance"], ["餐补"]),
        ("4500元/月，包住，水电自理", ["lodging"], ["水电自理"]),
    ],
)
def test_money_besides_leaves_a_pay_as_it_is_and_is_told(
    cell: str, perks: list[str], left: list[str]
) -> None:
    assert cells.pay(cell)[:2] == (450_000, "month")
    assert cells.perks_beside(cell) == (perks, left)


def test_what_else_stands_behind_the_pay_is_no_perk() -> None:
    assert cells.perks_beside("200元/天，日结") == ([], [])
    for cell in ("180元/天，加班另算", "180元/天，不包吃", "180元/天，包吃，加班另算"):
        with pytest.raises(Rejection) as wrong:
            cells.pay(cell)
        assert wrong.value.code == "pay_unreadable"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("面议", "pay_open"),
        ("200", "pay_unit_missing"),
        ("200元/周", "pay_unit_unknown"),
        ("8-10万/年", "pay_unit_unknown"),
        ("不低于行情", "pay_unreadable"),
        ("200、300元/天", "pay_unreadable"),
        ("25 30/小时", "pay_unreadable"),
        ("0元/天", "pay_unreadable"),
        ("0.005元/件", "pay_unreadable"),
        ("8000-6000元/月", "pay_unreadable"),
        ("200元/天包吃住", "pay_unit_unknown"),
    ],
)
def test_pay_that_says_too_little_is_named(cell: str, code: str) -> None:
    with pytest.raises(Rejection) as refused:
        cells.pay(cell)
    assert refused.value.code == code


def test_a_number_alone_has_the_unit_of_its_column() -> None:
    assert cells.pay("200", "day")[:2] == (20_000, "day")
    assert unit_in("日薪") == unit_in("工资（元/天）") == unit_in("工资(每天)") == "day"
    assert unit_in("工资") is None


@given(fen=st.integers(1, 99_999_999), unit=st.sampled_from(sorted(words().units)))
def test_every_amount_that_can_be_written_is_read_back(fen: int, unit: PayUnit) -> None:
    for word in (one for one in words().units[unit] if " " not in one):
        assert cells.pay(f"{Decimal(fen) / 100}元/{word}")[:2] == (fen, unit)


@pytest.mark.parametrize(
    ("cell", "count"), [("20", 20), ("20人", 20), ("招20名", 20), ("２０", 20)]
)
def test_a_headcount_is_a_number(cell: str, count: int) -> None:
    assert cells.headcount(cell) == count


@pytest.mark.parametrize(
    ("cell", "code"),
    [("若干", "headcount_open"), ("多名", "headcount_open"), ("3-5人", "headcount_range")],
)
def test_a_headcount_that_is_none_is_named(cell: str, code: str) -> None:
    with pytest.raises(Rejection) as refused:
        cells.headcount(cell)
    assert refused.value.code == code
    assert cell in refused.value.reason("zh-CN")


def test_yes_and_no_have_many_forms() -> None:
    assert all(map(cells.yes, ("是", "有", "√", "Y", "true", "1", "包")))
    assert not any(map(cells.yes, ("否", "无", "×", "n", "false", "0", "不包")))
    with pytest.raises(Rejection, match="yes or no"):
        cells.yes("看情况")


@pytest.mark.parametrize(
    ("cell", "age"),
    [
        ("18-60", (18, True)),
        ("18周岁以上", (18, False)),
        ("年满18岁", (18, False)),
        ("20", (20, False)),
        ("16+", (16, False)),
        ("60岁以下", (None, True)),
        ("55岁内", (None, True)),
        ("60岁封顶", (None, True)),
        ("不限", (None, False)),
    ],
)
def test_the_lowest_age_counts(cell: str, age: tuple[int | None, bool]) -> None:
    assert cells.minimum_age(cell) == age


@pytest.mark.parametrize("cell", ["45岁左右", "30多岁", "50岁最好"])
def test_an_age_that_may_be_either_end_is_named(cell: str) -> None:
    with pytest.raises(Rejection) as refused:
        cells.minimum_age(cell)
    assert refused.value.code == "age_unreadable"


def test_certificates_are_codes_by_the_words_known_or_named() -> None:
    assert cells.codes("健康证、电工证", words().certificates, {}) == ["health", "electrician"]
    assert cells.codes("焊工证", words().certificates, {"焊工证": "welder"}) == ["welder"]
    assert cells.codes("无", words().certificates, {}) == []
    with pytest.raises(Rejection, match="焊工证"):
        cells.codes("焊工证", words().certificates, {})


@given(cell=st.text(max_size=30))
def test_whatever_stands_in_a_cell_it_is_read_or_refused(cell: str) -> None:
    readers = (cells.pay, cells.headcount, cells.whole, cells.degrees, cells.yes, read_perks)
    for read in (*readers, cells.minimum_age, lambda c: cells.codes(c, {}, {})):
        refused = refusal(read, cell)
        assert refused is None or refused.reason("zh-CN") != refused.reason("en")


def test_no_usual_heading_stands_for_two_fields() -> None:
    for known in (words().headings, words().worker_headings):
        for field, headings in known.items():
            assert [meaning(known, heading) for heading in headings] == [field] * len(headings)
    assert Mapping().fields(["* 岗位名称：", "备注"]) == {"title": "* 岗位名称："}
