"""A matcher process to start and kill, a stream to feed it, and what its outcomes must equal."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from events.envelope import Record
from events.topics import EVENTS, OUTCOMES
from gigmatch.dark import DarkTown
from gigmatch.fold import bytes_of, fold, read_topic
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST, Child, free_port, spawn, stop, tail, wait_until
from gigmatch.settings import PACKAGED_RELEASES
from gigmatch.topics_admin import ensure_topics
from matching.engine import Engine
from models.registry import Registry
from producers.publisher import Publisher
from producers.simulator.simulation import TownSimulation
from tests.brokers import Broker
from tests.town import NOW

PATIENCE_S = 120.0


class MatcherProcess:
    """`gigmatch matcher` against a broker; every start is a new process of the same group."""

    def __init__(self, broker: Broker, folder: Path, **settings: str) -> None:
        self.log = folder / "matcher.log"
        self._port = free_port()
        self._env = {
            **os.environ,
            "GIGMATCH_KAFKA": broker.bootstrap,
            "GIGMATCH_CLOCK": "external",
            "GIGMATCH_METRICS_PORT": str(self._port),
            "GIGMATCH_SNAPSHOT_EVERY": "300",
            **settings,
        }
        self._process = self._spawn()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """Start a new one."""
        self._process = self._spawn()

    def wait_ready(self) -> None:
        """Return when it owns its partitions."""
        child = Child("matcher", self._process, self.log)
        wait_until(lambda: scraped(self._port, "/healthz").startswith("200"), child, PATIENCE_S)

    def metric(self, name: str) -> float:
        """The value of an unlabelled metric."""
        child = Child("matcher", self._process, self.log)
        wait_until(lambda: scraped(self._port, "/metrics").startswith("200"), child, PATIENCE_S)
        for line in scraped(self._port, "/metrics").splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def memory(self) -> int:
        """Its resident memory in bytes."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        return stop(self._process, 120)

    def wait_ended(self) -> int:
        """Return its exit code when it has ended by itself."""
        return self._process.wait(PATIENCE_S)

    @property
    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None

    def pause(self) -> None:
        """Freeze it."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def _spawn(self) -> subprocess.Popen[bytes]:
        return spawn([sys.executable, "-m", "gigmatch", "matcher"], log=self.log, env=self._env)


def scraped(port: int, path: str) -> str:
    """What a process answers on its port: the status, then the body; "" while it does not."""
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return f"{response.status}\n{response.read().decode()}"
    except OSError:
        return ""
    finally:
        connection.close()


@contextmanager
def running_matcher(broker: Broker, folder: Path, **settings: str) -> Iterator[MatcherProcess]:
    """A matcher that is stopped at the end, whatever happens."""
    matcher = MatcherProcess(broker, folder, **settings)
    try:
        yield matcher
    finally:
        matcher.stop()


def town_log(days: float, seed: int = 3, registered: int = 600) -> list[Record]:
    """The events of a small simulated town, as they would stand in one partition."""
    engine = Engine(0, 1, Registry(PACKAGED_RELEASES).open)
    town = DarkTown(TownSimulation(seed, NOW, registered=registered), engine, NOW)
    return [happening.record for happening in town.run(NOW + round(days * 86_400_000))]


def make_topics(broker: Broker, partitions: int) -> None:
    """The topics with so many partitions, empty on a new broker."""
    ensure_topics(broker.bootstrap, partitions, 1)


def publish(broker: Broker, records: Sequence[Record]) -> None:
    """Publish records of a log in order, each to its own partition."""
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for record in records:
        publisher.publish(
            EVENTS,
            record.value,
            key=record.key,
            headers=record.headers,
            partition=record.partition,
            timestamp=record.timestamp,
        )
    publisher.close()


def folded_outcomes(broker: Broker, partitions: int) -> dict[str, bytes]:
    """What an undisturbed matcher answers to the log on the broker, by outcome id."""
    expected: dict[str, bytes] = {}
    fold(
        read_topic(broker.bootstrap),
        partitions,
        Registry(PACKAGED_RELEASES).open,
        on_emission=lambda _, emission: expected.__setitem__(emission.id, bytes_of(emission)),
    )
    return expected


def published_outcomes(broker: Broker) -> tuple[dict[str, bytes], int]:
    """What `market.outcomes` holds by id, and how many records; repetitions must be equal."""
    found: dict[str, bytes] = {}
    count = 0
    with LogReader(broker.bootstrap) as reader:
        for partition in reader.partitions(OUTCOMES):
            for record in reader.read(OUTCOMES, partition):
                id = dict(record.headers)["ce_id"].decode()
                content = content_of(record)
                assert found.setdefault(id, content) == content, f"{id} has two contents"
                count += 1
    return found, count


def wait_for_outcomes(broker: Broker, ids: set[str], matcher: MatcherProcess) -> None:
    """Return when every id has been published; a matcher that still publishes is waited for."""
    give_up, known = time.monotonic() + PATIENCE_S, 0
    while not ids <= (found := published_outcomes(broker)[0].keys()):
        assert not matcher.ended, tail(matcher.log)
        if len(found) > known:
            give_up, known = time.monotonic() + PATIENCE_S, len(found)
        assert time.monotonic() < give_up, tail(matcher.log)
        time.sleep(0.3)


def content_of(record: Record) -> bytes:
    """Id, headers and value of an outcome on the topic, as `bytes_of` writes an emission."""
    headers = b"".join(name.encode() + b"=" + value + b"\n" for name, value in record.headers)
    return dict(record.headers)["ce_id"] + b"\n" + headers + (record.value or b"") + b"\n"
