"""What keeps a client out, told apart: no TLS there, something else there, nobody who answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException
from redis.exceptions import TimeoutError as RedisTimeoutError

from events.topics import EVENTS
from gigmatch.checkup import examine
from gigmatch.processes import LOCALHOST
from gigmatch.settings import Settings
from gigmatch.tls_trouble import kafka_trouble, kafka_why, redis_trouble
from gigmatch.topics_admin import TopicsError, check_topics
from producers.publisher import DeliveryError, Publisher
from streams.trouble import trouble_of
from tests.brokers import Broker, RedisServer

HANGS = "says nothing for"
WITHOUT = "it does not begin TLS, it answers without"
NO_TLS = "it does not begin TLS ("


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing answers here, and that need not be waited for."""
    monkeypatch.setattr("gigmatch.tls_trouble._PATIENCE_S", 1.0)


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """The port of a server that says one thing to everybody, or nothing."""

    def serve() -> None:
        while True:
            try:
                lines.append(server.accept()[0])
            except OSError:
                return
            if answer:
                lines[-1].sendall(answer)

    lines: list[socket.socket] = []
    with socket.create_server((LOCALHOST, 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for line in lines:
                line.close()


def test_kafka_without_tls_answers_without(broker: Broker) -> None:
    told = kafka_trouble(f"ssl://{broker.bootstrap}")
    assert f"Kafka at {broker.bootstrap}: {WITHOUT}" in told


def test_redis_without_tls_answers_without_also_when_it_wants_a_password() -> None:
    redis = RedisServer("--requirepass", "secret")
    redis.start()
    told = redis_trouble(f"rediss://{LOCALHOST}:{redis.port}/0")
    redis.stop()
    assert WITHOUT in told
    assert HANGS not in told


@pytest.mark.usefixtures("_hurried")
def test_who_says_nothing_hangs() -> None:
    with answering(b"") as port:
        assert HANGS in redis_trouble(f"rediss://{LOCALHOST}:{port}/0")
        assert HANGS in kafka_trouble(f"ssl://{LOCALHOST}:{port}")
        assert redis_trouble(f"redis://{LOCALHOST}:{port}/0") == ""


def test_who_says_something_else_is_neither() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        for told in (
            redis_trouble(f"rediss://{LOCALHOST}:{port}/0"),
            kafka_trouble(f"ssl://{LOCALHOST}:{port}"),
        ):
            assert NO_TLS in told
            assert HANGS not in told


@pytest.mark.usefixtures("_hurried")
def test_readiness_says_that_it_hangs() -> None:
    with answering(b"") as port:
        settings = Settings(
            redis=f"rediss://{LOCALHOST}:{port}/0", kafka=f"ssl://{LOCALHOST}:{port}"
        )
        for error in (
            RedisTimeoutError("Timeout connecting to server"),
            KafkaException(KafkaError(KafkaError._TIMED_OUT)),
        ):
            assert HANGS in trouble_of(error, settings)


@pytest.mark.usefixtures("_hurried")
def test_the_doctor_says_it(tmp_path: Path) -> None:
    with answering(b"") as port:
        settings = Settings(
            redis=f"rediss://{LOCALHOST}:{port}/0",
            kafka=f"{LOCALHOST}:1",
            store=f"sqlite:{tmp_path / 'none.db'}",
            gateway_port=0,
            metrics_port=0,
        )
        found = {finding.what: finding for finding in examine(settings)}
        chinese = {finding.what: finding for finding in examine(settings, "zh-CN")}
    assert not found["Redis"].ok
    assert HANGS in found["Redis"].detail
    assert "秒没有回答：可能死机了，或忙不过来" in chinese["Redis"].detail


@pytest.mark.usefixtures("_hurried")
def test_whoever_asks_for_topics_hears_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gigmatch.topics_admin.TIMEOUT_S", 1.0)
    with answering(b"") as port:
        address = f"ssl://{LOCALHOST}:{port}"
        with pytest.raises(TopicsError, match=HANGS):
            check_topics(address)
        publisher = Publisher(address, client_id="tests")
        with pytest.raises(DeliveryError, match=HANGS):
            publisher.partitions(EVENTS)
        publisher.abandon()


def test_what_is_not_of_the_line_is_told_as_it_was_said() -> None:
    error = KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "not yours"))
    assert kafka_why(error, f"ssl://{LOCALHOST}:1") == "not yours"
    assert kafka_why(KafkaException("odd"), f"ssl://{LOCALHOST}:1") == "odd"
