"""Our matcher as a process of its own, as a user starts it."""

import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
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
COMMAND: Final = (sys.executable, "-m", "gigmatch", "matcher")


class Matcher:
    """A running matcher process. It answers healthy once it has caught up with the log."""

    def __init__(self, child: Child, port: int) -> None:
        self._child = child
        self._port = port

    def wait_until_caught_up(self) -> None:
        """Raises ProcessDied or TimeoutError with the end of its log."""
        wait_until(lambda: _healthy(self._port), self._child, CATCH_UP_S)

    def check(self) -> None:
        """Raises ProcessDied, with the end of its log, when it has ended."""
        if (code := self._child.process.poll()) is not None:
            raise ProcessDied(f"the matcher ended with {code}:\n{tail(self._child.log)}")


@contextmanager
def running_matcher(
    broker: Broker, *, partitions: int = 1, group: str | None = None
) -> Iterator[Matcher]:
    """`gigmatch matcher` until the end, its clock driven by the log; alone unless in a group."""
    folder = tempfile.TemporaryDirectory(prefix="gigmatch-bench-")
    log = Path(folder.name) / "matcher.log"
    port = free_port()
    settings = {
        "GIGMATCH_KAFKA": broker.bootstrap,
        "GIGMATCH_PARTITIONS": str(partitions),
        "GIGMATCH_GROUP": group or f"benchmarks-{port}",
        "GIGMATCH_CLOCK": "external",
        "GIGMATCH_METRICS_PORT": str(port),
        "GIGMATCH_LOG_LEVEL": "warning",
        "GIGMATCH_FETCH_WAIT_MS": "500" if broker.wakes_fetches else "10",
    }
    process = spawn(COMMAND, log=log, env={**os.environ, **settings})
    try:
        yield Matcher(Child("matcher", process, log), port)
    finally:
        stop(process)
        folder.cleanup()


def promotion() -> ModelPromoted:
    """The newest packaged release, at work from here on; the rules when there is none."""
    return ModelPromoted(release=Registry(PACKAGED_RELEASES).newest())


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOCALHOST}:{port}/healthz", timeout=1) as reply:
            return int(reply.status) == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
