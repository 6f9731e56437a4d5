"""TLS, SCRAM and access lists for Kafka, TLS and users for Redis: processes as their roles."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from events.texts import text
from events.topics import EVENTS, OUTCOMES
from gigmatch.admin import admin_client
from gigmatch.kafka_address import client_config
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST, Child, free_port, spawn, stop, wait_until
from gigmatch.readmodel.keys import job_key
from gigmatch.redis_address import redis_url
from gigmatch.roles import ROLES
from gigmatch.secured import make_secured
from producers.publisher import REFUSED_FOR_GOOD, DeliveryError, Publisher
from tests.brokers import KafkaBroker, RedisServer
from tests.matching.scenario import JOB, WORKER
from tests.system.matchers import PATIENCE_S
from tests.town import ZONE

pytestmark = pytest.mark.kafka

SECURITY = Path(__file__).parents[2] / "ops" / "kafka" / "secured.properties"
LISTENERS = """\
listeners=CLIENTS://{host}:{port},INTERNAL://{host}:{behind},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENTS://{host}:{port},INTERNAL://{host}:{behind}
"""
NOT_ALLOWED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)


NOT_YET = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)
"""What a cluster says that has only just begun."""


class Secured:
    """A secured cluster and Redis, and their addresses for each user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_secured(folder, [LOCALHOST, "localhost"])
        security = SECURITY.read_text().replace("/secured", str(folder))
        users = (folder / "scram").read_text().splitlines()
        self._kafka = KafkaBroker(LISTENERS, security, users=users)
        self._tls = free_port()
        self._redis = RedisServer(
            *("--tls-port", str(self._tls), "--tls-auth-clients", "no"),
            *("--tls-cert-file", str(folder / "broker.pem")),
            *("--tls-key-file", str(folder / "broker-key.pem")),
            *("--tls-ca-cert-file", str(folder / "ca.pem")),
            *("--aclfile", str(folder / "redis-users.acl")),
        )

    def start(self) -> None:
        self._redis.start()
        self._kafka.start()

    def stop(self) -> None:
        self._kafka.stop()
        self._redis.stop()

    def kafka(self, user: str) -> str:
        """Where a user finds Kafka."""
        options = f"ca={self.folder}/ca.pem&password_file={self.password_file(user)}"
        return f"sasl_ssl://{user}@{self._kafka.bootstrap}?{options}"

    def redis(self, user: str) -> str:
        """Where a user finds Redis."""
        options = f"ssl_ca_certs={self.folder}/ca.pem&password_file={self.password_file(user)}"
        return f"rediss://{user}@{LOCALHOST}:{self._tls}/0?{options}"

    def password_file(self, user: str) -> Path:
        return self.folder / "passwords" / user

    def env(self, user: str) -> dict[str, str]:
        store = f"sqlite:{self.folder}/store.db"
        return {
            **os.environ,
            "GIGMATCH_KAFKA": self.kafka(user),
            "GIGMATCH_REDIS": self.redis(user if user in ("gateway", "operator") else "projector"),
            "GIGMATCH_STORE": store,
            "GIGMATCH_PARTITIONS": "1",
        }

    def run(self, user: str, *arguments: str) -> str:
        """What `gigmatch` prints as a user."""
        argv = [sys.executable, "-m", "gigmatch", *arguments]
        done = subprocess.run(
            argv, env=self.env(user), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Running, with topics and access lists."""
    running = Secured(tmp_path_factory.mktemp("secured"))
    running.start()
    running.run("admin", "topics", "--create")
    assert f"{len(ROLES)} 个用户" in running.run("admin", "access", "--create")
    yield running
    running.stop()


@contextmanager
def process(secured: Secured, user: str, *ports: str) -> Iterator[None]:
    """A process of a role, ready, and stopped at the end."""
    port = str(free_port())
    env = {**secured.env(user), **dict.fromkeys(ports, port), "GIGMATCH_CLOCK": "external"}
    log = secured.folder / f"{user}.log"
    running = spawn([sys.executable, "-m", "gigmatch", user], log=log, env=env)
    try:
        wait_until(lambda: _is_healthy(int(port)), Child(user, running, log), PATIENCE_S)
        yield
    finally:
        assert stop(running, PATIENCE_S) in (
            0,
            -signal.SIGTERM,
        )  # an HTTP server ends by its signal


def _is_healthy(port: int) -> bool:
    import httpx

    try:
        return httpx.get(f"http://{LOCALHOST}:{port}/healthz", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def test_every_process_works_as_its_role(secured: Secured) -> None:
    with (
        process(secured, "matcher", "GIGMATCH_METRICS_PORT"),
        process(secured, "projector", "GIGMATCH_METRICS_PORT"),
        process(secured, "notifier", "GIGMATCH_METRICS_PORT"),
        process(secured, "gateway", "GIGMATCH_GATEWAY_PORT"),
    ):
        station = Publisher(secured.kafka("station"), client_id="tests")
        station.publish_fact(WORKER, id="w", source="/zones/511181/stations/05")
        station.publish_fact(JOB, id="j", source="/zones/511181/stations/05")
        station.close()
        with Redis.from_url(redis_url(secured.redis("operator"))) as redis:
            _wait(lambda: redis.exists(job_key(ZONE, JOB.job_id)) == 1)
    # Facts that have no outcome count when the matcher has committed them.
    for role in ("projector", "notifier"):
        with LogReader(secured.kafka(role), group="gigmatch-matcher") as reader:
            assert reader.committed(EVENTS, [0]) == {0: 2}
    with LogReader(secured.kafka("operator")) as reader:
        found = [record.value or b"" for record in reader.read(OUTCOMES, 0)]
    assert any(b'"subject":"job"' in value for value in found)
    passwords = [path.read_text() for path in (secured.folder / "passwords").iterdir()]
    logs = "".join(path.read_text() for path in secured.folder.glob("*.log"))
    assert logs
    assert not [password for password in passwords if password in logs]


def test_the_projectors_user_rebuilds_the_read_model(secured: Secured) -> None:
    left_over = job_key(ZONE, "of another log")
    with Redis.from_url(redis_url(secured.redis("projector"))) as redis:
        redis.set(left_over, b"{}")
        secured.run("projector", "rebuild")
        assert not redis.exists(left_over)


def test_a_station_writes_events_and_nothing_else(secured: Secured) -> None:
    assert _refused(lambda: _write(secured, "station", OUTCOMES))
    assert _refused(lambda: _read(secured, "station", EVENTS))
    _write(secured, "station", EVENTS)


@pytest.mark.parametrize("role", sorted(ROLES.keys() - {"matcher"}))
def test_only_the_matcher_writes_outcomes(secured: Secured, role: str) -> None:
    assert _refused(lambda: _write(secured, role, OUTCOMES))


def test_the_gateway_cannot_look_at_the_groups_of_others(secured: Secured) -> None:
    group = "gigmatch-matcher"

    def look(user: str) -> None:
        with admin_client(secured.kafka(user)) as admin:
            while not answered(admin):
                time.sleep(0.1)

    # Not by the offsets: librdkafka ends the process when their coordinator is not yet there.
    def answered(admin: AdminClient) -> bool:
        try:
            admin.describe_consumer_groups([group])[group].result(timeout=30)
        except KafkaException as error:
            if error.args[0].code() not in NOT_YET:
                raise
            return False
        return True

    assert _refused(lambda: look("gateway"))
    look("operator")


def test_a_wrong_password_is_told_without_it(secured: Secured, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password")
    address = secured.kafka("operator").partition("password_file=")[0] + f"password_file={wrong}"
    env = {**secured.env("operator"), "GIGMATCH_KAFKA": address}
    done = subprocess.run(
        [sys.executable, "-m", "gigmatch", "topics"],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "not the password" not in done.stdout + done.stderr


def test_redis_lets_nobody_write_the_read_model_but_the_projector(secured: Secured) -> None:
    key = job_key(ZONE, "other")
    with Redis.from_url(redis_url(secured.redis("gateway"))) as gateway:
        gateway.get(key)
        with pytest.raises(NoPermissionError):
            gateway.set(key, b"{}")
        with pytest.raises(NoPermissionError):
            gateway.execute_command("CONFIG", "GET", "*")
    operator = Redis.from_url(redis_url(secured.redis("operator")))
    with operator, pytest.raises(NoPermissionError):
        operator.set(key, b"{}")
    with Redis(LOCALHOST, secured._redis.port) as nobody, pytest.raises(AuthenticationError):
        nobody.get(key)


def _write(secured: Secured, user: str, topic: str) -> None:
    publisher = Publisher(
        secured.kafka(user), client_id="tests", config={"delivery.timeout.ms": 60_000}
    )
    publisher.publish(topic, b"{}", key=ZONE.encode(), partition=0)
    publisher.close()


def _read(secured: Secured, user: str, topic: str) -> None:
    consumer = Consumer({**client_config(secured.kafka(user)), "group.id": "gigmatch-unused"})
    consumer.subscribe([topic])
    try:
        message = consumer.poll(PATIENCE_S)
        assert message is not None
        if (error := message.error()) is not None:
            raise KafkaException(error)
    finally:
        consumer.close()


def _refused(attempt: Callable[[], None]) -> bool:
    """Whether the broker says that it is not allowed; what else it says is raised."""
    try:
        attempt()
    except KafkaException as error:
        if error.args[0].code() in NOT_ALLOWED:
            return True
        raise
    except DeliveryError as error:
        told = str(error).lower()
        if "authorization failed" in told or text(REFUSED_FOR_GOOD, "en") in told:
            return True
        raise
    return False


def _wait(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.1)
