"""Chinese numerals: every number is read back, what is said loosely is no number."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejections import Rejection
from producers.importing import cells
from producers.importing.numerals import counts, sums
from producers.importing.words import words

DIGITS: Final = "零一二三四五六七八九"


def said(number: int) -> str:
    """A number as it is said in full: 1,050 is `一千零五十`."""
    parts = []
    for unit, sign in ((10_000, "万"), (1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        parts.append(f"{DIGITS[digit]}{sign}" if digit else "零")
    text = "".join(parts).strip("零")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.removeprefix("一") if text.startswith("一十") else text


@given(st.integers(1, 99_999))
def test_every_number_that_is_said_in_full_is_read_back(number: int) -> None:
    assert counts(said(number)) == str(number)
    assert cells.headcount(f"{said(number)}人") == number
    assert cells.pay(f"{said(number)}元/天").fen == number * 100


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("两人", 2),
        ("三名", 3),
        ("十人", 10),
        ("约二十五个", 25),
        ("贰拾名", 20),
        ("一百零二人", 102),
        ("十一个", 11),
        ("二十一个", 21),
        ("三十一个人", 31),
        ("两个人", 2),
    ],
)
def test_a_headcount_may_be_said(cell: str, count: int) -> None:
    assert cells.headcount(cell) == count


@pytest.mark.parametrize(
    "cell", ["三四人", "十几人", "十五六人", "二十来人", "一百一个人", "十二十人"]
)
def test_a_headcount_said_loosely_is_none(cell: str) -> None:
    with pytest.raises(Rejection) as refused:
        cells.headcount(cell)
    assert refused.value.code == "count_unreadable"
    assert cell in refused.value.reason("zh-CN")


@pytest.mark.parametrize(
    ("cell", "yuan", "unit"),
    [
        ("一百二/天", 120, "day"),
        ("一百二一天", 120, "day"),
        ("一百一天", 100, "day"),
        ("一百一一天", 110, "day"),
        ("八百一月", 800, "month"),
        ("每天两百", 200, "day"),
        ("日薪一百五", 150, "day"),
        ("两块一斤", 2, "piece"),
        ("三千五/月", 3_500, "month"),
        ("一万二元/月", 12_000, "month"),
        ("叁佰元/天", 300, "day"),
        ("200元一天", 200, "day"),
        ("一百二到一百五/天", 120, "day"),
        ("三千一个月", 3_000, "month"),
        ("两千八一个月", 2_800, "month"),
        ("二百一个工", 200, "day"),
    ],
)
def test_pay_may_be_said(cell: str, yuan: int, unit: str) -> None:
    amount = cells.pay(cell)
    assert (amount.fen, str(amount.unit)) == (yuan * 100, unit)


@pytest.mark.parametrize(
    "cell", ["两三百/天", "一百二三/天", "二百来块/天", "百把块/天", "一百多/天"]
)
def test_pay_said_loosely_is_none(cell: str) -> None:
    with pytest.raises(Rejection) as refused:
        cells.pay(cell)
    assert refused.value.code == "pay_unreadable"


def test_what_a_sum_is_for_stays_as_it_is() -> None:
    assert sums("每一天") == "每一天"
    assert sums("50元一件") == "50元一件"


def test_other_numbers_may_be_said_too() -> None:
    assert cells.whole("十") == 10
    assert cells.minimum_age("十八至六十岁") == (18, True)
    assert cells.minimum_age("十八岁以上") == (18, False)


MEASURES: Final = [
    (unit, word)
    for unit, several in words().units.items()
    for word in several
    if not (word.isascii() or set(word) & set("薪资价计"))
]


@pytest.mark.parametrize(("unit", "word"), MEASURES)
def test_what_a_sum_is_for_is_no_part_of_it(unit: str, word: str) -> None:
    amount = cells.pay(f"二十一{word}")
    assert (amount.fen, str(amount.unit)) == (2_000, unit)
    assert len(MEASURES) > 15
