"""Every comparison runs in its quick form and says one line of JSON."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_comparison_prints_one_line_of_json(name: str) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert list(result) == ["name", "ratio", "ours", "theirs", "unit", "n"]
    assert result["name"] == name
    assert min(result["ratio"], result["ours"], result["theirs"], result["n"]) > 0
