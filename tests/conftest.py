"""Servers that tests share. Brokers are fresh for every module: no test sees another's data.

- `broker`: Apache Kafka and the embedded broker in turn; a test that takes it runs on both.
- `kafka`, `embedded_broker`: one of the two.
- `new_broker(kind)`: one more, empty, for this test alone.
- `redis_url`: the embedded Valkey, emptied before every test. `redis_server`: the system's.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis

from gigmatch.embedded import EmbeddedRedis
from tests.brokers import Broker, BrokerKind, KafkaBroker, MemoryBroker, RedisServer, start_broker

# A busy machine is no reason for a test to fail, nor is an unlucky draw: what a run draws is the
# same each time, and the long forms draw anew.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize=not os.environ.get("GIGMATCH_LONG"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

_OF_PROCESSES = ("benchmarks", "browser", "chaos", "system")
_SERVERS = {"broker", "embedded_broker", "kafka", "new_broker", "redis_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests of real processes a second try; the summary names each that needed it.

    Schedulers, kernels and browsers are part of such a test and not ours alone. What fails twice
    fails. What runs in this process is the same each time: it has one try.
    """
    root = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(root).parts[0]
        if folder in _OF_PROCESSES or _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="module", params=[pytest.param("kafka", marks=pytest.mark.kafka), "embedded"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A running, empty broker of each kind."""
    running = start_broker(request.param)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def kafka() -> Iterator[KafkaBroker]:
    """A running, empty Apache Kafka."""
    running = KafkaBroker()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def embedded_broker() -> Iterator[MemoryBroker]:
    """A running, empty embedded broker."""
    with MemoryBroker() as running:
        yield running


@pytest.fixture
def new_broker() -> Iterator[Callable[[BrokerKind], Broker]]:
    """Starts brokers that end with the test."""
    running: list[Broker] = []

    def start(kind: BrokerKind) -> Broker:
        running.append(start_broker(kind))
        return running[-1]

    yield start
    for started in reversed(running):
        started.stop()


@pytest.fixture(scope="session")
def _valkey() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as running:
        yield running


@pytest.fixture
def redis_url(_valkey: EmbeddedRedis) -> str:
    """The address of an empty Valkey."""
    with Redis.from_url(_valkey.url) as client:
        client.flushall()
    return _valkey.url


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    """A running, empty redis-server of the system."""
    running = RedisServer()
    running.start()
    yield running
    running.stop()
