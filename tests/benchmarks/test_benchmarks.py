"""Every comparison runs in its quick form and says one line of JSON; a study says many."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import NAMES, STUDIES, study


@pytest.mark.parametrize("half", [0, 1])
def test_every_comparison_prints_one_line_of_json(half: int) -> None:
    names = NAMES[half::2]
    command = [sys.executable, "-m", "benchmarks", *names, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)

    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["name"] for result in results] == list(names)
    for result in results:
        assert list(result) == ["name", "ratio", "ours", "theirs", "unit", "n"]
        assert min(result["ratio"], result["ours"], result["theirs"], result["n"]) > 0


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_prints_a_line_for_each_contender_and_regime(name: str) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)

    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    pairs = [(line["regime"], line["contender"]) for line in told]
    assert pairs == [(r, c) for r in study(name).regimes for c in study(name).contenders]
    for line in told:
        for measure in study(name).measures:
            mean, low, high = line["measures"][measure.name]["mean"]
            assert low <= mean <= high
