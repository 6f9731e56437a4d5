"""Mappings: small files that say which column is what."""

from pathlib import Path

import pytest

from gigmatch.errors import SaidError, UserError
from producers.importing.mapping import Mapping, draft, load_mapping

YAML = "feed: fair\ncolumns: {pay: 补贴}\nplaces: {报国村: [29.57, 103.41]}\n"
TOML = 'feed = "fair"\ncolumns = {pay = "补贴"}\nplaces = {"报国村" = [29.57, 103.41]}\n'
JSON = '{"feed": "fair", "columns": {"pay": "补贴"}, "places": {"报国村": [29.57, 103.41]}}'


@pytest.mark.parametrize(("name", "text"), [("m.yaml", YAML), ("m.toml", TOML), ("m.json", JSON)])
def test_a_mapping_may_be_yaml_toml_or_json(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert load_mapping(path) == Mapping(
        feed="fair", columns={"pay": "补贴"}, places={"报国村": (29.57, 103.41)}
    )


@pytest.mark.parametrize(
    "text",
    ["columns: {wage: 工资}", "colums: {}", "feed: two words", "year: 1999", "[", "\x00"],
)
def test_a_mapping_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"m\.yaml is not a mapping"):
        load_mapping(path)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "columns: {wage: 工资}",
            "没有“wage”这个栏目，可以用的是 key, title",
            "`wage` is no field",
        ),
        ("colums: {}", "没有“colums”这一项，可以写的是 feed, sheet, columns", "no entry `colums`"),
        ("year: 1999", "“year”处写法不对", "at `year`: Expected"),
        ("places: {报国村: [129.0, 103.4]}", "“places[...][0]”处写法不对", "at `places[...][0]`"),
        ("[", "不是能读的列对应表", "cannot be read"),
    ],
)
def test_a_mapping_that_is_none_is_told_what_where_and_what_to_do(
    tmp_path: Path, text: str, zh: str, en: str
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SaidError) as wrong:
        load_mapping(path)
    assert zh in wrong.value.told("zh-CN")
    assert en in wrong.value.told("en")
    assert str(path) in wrong.value.told("zh-CN")


def test_a_named_column_goes_before_the_usual_one() -> None:
    headings = ["岗位", "工资", "补贴"]
    assert Mapping().fields(headings) == {"title": "岗位", "pay": "工资"}
    assert Mapping(columns={"pay": "补贴"}).fields(headings)["pay"] == "补贴"
    assert "pay" not in Mapping(columns={"pay": ""}).fields(headings)


def test_a_draft_is_a_mapping_that_changes_nothing(tmp_path: Path) -> None:
    headings = ["岗位名称", "工资（元/天）", "备注"]
    path = tmp_path / "m.yaml"
    path.write_text(draft(Mapping(), "", headings, "zh-CN"), encoding="utf-8")
    assert load_mapping(path).fields(headings) == Mapping().fields(headings)
    assert "# 这一列没有对应的项：备注" in path.read_text(encoding="utf-8")
