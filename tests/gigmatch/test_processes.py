"""Child processes start, answer, stop, and never outlive their parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gigmatch.processes import (
    LOCALHOST,
    Children,
    NoPortFree,
    ProcessDied,
    free_port,
    held_port,
    listens,
    spawn,
    stop,
    stop_all,
    tail,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN_CODE = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
STUBBORN = [sys.executable, "-c", f"{STUBBORN_CODE}; time.sleep(600)"]


def is_alive(pid: int) -> bool:
    """Whether a process exists and has not ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(log: Path, text: str) -> None:
    while not log.exists() or text not in log.read_text():
        time.sleep(0.01)


def test_a_child_is_asked_to_end(tmp_path: Path) -> None:
    child = spawn(SLEEP, log=tmp_path / "log")
    assert stop(child) == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    child = spawn(STUBBORN, log=tmp_path / "log")
    wait_for(tmp_path / "log", "up")
    assert stop(child, grace_s=0.1) == -signal.SIGKILL


def test_who_does_not_listen_is_killed_and_takes_nobody_along(tmp_path: Path) -> None:
    children = [spawn(argv, log=tmp_path / "log") for argv in (STUBBORN, SLEEP, ["true"])]
    wait_for(tmp_path / "log", "up")
    children[2].wait()
    stop_all(children, grace_s=0.5)
    codes = [child.returncode for child in children]
    assert codes == [-signal.SIGKILL, -signal.SIGTERM, 0]


def test_stopping_what_has_ended_returns_its_code(tmp_path: Path) -> None:
    child = spawn([sys.executable, "-c", "raise SystemExit(3)"], log=tmp_path / "log")
    child.wait()
    assert stop(child) == 3


def test_a_ctrl_c_of_the_terminal_does_not_reach_a_child(tmp_path: Path) -> None:
    child = spawn(SLEEP, log=tmp_path / "log")
    try:
        assert os.getpgid(child.pid) != os.getpgrp()
    finally:
        stop(child)


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    parent_code = (
        "import pathlib, sys, time\n"
        "from gigmatch.processes import spawn\n"
        f"child = spawn({STUBBORN!r}, log=pathlib.Path({str(log)!r}))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        wait_for(log, "up")
        assert is_alive(child)
        parent.kill()
        parent.wait()
        while is_alive(child):
            time.sleep(0.01)


def test_a_child_that_dies_at_start_is_reported_with_its_log() -> None:
    children = Children()
    argv = [sys.executable, "-c", "print('no disk left'); raise SystemExit(7)"]
    with pytest.raises(ProcessDied, match=r"storage ended with 7:\nno disk left"):
        children.start("storage", argv, lambda: False)
    assert children.dead() is None


def test_a_silent_child_is_stopped() -> None:
    children = Children()
    with pytest.raises(TimeoutError, match="sleeper is silent"):
        children.start("sleeper", SLEEP, lambda: False, timeout_s=0.1)


def test_a_dead_child_is_noticed(tmp_path: Path) -> None:
    children = Children(tmp_path)
    children.start("sleeper", SLEEP, lambda: True)
    assert children.dead() is None
    children.kill()
    assert children.dead() is None, "what was asked to end is not dead"


def test_a_free_port_is_free() -> None:
    assert not listens(free_port())


def test_a_port_that_was_given_lately_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gigmatch.processes._FREE_PORTS", range(14_000, 14_010))
    asking = "from gigmatch import processes as p; p._FREE_PORTS = range(14_000, 14_010); "
    asking += "print(len({p.free_port() for _ in range(3)}), flush=True); input()"
    argv = [sys.executable, "-c", asking]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "3\n"
        given = {free_port() for _ in range(7)}
        with pytest.raises(NoPortFree):
            free_port()
        other.communicate("\n", timeout=120)
    assert len(given | {free_port() for _ in range(3)}) == 10


def test_a_port_with_a_server_is_not_held() -> None:
    with socket.create_server((LOCALHOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert listens(port)
        with held_port(port) as other:
            assert other > port


def test_two_that_start_at_once_hold_two_ports() -> None:
    preferred = free_port()
    with held_port(preferred) as first, held_port(preferred) as second:
        assert first == preferred
        assert second > first
    with held_port(preferred) as again:
        assert again == first


def test_no_port_to_hold_is_told() -> None:
    with held_port(65_535), pytest.raises(NoPortFree, match="from 65535 up"), held_port(65_535):
        pass


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff first\n" + b"line\n" * 50_000 + "最后".encode())
    assert tail(log, 2) == "line\n最后"
