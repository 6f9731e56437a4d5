"""The supervisor on real programs: small Python servers that die in every way."""

import sys
import threading
import time
from pathlib import Path

import pytest

from gigmatch import supervisor as module
from gigmatch.processes import ProcessDied, free_port, listens
from gigmatch.supervisor import GaveUp, Program, Stopped, Supervisor

HEALTHY = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            sys.stdout.write("last words\\n"); sys.stdout.flush()
            import os; os._exit(9)
        import os
        sick = sys.argv[3:] and os.path.exists(sys.argv[3])
        self.send_response(503 if sick else int(sys.argv[2])); self.end_headers()
        if sick: self.wfile.write(open(sys.argv[3], "rb").read())
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
ENDS_WITH_THE_OTHER = """
import pathlib, signal, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
def end(*_):
    mine.touch()
    while not other.exists(): time.sleep(0.01)
    print("ended well", flush=True)
    raise SystemExit
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
while True: time.sleep(60)
"""
"""Ends, once it is told to, when another has been told to as well."""
QUICK_TO_DIE = "print('no such topic'); raise SystemExit(4)"


def server(name: str = "server", status: int = 200, sick: Path | None = None) -> Program:
    """A program; while there is a file `sick`, it is not ready, for the reason in the file."""
    port = free_port()
    argv = [sys.executable, "-c", HEALTHY, str(port), str(status), *([str(sick)] if sick else [])]
    return Program(name=name, argv=argv, env={}, port=port)


def dying(name: str = "dying") -> Program:
    argv = [sys.executable, "-c", QUICK_TO_DIE]
    return Program(name=name, argv=argv, env={}, port=free_port())


class Stage:
    """A supervisor with what it said, and a way to make a program die."""

    def __init__(self, log_dir: Path, *programs: Program, language: str = "en") -> None:
        self.said: list[str] = []
        self.asked_to_stop = threading.Event()
        self.supervisor = Supervisor(log_dir, say=self._say, language=language)
        self._stop_when_said = ""
        for program in programs:
            self.supervisor.start(program)

    def stop_when_said(self, text: str) -> None:
        self._stop_when_said = text

    def _say(self, text: str) -> None:
        self.said.append(text)
        if self._stop_when_said and self._stop_when_said in text:
            self.asked_to_stop.set()


def kill(program: Program) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=60)
    connection.request("GET", "/die")
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.getresponse()
    connection.close()


def test_programs_start_together_answer_and_stop(tmp_path: Path) -> None:
    first, second = server("first"), server("second")
    stage = Stage(tmp_path, first, second)
    stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    assert listens(first.port)
    assert listens(second.port)
    stage.supervisor.stop()
    assert not listens(first.port)
    assert not listens(second.port)
    assert stage.said == []


def test_all_are_told_to_end_before_one_is_waited_for(tmp_path: Path) -> None:
    names = ("first", "second")
    stage = Stage(tmp_path)
    for name, other in zip(names, reversed(names), strict=True):
        argv = [sys.executable, "-c", ENDS_WITH_THE_OTHER, tmp_path / name, tmp_path / other]
        stage.supervisor.start(Program(name, list(map(str, argv)), {}, free_port()))
    logs = [tmp_path / f"{name}.log" for name in names]
    while not all(log.exists() and "up" in log.read_text() for log in logs):
        time.sleep(0.01)
    stage.supervisor.stop()
    assert [log.read_text() for log in logs] == ["up\nended well\n"] * 2


def test_what_dies_is_started_again_and_its_last_words_are_shown(tmp_path: Path) -> None:
    program = server()
    stage = Stage(tmp_path, program)
    stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    kill(program)
    stage.stop_when_said("last words")
    stage.supervisor.watch(stage.asked_to_stop)
    assert "server ended with exit code 9" in stage.said[0]
    stage.asked_to_stop.clear()
    stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    assert listens(program.port)
    stage.supervisor.stop()


def test_it_gives_up_after_several_quick_deaths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    stage = Stage(tmp_path, dying())
    with pytest.raises(GaveUp, match=r"exit code 4.*5 times in a row(.|\n)*no such topic"):
        stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    assert len(stage.said) == 4
    stage.supervisor.stop()


def test_what_happens_is_told_in_the_language_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(module, "QUICK_DEATHS", 2)
    stage = Stage(tmp_path, dying("matcher"), language="zh-CN")
    with pytest.raises(GaveUp) as gave_up:
        stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    stage.supervisor.stop()
    (said,) = stage.said
    assert said.startswith("matcher 运行 ")
    assert "秒后停止，退出码 4；0.0 秒后重新启动" in said
    assert "退出码 4，已连续 2 次，不再重试" in gave_up.value.told("zh-CN")


def test_a_program_that_is_up_but_not_healthy_is_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path, server("sick", status=503))
    with pytest.raises(TimeoutError, match="sick"):
        stage.supervisor.wait_ready(stage.asked_to_stop, 0.5)
    stage.supervisor.stop()


def test_who_is_not_ready_any_more_is_told_once_and_that_it_is_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    sick = tmp_path / "sick"
    stage = Stage(tmp_path, server("well"), server("matcher", sick=sick))
    stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    sick.write_text('{"status": "not ready", "reason": "the broker does not answer"}')
    stage.stop_when_said("not ready")
    stage.supervisor.watch(stage.asked_to_stop)
    sick.unlink()
    stage.asked_to_stop.clear()
    stage.stop_when_said("again")
    stage.supervisor.watch(stage.asked_to_stop)
    stage.supervisor.stop()
    assert stage.said == [
        f"matcher is not ready: the broker does not answer; its log is {tmp_path / 'matcher.log'}",
        "matcher is ready again",
    ]


def test_asking_to_stop_ends_the_wait(tmp_path: Path) -> None:
    stage = Stage(tmp_path, server("sick", status=503))
    stage.asked_to_stop.set()
    with pytest.raises(Stopped):
        stage.supervisor.wait_ready(stage.asked_to_stop, 120)
    stage.supervisor.stop()


def test_a_lost_server_ends_the_watch(tmp_path: Path) -> None:
    def lost() -> None:
        raise ProcessDied("up.server_ended", name="broker", log="broker.log", words="killed")

    supervisor = Supervisor(tmp_path, say=print, servers_alive=lost)
    supervisor.start(server())
    with pytest.raises(ProcessDied, match="broker ended"):
        supervisor.watch(threading.Event())
    supervisor.stop()
