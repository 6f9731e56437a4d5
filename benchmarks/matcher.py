"""Our programs as processes of their own, as a user starts them."""

import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.services import Broker
from events.facts import ModelPromoted
from gigmatch.processes import (
    LOCALHOST,
    Child,
    ProcessDied,
    free_port,
    spawn,
    stop,
    tail,
    wait_until,
)
from gigmatch.settings import PACKAGED_RELEASES
from models.registry import Registry

CATCH_UP_S: Final = 300.0


class Program:
    """A running process of ours. It answers healthy once it has caught up with the log."""

    def __init__(self, child: Child, port: int) -> None:
        self._child = child
        self._port = port

    @property
    def name(self) -> str:
        """The command it was started with."""
        return self._child.name

    def resident_mib(self) -> float:
        """The memory it has in use. Raises FileNotFoundError when it has ended."""
        pages = int(Path(f"/proc/{self._child.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def metrics(self) -> str:
        """Its figures, as Prometheus reads them. Raises OSError when it does not answer."""
        with urllib.request.urlopen(f"http://{LOCALHOST}:{self._port}/metrics", timeout=5) as reply:
            return str(reply.read(), "utf-8")

    def wait_until_caught_up(self) -> None:
        """Raises ProcessDied or TimeoutError with the end of its log."""
        wait_until(lambda: _healthy(self._port), self._child, CATCH_UP_S)

    def check(self) -> None:
        """Raises ProcessDied, with the end of its log, when it has ended."""
        if (code := self._child.process.poll()) is not None:
            words = tail(self._child.log)
            raise ProcessDied("up.child_ended", name=self.name, code=code, words=words)


@contextmanager
def running_matcher(
    broker: Broker, *, partitions: int = 1, group: str | None = None
) -> Iterator[Program]:
    """`gigmatch matcher` until the end; alone unless in a group."""
    named = {} if group is None else {"GIGMATCH_GROUP": group}
    with running_program("matcher", broker, partitions=partitions, **named) as matcher:
        yield matcher


@contextmanager
def running_program(
    command: str, broker: Broker, *, partitions: int = 1, **settings: str
) -> Iterator[Program]:
    """A command of `gigmatch` until the end, its clock driven by the log."""
    port = free_port()
    usual = {
        "GIGMATCH_KAFKA": broker.bootstrap,
        "GIGMATCH_PARTITIONS": str(partitions),
        "GIGMATCH_GROUP": f"benchmarks-{port}",
        "GIGMATCH_CLOCK": "external",
        "GIGMATCH_METRICS_PORT": str(port),
        "GIGMATCH_LOG_LEVEL": "warning",
    }
    argv = [sys.executable, "-m", "gigmatch", command]
    with _running(command, argv, {**os.environ, **usual, **settings}) as child:
        yield Program(child, port)


@contextmanager
def running_contender(module: str, broker: Broker) -> Iterator[Program]:
    """A module of the benchmarks, told the broker's address, until the end; it has no port."""
    argv = [sys.executable, "-m", module, broker.bootstrap]
    with _running(module, argv, os.environ) as child:
        yield Program(child, 0)


@contextmanager
def _running(name: str, argv: Sequence[str], env: Mapping[str, str]) -> Iterator[Child]:
    with tempfile.TemporaryDirectory(prefix="gigmatch-bench-") as folder:
        log = Path(folder) / f"{name}.log"
        process = spawn(argv, log=log, env=env)
        try:
            yield Child(name, process, log)
        finally:
            stop(process)


def promotion() -> ModelPromoted:
    """The newest packaged release, at work from here on; the rules when there is none."""
    return ModelPromoted(release=Registry(PACKAGED_RELEASES).newest())


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOCALHOST}:{port}/healthz", timeout=1) as reply:
            return int(reply.status) == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
