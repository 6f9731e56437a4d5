"""Every comparison runs in its quick form and says one line of JSON; a study says many."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import NAMES, STUDIES, study

pytestmark = pytest.mark.timeout(1800)

REGIMES = {"policies": "season", "choices": "ordinary", "shock": "season"}
"""Of each study one: they differ in their dates, and each takes its time."""
assert list(REGIMES) == list(STUDIES)


@pytest.mark.parametrize("half", [0, 1])
def test_every_comparison_prints_one_line_of_json(half: int) -> None:
    names = NAMES[half::2]
    command = [sys.executable, "-m", "benchmarks", *names, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1700, check=False)

    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["name"] for result in results] == list(names)
    for result in results:
        assert list(result) == ["name", "ratio", "ours", "theirs", "unit", "n"]
        assert min(result["ratio"], result["ours"], result["theirs"], result["n"]) > 0


@pytest.mark.parametrize(("name", "regime"), REGIMES.items())
def test_every_study_prints_a_line_for_each_contender(name: str, regime: str) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--quick", "--regime", regime]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1700, check=False)

    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    pairs = [(line["regime"], line["contender"]) for line in told]
    assert pairs == [(regime, contender) for contender in study(name).contenders]
    for line in told:
        for measure in study(name).measures:
            mean, low, high = line["measures"][measure.name]["mean"]
            assert low <= mean <= high
