"""A late answer never takes the place of a newer one: the pages' own module, in Node."""

import subprocess
from pathlib import Path

NODE = Path(__file__).parents[2] / "node"


def test_the_guard_against_late_answers() -> None:
    argv = ["node", "--test", "--test-reporter=tap", str(NODE / "newest.test.mjs")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 5\n" in done.stdout
