"""The pages' own modules in Node: what they say of themselves, and that none was left out."""

import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parents[2] / "node"
PASSED = {
    "amending": 3,
    "calendar": 9,
    "forms": 5,
    "gone": 2,
    "guest": 4,
    "hall": 2,
    "newest": 5,
    "outbox": 7,
    "personal": 3,
    "refused": 7,
    "remaining": 6,
    "twice": 5,
    "voice": 5,
}


def test_every_module_with_tests_is_here() -> None:
    assert set(PASSED) == {path.name.removesuffix(".test.mjs") for path in NODE.glob("*.test.mjs")}


@pytest.mark.parametrize("module", PASSED)
def test_a_module_does_what_its_tests_say(module: str) -> None:
    argv = ["node", "--test", "--test-reporter=tap", str(NODE / f"{module}.test.mjs")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"# pass {PASSED[module]}\n" in done.stdout
