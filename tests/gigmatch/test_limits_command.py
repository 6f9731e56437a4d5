"""`gigmatch limits` shows what the core keeps to, with its source."""

import json

import pytest
import typer
from typer.testing import CliRunner

from gigmatch.commands.limits import register
from matching.limits import limits
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


def test_the_day_decides() -> None:
    _, before = run("--at", "1990-01-01", "--json")
    assert json.loads(before) == []


@pytest.mark.parametrize("wrong", [("--zone", "emeishan"), ("--at", "tomorrow")])
def test_what_is_wrong_is_said(wrong: tuple[str, str]) -> None:
    code, output = run(*wrong)
    assert code == 2
    assert "such as" in output
