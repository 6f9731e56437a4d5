"""The texts that workers read."""

import msgspec
import pytest

from events.values import Pay
from matching.days import DAY_MS
from streams.notifier.wording import words
from tests.streams.notifier.world import DUE
from tests.town import HOUR


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "zh-CN",
            "采茶工，双福镇（2 公里）。3月17日 08:00-17:00。每天 150 元，包餐、接送。"
            "请在3月15日 20:00前答复，到手机页面或找驿站都行。",
        ),
        (
            "en",
            "采茶工, 双福镇 (2 km). 3/17 08:00-17:00. 150 yuan a day, meal, pick-up. "
            "Answer by 3/15 20:00, on your page or at your station.",
        ),
    ],
)
def test_an_offer_says_what_where_when_pay_and_until(language: str, expected: str) -> None:
    assert words([msgspec.structs.replace(DUE, perks=("meal", "pickup"))], language) == expected


def test_what_is_not_known_is_not_made_up() -> None:
    vague = msgspec.structs.replace(DUE, place="", distance_km=None, pay_fen_day=0, shifts=3)
    assert words([vague], "zh-CN") == (
        "采茶工，地点请问驿站。3月17日起 3 班，08:00-17:00。工资请问驿站。"
        "请在3月15日 20:00前答复，到手机页面或找驿站都行。"
    )
    assert "离您 2 公里" in words([msgspec.structs.replace(DUE, place="")], "zh-CN")
    assert "，双福镇。" in words([msgspec.structs.replace(DUE, distance_km=None)], "zh-CN")


@pytest.mark.parametrize(
    ("pay", "a_day", "chinese", "english"),
    [
        (
            Pay(amount_fen=2_550, unit="hour"),
            20_400,
            "每小时 25.50 元，约合每天 204 元",
            "25.50 yuan an hour, about 204 yuan a day",
        ),
        (Pay(amount_fen=300, unit="piece"), 0, "每件 3 元", "3 yuan a piece"),
        (
            Pay(amount_fen=450_000, unit="month"),
            20_690,
            "每月 4500 元，约合每天 206.90 元",
            "4500 yuan a month, about 206.90 yuan a day",
        ),
    ],
)
def test_pay_is_told_as_it_is_posted(pay: Pay, a_day: int, chinese: str, english: str) -> None:
    due = msgspec.structs.replace(DUE, pay=pay, pay_fen_day=a_day)
    assert f"。{chinese}。" in words([due], "zh-CN")
    assert f". {english}. " in words([due], "en")


def test_several_days_are_told_to_the_last() -> None:
    later = DUE.first_shift.start + 4 * DAY_MS
    due = msgspec.structs.replace(DUE, shifts=5, last_start=later)
    assert "。3月17日至3月21日 5 班，08:00-17:00。" in words([due], "zh-CN")
    assert ". 3/17 to 3/21, 5 shifts, 08:00-17:00. " in words([due], "en")
    split = msgspec.structs.replace(DUE, shifts=2, last_start=DUE.first_shift.start + HOUR)
    assert "3月17日起 2 班，" in words([split], "zh-CN")


def test_nothing_is_zero_kilometres_away() -> None:
    here = msgspec.structs.replace(DUE, distance_km=0.5)
    assert "双福镇（就在附近）" in words([here], "zh-CN")
    assert ", close by." in words([msgspec.structs.replace(here, place="")], "en")


def test_several_are_numbered() -> None:
    off = msgspec.structs.replace(DUE, kind="cancelled", pay_fen_day=12_345)
    first, second, third = words([DUE, off], "zh-CN").splitlines()
    assert first == "有 2 条消息："
    assert second.startswith("1. 采茶工")
    assert third == "2. 取消了，请不要去：采茶工，双福镇（2 公里），3月17日 08:00-17:00。"


def test_who_was_booked_reads_that_the_terms_have_changed() -> None:
    off = msgspec.structs.replace(DUE, kind="cancelled", reason="terms_changed")
    assert words([off], "zh-CN") == (
        "时间或条件改了，原来定的请不要去：采茶工，双福镇（2 公里），3月17日 08:00-17:00。"
        "还想做就等新的邀约，或者问驿站。"
    )
    assert words([off], "en").startswith("Times or terms have changed, please do not go as booked:")
    off = msgspec.structs.replace(off, reason="job_cancelled")
    assert words([off], "zh-CN").startswith("取消了，请不要去：")


def test_who_said_yes_in_vain_reads_that_it_did_not_come_about() -> None:
    off = msgspec.structs.replace(DUE, kind="cancelled", reason="not_granted")
    assert words([off], "zh-CN") == (
        "您答应的活没有定下来，请不要去：采茶工，双福镇（2 公里），3月17日 08:00-17:00。"
        "想找活可看手机页面，或者问驿站。"
    )
    assert words([off], "en").startswith("What you said yes to did not come about, please do not")


def test_fen_are_shown_where_there_are_some() -> None:
    assert "123.45 元" in words([msgspec.structs.replace(DUE, pay_fen_day=12_345)], "zh-CN")
