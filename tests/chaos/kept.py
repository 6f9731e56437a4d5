"""Processes that are started again whenever they end, as a supervisor does."""

import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gigmatch.processes import LOCALHOST, free_port, spawn, stop, tail

_LOOK_S: Final = 0.02
_AGAIN_S: Final = 0.1
ASKED_S: Final = 0.2
"""Between two questions to brokers, which take both sides some time."""


class Kept:
    """A program that should run. `argv` and `env` are what it is started with the next time."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.name, self.argv, self.log = name, list(argv), log
        self.port = free_port()
        self.env = {**os.environ, **env, "GIGMATCH_METRICS_PORT": str(self.port)}
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)  # who starts often compiles once
        self.wanted = True
        self.starts = 0
        self.ends: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start it when it should run and does not."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.ends.append(code)
            self.process = None
            self._note(f"ended with {code}")
            time.sleep(_AGAIN_S)
        if self.process is None and self.wanted:
            self._note("started as " + " ".join(self.argv[1:]))
            self.process = spawn(self.argv, log=self.log, env=self.env)
            self.starts += 1

    def _note(self, what: str) -> None:
        """Write among what it says what happens to it."""
        with self.log.open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S.%f} {self.name} {what}\n")

    def send(self, number: int) -> None:
        """Send it a signal, when it runs."""
        process = self.process
        if process is not None and process.poll() is None:
            process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would; it is started again."""
        self.wait_running()
        ended = len(self.ends)
        self.send(signal.SIGKILL)
        wait_for(lambda: len(self.ends) > ended, f"{self.name} is killed")

    def wait_running(self) -> None:
        """Return when there is a process."""
        wait_for(lambda: self.process is not None, f"{self.name} is started")

    def ready(self) -> bool:
        """Whether it says that it does its work."""
        connection = http.client.HTTPConnection(LOCALHOST, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_ready(self) -> None:
        """Return when it does its work."""
        wait_for(self.ready, f"{self.name} is ready", self.log)

    def finish(self) -> None:
        """End it for good."""
        self.wanted = False
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            stop(self.process, 15)


class Keeper(threading.Thread):
    """Looks after programs. All are children of this thread, and end with it."""

    def __init__(self) -> None:
        super().__init__(name="keeper")
        self._kept: list[Kept] = []
        self._over = threading.Event()

    def keep(self, kept: Kept) -> Kept:
        """Start a program and look after it."""
        self._kept = [*self._kept, kept]
        return kept

    def run(self) -> None:
        """Look after them until all is over."""
        try:
            while not self._over.wait(_LOOK_S):
                for kept in self._kept:
                    kept.look()
        finally:
            for kept in self._kept:
                kept.wanted = False
                kept.send(signal.SIGKILL)
                if kept.process is not None:
                    kept.process.wait()

    def end(self) -> None:
        """End all of them."""
        self._over.set()
        self.join()


@contextmanager
def keeping() -> Iterator[Keeper]:
    """A keeper at work."""
    keeper = Keeper()
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.end()


def wait_for(
    holds: Callable[[], bool],
    what: str,
    log: Path | None = None,
    patience_s: float = 240.0,
    every_s: float = 0.03,
) -> None:
    """Return when something holds. Raises TimeoutError that says what does not."""
    give_up = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > give_up:
            seen = f"\n{tail(log)}" if log is not None and log.exists() else ""
            raise TimeoutError(f"not so for {patience_s:.0f} s: {what}{seen}")
        time.sleep(every_s)
