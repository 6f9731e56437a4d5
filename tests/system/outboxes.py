"""An outbox process to talk to, to kill, to fill the disk of, and what it must have published."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from events.codec import ce_type, decode, encode
from events.envelope import Record
from events.facts import Fact, JobPosted, WorkerAvailable
from events.notices import AnyFact
from events.topics import EVENTS, partition_of
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST, Child, free_port, spawn, stop, tail, wait_until
from tests.brokers import Broker
from tests.matching.scenario import JOB, WORKER
from tests.town import ZONE

PATIENCE_S = 120.0
Event = tuple[str, Fact]
"""A ce_id and what is said under it."""


class OutboxProcess:
    """`gigmatch outbox` of one station; every start is a new process on the same file."""

    def __init__(
        self, bootstrap: str, folder: Path, station: str, *options: str, **settings: str
    ) -> None:
        self.station = station
        self._options = options
        self.data = folder / f"{station}.db"
        self.log = folder / f"{station}.log"
        self._port = free_port()
        self._env = {**os.environ, "GIGMATCH_KAFKA": bootstrap, **settings}
        self.address = f"http://{LOCALHOST}:{self._port}"
        self._client = httpx.Client(base_url=self.address, timeout=60)
        self._process = self._spawn()

    def take(self, event: Event) -> httpx.Response:
        """Hand over a fact once. Raises httpx.TransportError when nobody answers."""
        id, fact = event
        headers = {"content-type": "application/json", "ce-type": ce_type(fact), "ce-id": id}
        return self._client.post("/facts", content=encode(fact), headers=headers)

    def status(self) -> Any:
        """What GET /status says."""
        return self._client.get("/status").json()

    def wait_ready(self) -> None:
        """Return when it takes facts."""
        wait_until(self._answers, Child("outbox", self._process, self.log), PATIENCE_S)

    def wait_sent(self) -> None:
        """Return when nothing waits."""
        self.wait_for(lambda status: status["waiting"] == 0)

    def wait_for(self, holds: Callable[[Any], bool]) -> None:
        """Return when something holds of what GET /status says."""
        give_up = time.monotonic() + PATIENCE_S
        while not holds(status := self.status()):
            assert time.monotonic() < give_up, (status, tail(self.log))
            time.sleep(0.1)

    def fill_disk(self, room: int = 0) -> None:
        """From now on no file of it may be longer than its database now, and `room` bytes."""
        size = self.data.stat().st_size
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size + room, hard))

    def break_disk(self) -> None:
        """From now on nothing can be written at all."""
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (0, hard))

    def free_disk(self) -> None:
        """There is room again."""
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def start_again(self) -> None:
        """Start a new process and wait for it."""
        self._process = self._spawn()
        self.wait_ready()

    @property
    def ended(self) -> bool:
        """Whether it is not running."""
        return self._process.poll() is not None

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self._client.close()
        return stop(self._process, 120)

    def _answers(self) -> bool:
        try:
            return self._client.get("/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _spawn(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "gigmatch", "outbox", "--station", self.station]
        argv += ["--data", str(self.data), "--port", str(self._port), *self._options]
        return spawn(argv, log=self.log, env=self._env)


@contextmanager
def running_outbox(
    bootstrap: str, folder: Path, station: str = f"{ZONE}-05", *options: str, **settings: str
) -> Iterator[OutboxProcess]:
    """An outbox that takes facts, stopped at the end, whatever happens."""
    outbox = OutboxProcess(bootstrap, folder, station, *options, **settings)
    try:
        outbox.wait_ready()
        yield outbox
    finally:
        outbox.stop()


def sayings(station: str, count: int, begin: int = 0) -> list[Event]:
    """So many different facts of a station, every fiftieth a posting."""
    return [(f"{station}/{n}", _saying(station, n)) for n in range(begin, begin + count)]


def published(broker: Broker, partitions: int = 1) -> list[Record]:
    """The records of the zone's partition of `market.events`."""
    with LogReader(broker.bootstrap) as reader:
        return list(reader.read(EVENTS, partition_of(ZONE, partitions)))


def said(records: Iterable[Record], source: str) -> list[tuple[str, AnyFact]]:
    """What a station has said, without repetitions, in the order of the log."""
    once: dict[str, AnyFact] = {}
    for record in records:
        event = decode(record)
        if event.source == source:
            fact = once.setdefault(event.id, event.fact)
            assert fact == event.fact, f"{event.id} has two contents"
    return list(once.items())


def _saying(station: str, number: int) -> JobPosted | WorkerAvailable:
    if number % 50 == 0:
        return msgspec.structs.replace(
            JOB, job_id=f"J-{station}-{number}", station_id=station, skills=("masonry",)
        )
    return msgspec.structs.replace(WORKER, worker_id=f"W-{station}-{number}", station_id=station)
