"""Perks as job fairs' sheets have them: what is not given for nothing is not promised."""

import pytest

from producers.importing.perks import read_perks


def test_perks_are_found_and_what_is_none_is_told() -> None:
    assert read_perks("包吃住、接送，五险") == (["meal", "lodging", "pickup", "insurance"], [])
    assert read_perks("不包吃住 年终奖") == ([], ["年终奖"])
    for only_meals in ("包吃不包住", "管吃不管住", "包吃(不含住宿)", "包吃没宿舍"):
        assert read_perks(only_meals)[0] == ["meal"]


@pytest.mark.parametrize(
    ("cell", "perks"),
    [
        ("住宿不提供", []),
        ("包住：无", []),
        ("包住：否", []),
        ("包住×包吃√", ["meal"]),
        ("吃住不包", []),
        ("包吃 住宿没有", ["meal"]),
        ("五险不交、接送", ["pickup"]),
        ("包吃住 不加班", ["meal", "lodging"]),
        ("包吃、住宿 自理", ["meal"]),
        ("暂不提供住宿", []),
        ("未提供住宿、包吃", ["meal"]),
        ("不包住可租房", []),
    ],
)
def test_what_is_denied_is_not_promised(cell: str, perks: list[str]) -> None:
    assert read_perks(cell) == (perks, [])


@pytest.mark.parametrize(
    ("cell", "perks"),
    [
        ("食宿自理", []),
        ("住宿自费", []),
        ("住宿另算", []),
        ("住宿收费", []),
        ("住宿 费用自理", []),
        ("住宿不免费", []),
        ("包吃,住宿自己解决", ["meal"]),
        ("包吃，员工自行解决住宿", ["meal"]),
        ("伙食自费", []),
        ("交餐费", []),
        ("餐费从工资里扣", []),
        ("自带午餐", []),
        ("班车收费", []),
    ],
)
def test_what_the_worker_pays_is_not_promised(cell: str, perks: list[str]) -> None:
    assert read_perks(cell) == (perks, [])


@pytest.mark.parametrize(
    ("cell", "perks", "left"),
    [
        ("五险、住房公积金", ["insurance"], ["住房公积金"]),
        ("餐补、住房补贴", [], ["餐补", "住房补贴"]),
        ("包吃，房补", ["meal"], ["房补"]),
        ("吃苦耐劳", [], ["吃苦耐劳"]),
        ("定期聚餐", [], ["定期聚餐"]),
        ("零食下午茶", [], ["零食下午茶"]),
        ("住院保险", ["insurance"], []),
        ("危险作业", [], ["危险作业"]),
        ("有食堂", [], ["有食堂"]),
        ("饭堂收费", [], ["饭堂收费"]),
        ("夫妻房", [], ["夫妻房"]),
        ("食宿面议", [], ["食宿面议"]),
        ("住宿100元", [], ["住宿100元"]),
        ("帮忙找住处", [], ["帮忙找住处"]),
        ("附近有房可租住", [], ["附近有房可租住"]),
        ("包吃住宿自理", [], ["包吃住宿自理"]),
        ("包吃住，提成另算", ["meal", "lodging"], ["提成另算"]),
    ],
)
def test_what_only_sounds_like_a_perk_or_may_be_either_is_told(
    cell: str, perks: list[str], left: list[str]
) -> None:
    assert read_perks(cell) == (perks, left)


@pytest.mark.parametrize(
    ("cell", "perks"),
    [
        ("工作餐", ["meal"]),
        ("提供午餐", ["meal"]),
        ("包两餐", ["meal"]),
        ("自助餐", ["meal"]),
        ("免费食堂", ["meal"]),
        ("无需交餐费", ["meal"]),
        ("提供宿舍", ["lodging"]),
        ("自有宿舍(4人间)", ["lodging"]),
        ("住宿条件好", ["lodging"]),
        ("住宿免费", ["lodging"]),
        ("不收住宿费", ["lodging"]),
        ("宿舍自备床上用品", ["lodging"]),
        ("五险一金", ["insurance"]),
        ("意外险50万元", ["insurance"]),
    ],
)
def test_what_is_given_is_promised(cell: str, perks: list[str]) -> None:
    assert read_perks(cell) == (perks, [])


@pytest.mark.parametrize(
    "cell",
    [
        "宿舍水电自理",
        "提供宿舍（水电费自理）",
        "包住，水电费自付",
        "宿舍只收水电费",
        "免费住宿水电平摊",
    ],
)
def test_lodging_whose_water_and_power_are_paid_for_is_given(cell: str) -> None:
    perks, [left] = read_perks(cell)
    assert (perks, "水电" in left) == (["lodging"], True)


@pytest.mark.parametrize(
    ("cell", "perks"),
    [
        ("meal, lodging, pick-up, insurance", ["meal", "lodging", "pickup", "insurance"]),
        ("no meals", []),
        ("meals, no lodging", ["meal"]),
        ("free lodging", ["lodging"]),
        ("lodging at own expense", []),
        ("meal allowance", []),
    ],
)
def test_perks_in_english(cell: str, perks: list[str]) -> None:
    assert read_perks(cell)[0] == perks
