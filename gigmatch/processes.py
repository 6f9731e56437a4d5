"""Child processes: started so that none outlives its parent, stopped by their own id."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from gigmatch.errors import SaidError

LOCALHOST: Final = "127.0.0.1"
START_TIMEOUT_S: Final = 120.0
_TAIL_BYTES: Final = 64 * 1024
# Below what Linux and macOS give to outgoing connections: none of those may take a port between
# the moment it is chosen and the moment its server listens.
_FREE_PORTS: Final = range(15_000, 32_768)
_RESERVED: Final[deque[int]] = deque()
_MOST_RESERVED: Final = 64
"""By then the server of the first of them listens, or never will."""


class ProcessDied(SaidError):
    """A child ended before it was ready; the message carries the end of its log."""


class NotReadyInTime(SaidError, TimeoutError):
    """A child is silent for too long; the message carries the end of its log."""


class NoPortFree(SaidError):
    """Every port that was tried has a server; the message carries which were."""


class Child(NamedTuple):
    """A running child and the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Children:
    """Servers of one kind: started one after the other, stopped in reverse."""

    def __init__(self, log_dir: Path | None = None) -> None:
        """Logs go to `log_dir`, or to a folder that goes away with the children."""
        self._own_dir = log_dir is None
        self.log_dir = log_dir or Path(tempfile.mkdtemp(prefix="gigmatch-"))
        self._running: list[Child] = []

    def start(
        self,
        name: str,
        argv: Sequence[str],
        answers: Callable[[], bool],
        *,
        timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        """Start a child and return when it answers.

        Raises ProcessDied or NotReadyInTime with the end of its log; then all children are stopped.
        """
        self.log_dir.mkdir(parents=True, exist_ok=True)
        log = self.log_dir / f"{name}.log"
        child = Child(name, spawn(argv, log=log), log)
        self._running.append(child)
        try:
            wait_until(answers, child, timeout_s)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int | None:
        """The process id of the child started last, while there is one."""
        return self._running[-1].process.pid if self._running else None

    def dead(self) -> Child | None:
        """The first child that ended without being asked, if any."""
        return next((child for child in self._running if child.process.poll() is not None), None)

    def stop(self) -> None:
        """Stop all children, the newest first."""
        while self._running:
            stop(self._running.pop().process)
        if self._own_dir:
            shutil.rmtree(self.log_dir, ignore_errors=True)

    def kill(self) -> None:
        """End all children at once, as a crash would."""
        for child in self._running:
            child.process.kill()
        self.stop()


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, its output appended to `log`.

    Its own session keeps a Ctrl-C in the terminal from reaching it before its parent has decided
    the order. On Linux the kernel kills the child when the thread that started it ends, so start
    children from a thread that lives as long as they should.
    """
    setpriv = shutil.which("setpriv")
    guard = [setpriv, "--pdeathsig", "KILL"] if setpriv else []
    with log.open("ab") as output:
        return subprocess.Popen(
            [*guard, *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], grace_s: float = 10.0) -> int:
    """Ask a child to end, kill it after `grace_s` seconds, and return its exit code."""
    stop_all([process], grace_s)
    return process.wait()


def stop_all(processes: Sequence[subprocess.Popen[bytes]], grace_s: float) -> None:
    """Ask children to end, all before the first is waited for; kill who has not in `grace_s`."""
    for process in processes:
        process.terminate()  # nothing to one that has ended
    give_up = time.monotonic() + grace_s
    for process in processes:
        try:
            process.wait(max(0.0, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    for process in processes:
        process.wait()


def wait_until(answers: Callable[[], bool], child: Child, timeout_s: float) -> None:
    """Return when `answers()` is true.

    Raises ProcessDied when the child ends first, NotReadyInTime after `timeout_s` seconds.
    """
    give_up = time.monotonic() + timeout_s
    while not answers():
        if (code := child.process.poll()) is not None:
            raise ProcessDied("up.child_ended", name=child.name, code=code, words=tail(child.log))
        if time.monotonic() > give_up:
            raise NotReadyInTime(
                "up.child_silent", name=child.name, s=f"{timeout_s:.0f}", words=tail(child.log)
            )
        time.sleep(0.02)


def listens(port: int, host: str = LOCALHOST) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def free_port(host: str = LOCALHOST) -> int:
    """Any port nobody listens on, nor was given lately by this or another process of ours.

    Raises NoPortFree.
    """
    for _ in range(100):
        port = _FREE_PORTS[secrets.randbelow(len(_FREE_PORTS))]
        if _bindable(port, host) and _reserve(port):
            return port
    raise NoPortFree("up.no_port", host=host)


@contextmanager
def held_port(preferred: int, host: str = LOCALHOST) -> Iterator[int]:
    """The first port from `preferred` up that nobody listens on nor holds, held until the end.

    Two that start in the same moment would find the same port free, and the later one would take
    the server of the earlier one for its own. The UDP port of the same number, which no server of
    ours uses, tells that it is taken, and the system frees it with the process.
    """
    for port in range(preferred, min(preferred + 100, 65536)):
        with socket.socket(type=socket.SOCK_DGRAM) as hold:
            try:
                hold.bind((host, port))
            except OSError:
                continue
            if _bindable(port, host):
                yield port
                return
    raise NoPortFree("up.no_port_from", preferred=preferred, host=host)


def tail(log: Path, lines: int = 20, since: int = 0) -> str:
    """The last lines of a log file, of what was written after its first `since` bytes."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(since, size - _TAIL_BYTES))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _reserve(port: int) -> bool:
    """Take a port's name for a while, and say whether nobody else has it.

    A server takes seconds from the choice of its port until it listens. The name is that of a
    socket without a file, which Linux alone has, and frees with the process.
    """
    if sys.platform != "linux":
        return True
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as name:
        try:
            name.bind(f"\0gigmatch-port-{port}")
        except OSError:
            return False
        _RESERVED.append(name.detach())
    if len(_RESERVED) > _MOST_RESERVED:
        os.close(_RESERVED.popleft())
    return True


def _bindable(port: int, host: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
