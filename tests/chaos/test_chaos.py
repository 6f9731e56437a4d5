"""Cells of the fault matrix, as `make chaos` does them: three brokers, Redis, a steady load."""

import re

import pytest

from tests.chaos.__main__ import main
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


@pytest.mark.parametrize("form", [["--short"], []], ids=["short", "long"])
def test_a_fault_that_does_not_exist_is_told(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*form, "--only", "no such fault"])
    assert ended.value.code == 2
    assert "no such fault" in capsys.readouterr().err
