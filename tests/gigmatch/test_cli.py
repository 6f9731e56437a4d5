"""The command line itself: quick, and clear about wrong usage."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from gigmatch.cli import COMMANDS

COMMAND_FILES = Path(__file__).parent.parent.parent / "gigmatch" / "commands"
HEAVY = ("numpy", "rich", "confluent_kafka", "faust", "msgspec", "pydantic", "redis", "sklearn")


def run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gigmatch", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_version_is_printed() -> None:
    assert run("--version") == f"gigmatch {version('gigmatch')}\n"


def test_every_command_is_registered() -> None:
    assert sorted(COMMANDS) == sorted(
        path.stem for path in COMMAND_FILES.glob("*.py") if not path.stem.startswith("_")
    )


@pytest.mark.parametrize("name", ["publish", "watch", "explain", "replay", "doctor", "topics"])
def test_a_command_has_help_and_json(name: str) -> None:
    assert name in run("--help")
    assert "--json" in run(name, "--help")


def test_help_waits_for_no_library() -> None:
    script = (
        "import sys; from gigmatch.cli import main\n"
        "sys.argv = ['gigmatch', '--help']\n"
        "try: main()\n"
        f"finally: print(*(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stderr.strip() == ""
    assert "watch" in done.stdout


def test_what_matches_and_shows_waits_for_no_library_that_only_learns() -> None:
    """Two seconds of every start, and of every restart of a killed matcher."""
    modules = "models.registry streams.service gigmatch.releases gateway.app streams.projector"
    script = (
        f"import sys, {modules.replace(' ', ', ')}\n"
        "print(*({'sklearn', 'scipy', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.strip() == ""


def test_wrong_usage_is_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")
    assert "No such command" in run("pubish", code=2)
    assert "--speed" in run("up", "--speed", "no", code=2)
