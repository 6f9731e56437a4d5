"""What a worker can do, and what the title of a job is: both forms of a counter mean the same."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from events.texts import table, text
from matching.limits import limits
from models.occupations import answer, name_of
from tests.town import NOW, ZONE

TRADES = Path("gateway/static/station/trades.js")
_KEY = "station.skill."


def exported(name: str) -> Any:
    """What the page's module has under a name."""
    source = TRADES.read_text(encoding="utf-8") + f"\nconsole.log(JSON.stringify({name}));\n"
    argv = ["node", "--input-type=module", "--eval", source]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trades() -> dict[str, list[str]]:
    """The occupations of each skill, as the page has them."""
    found: dict[str, list[str]] = exported("TRADES")
    return found


def test_every_skill_with_a_switch_has_words_and_occupations(trades: dict[str, list[str]]) -> None:
    assert set(trades) == {key.removeprefix(_KEY) for key in table() if key.startswith(_KEY)}
    for codes in trades.values():
        assert codes
        assert all(name_of(code) for code in codes)


@pytest.mark.parametrize(
    ("skill", "titles"),
    [
        ("tea_picking", ["采茶", "采茶工", "茶园除草施肥", "摘茶叶"]),
        ("vegetable_farming", ["摘菜工", "大棚种菜", "农田小工"]),
        ("strawberry_picking", ["摘草莓", "草莓采摘工"]),
        ("building_help", ["小工", "建筑小工", "打混凝土", "修路工"]),
        ("masonry", ["泥水匠", "贴砖工", "刮腻子"]),
        ("electrician", ["电工", "水电工", "水电安装"]),
        ("loading", ["搬运工", "装卸工", "卸货", "扛包"]),
        ("factory_work", ["打包工", "流水线普工", "普工", "杂工", "分拣员"]),
        ("cleaning", ["保洁", "保洁阿姨", "钟点工"]),
        ("restaurant", ["服务员", "洗碗工", "端盘子", "餐厅"]),
        ("cooking", ["帮厨", "厨师", "切菜工"]),
        ("hotel_service", ["客房服务员", "打扫客房", "旅店"]),
        ("elder_care", ["照顾老人", "医院陪护"]),
        ("security", ["保安", "门卫"]),
        ("porter", ["景区挑夫", "背夫"]),
    ],
)
def test_a_job_with_a_usual_title_is_work_that_its_skill_means(
    trades: dict[str, list[str]], skill: str, titles: list[str]
) -> None:
    """Where the title is unsure, the short list that the clerk chooses from has it."""
    for title in titles:
        said = answer(title)
        offered = said.candidates if said.code is None else (said.code,)
        assert set(offered) & set(trades[skill]), (title, said)


def test_a_skill_taken_for_a_title_is_not_somebody_elses_work(
    trades: dict[str, list[str]],
) -> None:
    for skill, codes in trades.items():
        said = answer(text(f"{_KEY}{skill}"))
        assert said.code is None or said.code in codes, (skill, said)


def test_the_desk_asks_for_the_age_where_the_law_does(trades: dict[str, list[str]]) -> None:
    """Whoever has no year of birth may be sixteen, and is offered no heavy work."""
    hazards = limits(ZONE, NOW).all("minimum_age_hazardous")
    groups = {group for limit in hazards for group in limit.occupations}
    assert set(exported("ADULT")) == groups
    for skill in {skill for limit in hazards for skill in limit.skills} & set(trades):
        assert any(code.startswith(tuple(groups)) for code in trades[skill]), skill
