"""`gigmatch outbox` says what is wrong before it begins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gigmatch.commands.outbox import register


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    register(made)
    return made


def test_what_is_no_station_is_wrong_usage(app: typer.Typer, tmp_path: Path) -> None:
    arguments = ["--station", "05", "--data", str(tmp_path / "x.db")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "511181-05" in done.output


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has this folder")
def test_a_folder_that_takes_no_files_is_named() -> None:
    argv = [sys.executable, "-m", "gigmatch", "outbox", "--station", "511181-05", "--port", "0"]
    argv += ["--data", "/proc/x.db"]
    env = {**os.environ, "GIGMATCH_LANGUAGE": "en"}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env=env)
    assert done.returncode == 1
    assert "/proc takes no new files" in done.stderr
