"""Cells of the fault matrix, as `make chaos` does them: three brokers, Redis, a steady load."""

import re
from pathlib import Path
from typing import NoReturn

import pytest

from tests.chaos.__main__ import main
from tests.chaos.cells import Cell, markdown
from tests.chaos.plan import SHORT, chosen, plan

CELLS = "^(kill -9: all matchers at once|Redis killed)$"


def test_the_short_form_has_a_fault_of_each_kind() -> None:
    short = [name for name, _ in chosen("", short=True)]
    assert sorted(short) == sorted(SHORT)
    kinds = {"broker", "clock", "events", "frozen", "kill -9", "line", "log", "Redis", "snapshots"}
    assert {word for name in short for word in kinds if name.startswith(word)} == kinds
    assert len(plan(short=False)) > len(short)


@pytest.mark.chaos
@pytest.mark.kafka
@pytest.mark.timeout(1800)
def test_matchers_killed_in_the_middle_and_an_empty_read_model_leave_no_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["--short", "--only", CELLS, "--seed", "7"])
    *matrix, last = capsys.readouterr().out.splitlines()
    assert len([line for line in matrix if re.match(CELLS[1:-1] + " ", line)]) == 2
    assert (code, last) == (0, "3 faults, 0 lost, 0 double, 0 diverged"), "\n".join(matrix)


def test_many_random_kills_are_judged_in_groups() -> None:
    names = [name for name, _ in chosen("at random moments", short=False, kills=45)]
    kills = "kill -9: matchers at random moments"
    assert names == [f"{kills}, {which}" for which in ("1 to 20", "21 to 40", "41 to 45")]
    assert set(names) <= {name for name, _ in chosen("", short=True, kills=45)}
    assert len(chosen("at random moments", short=False)) == 10
    assert [name for name, _ in chosen("at random moments", short=True)] == [kills]


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (2, 1)], ids=["clean", "lost"])
def test_a_run_that_is_resumed_counts_what_was_done_and_does_not_do_it_again(
    lost: int, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "chaos.md"
    table.write_text(markdown([Cell("Redis flushed", 1, lost, 0, 0, 1.0, 2.0, 3.0, 4.0)]))
    assert main(["--only", "^Redis flushed$", "--out", str(table), "--resume"]) == code
    assert capsys.readouterr().out == f"1 faults, {lost} lost, 0 double, 0 diverged\n"


def test_a_run_is_resumed_only_with_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--short", "--resume"])
    assert ended.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_a_run_that_is_cut_off_says_so_and_has_no_last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.chaos.__main__.running_world", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["--only", "^Redis flushed$"])
    (said,) = capsys.readouterr().out.splitlines()
    assert said == "cut off after 0 of 1: 0 faults, 0 lost, 0 double, 0 diverged"


@pytest.mark.parametrize("form", [["--short"], []], ids=["short", "long"])
def test_a_fault_that_does_not_exist_is_told(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*form, "--only", "no such fault"])
    assert ended.value.code == 2
    assert "no such fault" in capsys.readouterr().err
