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


GATEWAY = ("--gateway", "https://gig.example")


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--gateway", "gig.example", "--key-file", "key"), 2, "gig.example"),
        (("--gateway", "https://me:secret@gig.example", "--key-file", "key"), 2, "--gateway"),
        (GATEWAY, 2, "--key-file"),
        ((*GATEWAY, "--key-file", "none"), 1, "none: No such file"),
        ((*GATEWAY, "--key-file", "open"), 1, "chmod 600 open"),
        ((*GATEWAY, "--key-file", "empty"), 1, "empty holds no key"),
    ],
)
def test_a_terminal_needs_a_gateway_and_a_key(
    tmp_path: Path, options: tuple[str, ...], code: int, told: str
) -> None:
    for name, mode in (("key", 0o600), ("open", 0o644), ("empty", 0o600)):
        file = tmp_path / name
        file.write_text("" if name == "empty" else "gm_000000000001_secret")
        file.chmod(mode)
    done = run(tmp_path, *options)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert "gm_000000000001_secret" not in done.stderr
    assert not (tmp_path / "x.db").exists()


def test_a_terminal_is_served_on_its_own_machine_only(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("gm_000000000001_secret")
    (tmp_path / "key").chmod(0o600)
    done = run(tmp_path, *GATEWAY, "--key-file", "key", GIGMATCH_HTTP_HOST="0.0.0.0")
    assert done.returncode == 1
    assert "set it to 127.0.0.1" in done.stderr


def run(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What the command says to an English reader before it ends."""
    argv = [sys.executable, "-m", "gigmatch", "outbox", "--station", "511181-05"]
    argv += ["--data", "x.db", "--port", "0", *options]
    env = {**os.environ, "GIGMATCH_LANGUAGE": "en", "COLUMNS": "200", **settings}
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=120, check=False, env=env, cwd=folder
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has this folder")
def test_a_folder_that_takes_no_files_is_named() -> None:
    argv = [sys.executable, "-m", "gigmatch", "outbox", "--station", "511181-05", "--port", "0"]
    argv += ["--data", "/proc/x.db"]
    env = {**os.environ, "GIGMATCH_LANGUAGE": "en"}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env=env)
    assert done.returncode == 1
    assert "/proc takes no new files" in done.stderr
