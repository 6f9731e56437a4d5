"""Keeps programs running: starts them together, restarts what dies, stops them together."""

import itertools
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from events.texts import text
from gigmatch.errors import SaidError, in_each_language
from gigmatch.processes import LOCALHOST, NotReadyInTime, spawn, stop_all, tail
from gigmatch.readiness import ask_readiness

QUICK_S: Final = 10.0  # a program that ends sooner than this after its start died quickly
QUICK_DEATHS: Final = 5
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0
GRACE_S: Final = 5.0
LAST_WORDS: Final = 12  # lines
LOOK_EVERY_S: Final = 2.0
"""Between two looks at whether a program is ready; they are looked at in turn."""
PATIENCE_S: Final = 10.0
"""Who was not ready for a shorter time, as after a restart, is no news."""
_POLL_S: Final = 0.1
_HEALTH_TIMEOUT_S: Final = 2.0


class Program(NamedTuple):
    """What to keep running. It is ready when /healthz on `port` of this machine answers 200."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    port: int


class GaveUp(SaidError):
    """A program cannot be kept running; the message carries the end of its log."""


class Stopped(Exception):
    """Someone asked to stop before everything was ready."""


class Supervisor:
    """Keeps programs running until told to stop. Not for use from several threads."""

    def __init__(
        self,
        log_dir: Path,
        *,
        say: Callable[[str], None],
        language: str = "en",
        servers_alive: Callable[[], None] = lambda: None,
    ) -> None:
        """`servers_alive` raises when a server that the programs need is gone for good.

        `say` gets in `language` what happens to the programs.
        """
        self._log_dir = log_dir
        self._say = say
        self._language = language
        self._servers_alive = servers_alive
        self._kept: list[_Kept] = []

    def start(self, program: Program) -> None:
        """Start a program, without waiting for it, and keep it running from now on."""
        kept = _Kept(program, self._log_dir / f"{program.name}.log", self._say, self._language)
        self._kept.append(kept)
        kept.start()

    def wait_ready(self, asked_to_stop: threading.Event, timeout_s: float) -> None:
        """Return when every program is ready.

        Raises Stopped, GaveUp, or NotReadyInTime that names the silent programs and their logs.
        """
        give_up = time.monotonic() + timeout_s
        waiting = list(self._kept)
        while waiting := [kept for kept in waiting if not kept.is_ready()]:
            if time.monotonic() > give_up:
                silent = "\n".join(f"{kept.name}:\n{kept.last_words()}" for kept in waiting)
                raise NotReadyInTime("up.not_ready_in_time", s=f"{timeout_s:.0f}", silent=silent)
            if asked_to_stop.wait(_POLL_S):
                raise Stopped
            self._poll()

    def watch(self, asked_to_stop: threading.Event) -> None:
        """Restart what dies and tell who is not ready, until asked to stop. Raises GaveUp."""
        turns = itertools.cycle(self._kept)
        look_at = time.monotonic() + LOOK_EVERY_S
        while not asked_to_stop.wait(_POLL_S):
            self._poll()
            if time.monotonic() >= look_at:
                next(turns).look()  # one at a time: each may take its whole timeout
                look_at = time.monotonic() + LOOK_EVERY_S

    def stop(self) -> None:
        """Tell all programs to end, then wait for them: none needs another to end well."""
        running = [kept.let_go() for kept in self._kept]
        stop_all([process for process in running if process is not None], GRACE_S)

    def _poll(self) -> None:
        self._servers_alive()
        for kept in self._kept:
            kept.poll()


class _Kept:
    """One program: its process, and how often it died lately."""

    def __init__(
        self, program: Program, log: Path, say: Callable[[str], None], language: str
    ) -> None:
        self.name = program.name
        self.log = log
        self._program = program
        self._say = say
        self._language = language
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._log_begins = 0
        self._restart_at: float | None = None
        self._quick_deaths = 0
        self._unready_since: float | None = None
        self._is_told_unready = False

    def start(self) -> None:
        self._log_begins = self.log.stat().st_size if self.log.exists() else 0
        self._process = spawn(self._program.argv, log=self.log, env=self._program.env)
        self._started = time.monotonic()
        self._restart_at = None

    def poll(self) -> None:
        """Notice a death and plan the restart, or restart when it is time."""
        if self._process is None or (code := self._process.poll()) is None:
            return
        if self._restart_at is None:
            self._restart_at = time.monotonic() + self._pause_after(code)
        elif time.monotonic() >= self._restart_at:
            self.start()

    def _pause_after(self, code: int) -> float:
        """The seconds to wait before the next start. Raises GaveUp after too many quick deaths."""
        lived = time.monotonic() - self._started
        self._quick_deaths = self._quick_deaths + 1 if lived < QUICK_S else 1
        how = in_each_language("up.ended", name=self.name, code=code, lived=f"{lived:.1f}")
        words = self.last_words()
        if self._quick_deaths >= QUICK_DEATHS:
            raise GaveUp("up.gave_up", how=how, n=self._quick_deaths, log=self.log, words=words)
        pause = min(FIRST_PAUSE_S * 2.0 ** (self._quick_deaths - 1), LONGEST_PAUSE_S)
        self._tell("up.again", how=how[self._language], pause=f"{pause:.1f}", words=words)
        return pause

    def _tell(self, key: str, **details: object) -> None:
        self._say(text(key, self._language, **details))

    def last_words(self) -> str:
        """The end of what it wrote since its last start."""
        return tail(self.log, LAST_WORDS, self._log_begins)

    def is_ready(self) -> bool:
        """Whether /healthz answers 200."""
        return not self._why_unready()

    def look(self) -> None:
        """Say once that it is not ready, and once that it is again."""
        if not (why := self._why_unready()):
            if self._is_told_unready:
                self._tell("up.ready_again", name=self.name)
            self._unready_since, self._is_told_unready = None, False
            return
        now = time.monotonic()
        if self._unready_since is None:
            self._unready_since = now
        if not self._is_told_unready and now - self._unready_since >= PATIENCE_S:
            self._tell("up.unready", name=self.name, why=why, log=self.log)
            self._is_told_unready = True

    def _why_unready(self) -> str:
        return ask_readiness(LOCALHOST, self._program.port, _HEALTH_TIMEOUT_S)

    def let_go(self) -> subprocess.Popen[bytes] | None:
        """Its process, if there is one: it is not kept running any more."""
        process, self._process = self._process, None
        return process
