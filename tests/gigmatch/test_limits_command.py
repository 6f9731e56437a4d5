"""`gigmatch limits` shows what the core keeps to, with its source."""

import json
import re
from typing import get_args, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from events.texts import table
from gigmatch.commands.limits import register
from matching.limits import Kind, Limit, all_limits, limits
from tests.town import NOW


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


def test_every_limit_in_force_is_told_with_its_source() -> None:
    code, output = run("--zone", "511181", "--at", "2027-03-15", "--json")
    told = json.loads(output)
    assert code == 0
    assert len(told) == len(limits("511181", NOW).in_force)
    assert all(limit["source"]["en"] and limit["source"]["zh-CN"] for limit in told)
    assert {"minimum_age", "rest", "minimum_pay_hour"} <= {limit["kind"] for limit in told}


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("zh-CN", ("月最低工资", "2200 元", "16 周岁", "危险作业最低年龄 (重体力)", "《劳动法》")),
        ("en", ("minimum pay a month", "2200 yuan", "16 years", "Labour Law")),
    ],
)
def test_it_is_said_in_words_and_yuan(
    language: str, parts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGMATCH_LANGUAGE", language)
    code, output = run("511181", "--at", "2027-03-15")
    assert code == 0
    for part in parts:
        assert part in output, part
    assert "fen" not in output


def test_every_kind_scope_and_unit_has_words() -> None:
    known = {key.removeprefix("limits.") for key in table() if key.startswith("limits.")}
    named = {f"kind.{kind}" for kind in get_args(Kind)} | {
        f"unit.{unit}" for unit in get_args(get_type_hints(Limit)["unit"])
    }
    scopes = {f"scope.{limit.scope}" for limit in all_limits() if limit.scope}
    assert named | scopes == {key for key in known if not key.startswith("head.")}


def test_the_day_decides() -> None:
    _, before = run("--at", "1990-01-01", "--json")
    assert json.loads(before) == []


@pytest.mark.parametrize("wrong", [("--zone", "emeishan"), ("--at", "tomorrow")])
@pytest.mark.parametrize(("language", "said"), [("en", "such as"), ("zh-CN", "数字|日期")])
def test_what_is_wrong_is_said(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str, wrong: tuple[str, str]
) -> None:
    monkeypatch.setenv("GIGMATCH_LANGUAGE", language)
    code, output = run(*wrong)
    assert code == 2
    assert re.search(said, output)
