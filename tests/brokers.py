"""Real brokers and Redis servers for the tests, each in a process of its own on free ports."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from gigmatch.embedded import EmbeddedBroker
from gigmatch.processes import LOCALHOST, Children, free_port, listens, spawn

BrokerKind = Literal["kafka", "embedded"]

KAFKA_JARS: Final = Path(__file__).parent.parent / ".cache" / "kafka"
CLASSES: Final = KAFKA_JARS / "classes.jsa"
"""What a Java machine need not load and check again; it does without one that is not its own."""

_CLUSTER_ID: Final = "Z2lnbWF0Y2gtdGVzdHMtMQ"
_JVM: Final = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_PROPERTIES: Final = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}{listeners}
advertised.listeners=PLAINTEXT://{host}:{port}{advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
controlled.shutdown.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=3000
log.cleaner.dedupe.buffer.size=4194304
num.io.threads=2
num.network.threads=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=1
transaction.state.log.min.isr={replicas_needed}
transaction.state.log.replication.factor={replicas}
min.insync.replicas={replicas_needed}
"""

_FORMATTED: Final[dict[tuple[int | str, ...], dict[str, bytes]]] = {}
"""The first files of brokers: a Java machine of its own writes them, in a second and more."""


class Broker(Protocol):
    """A running broker. `bootstrap` is host:port for Kafka clients."""

    kind: BrokerKind

    @property
    def bootstrap(self) -> str: ...

    def stop(self) -> None: ...


class MemoryBroker(EmbeddedBroker):
    """The embedded broker, with what a test must know of it."""

    kind: BrokerKind = "embedded"

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """For a while its line takes everything and passes nothing on."""
        gate = self._children.pid
        assert gate is not None
        os.kill(gate, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(gate, signal.SIGCONT)


class Line(NamedTuple):
    """A listener behind a proxy: clients are told to go to `port`, the broker is at `behind`."""

    port: int
    behind: int


class KafkaBroker:
    """Apache Kafka in KRaft mode: a node, broker and controller at once, its data in a folder.

    Who connects to `behind` is told to go on at `line`: a proxy that listens there and passes on
    to `behind` sees everything its clients do. There is one such line, or one for each of `lines`.
    `controllers` are the ports of all nodes of a cluster, by their numbers.
    """

    kind: BrokerKind = "kafka"

    def __init__(
        self,
        *more: str,
        users: Sequence[str] = (),
        node: int = 1,
        controllers: Mapping[int, int] | None = None,
        lines: Sequence[str] = ("LINE",),
    ) -> None:
        """`more` are lines of server.properties, `users` of `kafka-storage format --add-scram`."""
        if not any(KAFKA_JARS.glob("kafka_2.13-*.jar")):
            raise FileNotFoundError(f"Apache Kafka is not in {KAFKA_JARS}: run `make kafka`")
        self.node, self.port = node, free_port()
        self.lines = {name: Line(free_port(), free_port()) for name in lines}
        self.line, self.behind = self.lines[lines[0]]
        self._folder = Path(tempfile.mkdtemp(prefix="gigmatch-kafka-"))
        self._properties = self._folder / "server.properties"
        described = self._described(more, controllers or {node: free_port()})
        self._properties.write_text(described)
        self._children = Children(self._folder)
        self._format(users)

    @property
    def bootstrap(self) -> str:
        """The address for Kafka clients."""
        return f"{LOCALHOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._children.pid

    @property
    def answers(self) -> bool:
        """Whether it accepts clients."""
        return listens(self.port)

    def start(self) -> None:
        """Start, or start again on the same data, and return when it accepts clients."""
        self._start(lambda: self.answers)

    def launch(self) -> None:
        """Start without waiting: one of a cluster answers when most of them are there."""
        self._start(lambda: True)

    def archive_classes(self) -> None:
        """Start and end, and leave the classes it has loaded in `CLASSES`."""
        made = CLASSES.with_suffix(".new")
        argv = _java("kafka.Kafka", str(self._properties), classes=f"ArchiveClassesAtExit={made}")
        process = spawn(argv, log=self._folder / "kafka.log")
        give_up = time.monotonic() + 240
        while not self.answers and time.monotonic() < give_up:
            time.sleep(0.1)
        process.terminate()
        process.wait(240)
        made.replace(CLASSES)

    def kill(self) -> None:
        """End it as a power cut would; `start` goes on from what reached the disk."""
        self._children.kill()

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._children.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, answers: Callable[[], bool]) -> None:
        argv = _java("kafka.Kafka", str(self._properties))
        self._children.start("kafka", argv, answers, timeout_s=240)

    def _described(self, more: Sequence[str], controllers: Mapping[int, int]) -> str:
        lines = self.lines.items()
        properties = [_PROPERTIES, *more]  # of a name that stands twice, the last counts
        return "\n".join(properties).format(
            host=LOCALHOST,
            node=self.node,
            port=self.port,
            line=self.line,
            behind=self.behind,
            controller=controllers[self.node],
            voters=",".join(f"{node}@{LOCALHOST}:{port}" for node, port in controllers.items()),
            listeners="".join(f",{name}://{LOCALHOST}:{line.behind}" for name, line in lines),
            advertised="".join(f",{name}://{LOCALHOST}:{line.port}" for name, line in lines),
            protocols="".join(f",{name}:PLAINTEXT" for name, _ in lines),
            replicas=len(controllers),
            replicas_needed=len(controllers) // 2 + 1,
            data=self._folder / "data",
        )

    def _format(self, users: Sequence[str]) -> None:
        """Give it an empty log; the files of one depend on its number and users alone."""
        data = self._folder / "data"
        same: tuple[int | str, ...] = (self.node, *users)
        if same in _FORMATTED:
            data.mkdir()
            for name, content in _FORMATTED[same].items():
                (data / name).write_bytes(content)
            return
        argv = _java("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID)
        argv += ["-c", str(self._properties)]
        for user in users:
            argv += ["--add-scram", user]
        subprocess.run(argv, check=True, capture_output=True, timeout=240)
        _FORMATTED[same] = {file.name: file.read_bytes() for file in data.iterdir()}


def start_broker(kind: BrokerKind) -> Broker:
    """A broker of a kind, running and empty."""
    broker: KafkaBroker | MemoryBroker
    broker = KafkaBroker() if kind == "kafka" else MemoryBroker()
    broker.start()
    return broker


class RedisServer:
    """The system's redis-server, data in memory."""

    def __init__(self, *options: str) -> None:
        """`options` are more arguments of redis-server."""
        self.port = free_port()
        self._options = options
        self._children = Children()

    @property
    def url(self) -> str:
        """The address for Redis clients."""
        return f"redis://{LOCALHOST}:{self.port}/0"

    def start(self) -> None:
        """Start, and return when it accepts clients."""
        binary = shutil.which("redis-server")
        if binary is None:
            raise FileNotFoundError("redis-server is not installed: apt-get install redis-server")
        argv = [binary, "--port", str(self.port), "--bind", LOCALHOST, "--save", ""]
        argv += ["--dir", str(self._children.log_dir), *self._options]
        self._children.start("redis-server", argv, lambda: listens(self.port))

    def kill(self) -> None:
        """End it as a power cut would; the data is gone."""
        self._children.kill()

    def stop(self) -> None:
        """Stop it; the data is gone."""
        self._children.stop()


def _java(
    main_class: str, *arguments: str, classes: str = f"SharedArchiveFile={CLASSES}"
) -> list[str]:
    java = shutil.which("java")
    if java is None:
        raise FileNotFoundError("java is not installed: apt-get install openjdk-17-jre-headless")
    return [java, *_JVM, f"-XX:{classes}", "-cp", f"{KAFKA_JARS}/*", main_class, *arguments]
