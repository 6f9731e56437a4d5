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
from gigmatch.processes import LOCALHOST, Child, free_port, spawn, stop, wait_until
from gigmatch.settings import PACKAGED_RELEASES
from models.registry import Registry

START_S: Final = 60.0
COMMAND: Final = (sys.executable, "-m", "gigmatch", "matcher")


@contextmanager
def running_matcher(broker: Broker) -> Iterator[None]:
    """`gigmatch matcher` on one partition, its clock driven by the log, until the end."""
    folder = tempfile.TemporaryDirectory(prefix="gigmatch-bench-")
    log = Path(folder.name) / "matcher.log"
    port = free_port()
    settings = {
        "GIGMATCH_KAFKA": broker.bootstrap,
        "GIGMATCH_PARTITIONS": "1",
        "GIGMATCH_GROUP": f"benchmarks-{port}",
        "GIGMATCH_CLOCK": "external",
        "GIGMATCH_METRICS_PORT": str(port),
        "GIGMATCH_LOG_LEVEL": "warning",
        "GIGMATCH_FETCH_WAIT_MS": "500" if broker.wakes_fetches else "10",
    }
    process = spawn(COMMAND, log=log, env={**os.environ, **settings})
    try:
        wait_until(lambda: _healthy(port), Child("matcher", process, log), START_S)
        yield
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
