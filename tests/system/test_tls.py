"""TLS in a secured set-up: who meets another server than ours, or comes without it, is refused.

A broker and a Redis of the set-up that `gigmatch secured` makes, each with two bad certificates
besides the good one: one that has expired, and one for another name.
"""

import os
import socket
import ssl
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

import pytest
from confluent_kafka import KafkaException
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis import Redis, RedisError

from gigmatch.admin import admin_client
from gigmatch.processes import LOCALHOST, Child, free_port, spawn, stop, wait_until
from gigmatch.redis_address import redis_url
from gigmatch.secured import make_secured
from gigmatch.tls_trouble import kafka_trouble, redis_trouble
from gigmatch.topics_admin import ensure_topics
from tests.brokers import KafkaBroker, RedisServer
from tests.system.matchers import PATIENCE_S, scraped

pytestmark = pytest.mark.kafka

Certificate = Literal["good", "expired", "elsewhere"]
CERTIFICATES: Final[tuple[Certificate, ...]] = get_args(Certificate)
BAD: Final = CERTIFICATES[1:]
USER: Final = "projector"
SECURITY: Final = Path(__file__).parents[2] / "ops" / "kafka" / "secured.properties"
MAP: Final = """
listener.security.protocol.map=CLIENTS:SASL_SSL,EXPIRED:SASL_SSL,ELSEWHERE:SASL_SSL,\
INTERNAL:SSL,CONTROLLER:SSL
"""
SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
LISTENER: Final = """
listener.name.{name}.scram-sha-512.sasl.jaas.config={scram}
listener.name.{name}.ssl.keystore.type=PEM
listener.name.{name}.ssl.keystore.location={file}
"""


class Town:
    """A folder of secrets, a broker and Redis servers, and where a client finds each."""

    def __init__(self, folder: Path) -> None:
        self.ca, self._folder = folder / "ca.pem", folder
        make_secured(folder, [LOCALHOST])
        authority = _Authority()
        for name, host, days in (("expired", LOCALHOST, -1), ("elsewhere", "10.1.2.3", 30)):
            (folder / f"{name}.pem").write_text(authority.certificate(host, days))
        (folder / "broker.pem").rename(folder / "good.pem")
        both = self.ca.read_text() + authority.pem
        self.ca.write_text(both)
        bad = {name: free_port() for name in BAD}
        users = (folder / "scram").read_text().splitlines()
        self._kafka = KafkaBroker(self._listeners(bad), users=users)
        self.ports: dict[Certificate, int] = {"good": self._kafka.port, **bad}
        self.redis_ports = {name: free_port() for name in CERTIFICATES}
        self._redis = [self._redis_with(name) for name in CERTIFICATES]

    def start(self) -> None:
        for redis in self._redis:
            redis.start()
        self._kafka.start()

    def stop(self) -> None:
        self._kafka.stop()
        for redis in self._redis:
            redis.stop()

    @property
    def admin(self) -> str:
        """Kafka's address for who may do everything."""
        return self.kafka("good", self.ca).replace(USER, "admin")

    @property
    def passwords(self) -> list[str]:
        return [path.read_text() for path in (self._folder / "passwords").iterdir()]

    def kafka(self, name: Certificate, ca: Path | None) -> str:
        """The address of the listener with a certificate, for who knows this authority."""
        known = "" if ca is None else f"ca={ca}&"
        return f"sasl_ssl://{USER}@{LOCALHOST}:{self.ports[name]}?{known}{self._password_file}"

    def redis(self, name: Certificate, ca: Path | None) -> str:
        """The same of Redis."""
        known = "" if ca is None else f"ssl_ca_certs={ca}&"
        place = f"{LOCALHOST}:{self.redis_ports[name]}/0"
        return f"rediss://{USER}@{place}?{known}{self._password_file}"

    def redis_without_tls(self) -> str:
        place = f"{LOCALHOST}:{self.redis_ports['good']}/0"
        return f"redis://{USER}@{place}?{self._password_file}"

    @property
    def _password_file(self) -> str:
        return f"password_file={self._folder}/passwords/{USER}"

    def _listeners(self, bad: dict[Certificate, int]) -> str:
        places = [f"{name.upper()}://{LOCALHOST}:{port}" for name, port in bad.items()]
        both = ",".join(["CLIENTS://{host}:{port},INTERNAL://{host}:{behind}", *places])
        security = SECURITY.read_text().replace("/secured", str(self._folder))
        more = (
            LISTENER.format(name=name, scram=SCRAM, file=self._folder / f"{name}.pem")
            for name in bad
        )
        return (
            f"listeners={both},CONTROLLER://{{host}}:{{controller}}\nadvertised.listeners={both}\n"
            + security.replace("broker.pem", "good.pem")
            + MAP
            + "".join(more)
        )

    def _redis_with(self, name: Certificate) -> RedisServer:
        pem = str(self._folder / f"{name}.pem")
        return RedisServer(
            *("--tls-port", str(self.redis_ports[name]), "--tls-auth-clients", "no"),
            *("--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", str(self.ca)),
            *("--aclfile", str(self._folder / "redis-users.acl")),
        )


class _Authority:
    """Signs what `gigmatch secured` does not make: it forgets its own key at once."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        self._name = name
        builder = self._builder(name, self._key, 30)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        signed = builder.add_extension(constraints, critical=True).sign(self._key, hashes.SHA256())
        self.pem = signed.public_bytes(serialization.Encoding.PEM).decode()

    def certificate(self, address: str, days: int) -> str:
        """A key and a certificate for an address, good for so many days from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        builder = self._builder(subject, key, days).add_extension(names, critical=False)
        signed = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return (private + signed.public_bytes(serialization.Encoding.PEM)).decode()

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
        )


class Case(NamedTuple):
    """Which certificate a client meets, whose authority it knows, and what it is told then."""

    certificate: Certificate
    authority: Literal["ours", "another", "none"]
    told: str


REFUSED: Final = {
    "no authority": Case("good", "none", "is not of the authorities of this machine"),
    "another authority": Case("good", "another", "Name this installation's authority"),
    "expired": Case("expired", "ours", "has expired. Make a new one"),
    "another host": Case("elsewhere", "ours", f"not for {LOCALHOST}. Use a name that it has"),
}
cases = pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is none that hangs."""
    monkeypatch.setattr("gigmatch.tls_trouble._PATIENCE_S", PATIENCE_S)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = Town(tmp_path_factory.mktemp("secured"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority of another installation."""
    folder = tmp_path_factory.mktemp("another")
    make_secured(folder, [LOCALHOST])
    return folder / "ca.pem"


def authority(town: Town, another: Path, case: Case) -> Path | None:
    return {"ours": town.ca, "another": another, "none": None}[case.authority]


def asked_kafka(address: str) -> None:
    with admin_client(address) as admin:
        admin.list_topics(timeout=PATIENCE_S if not kafka_trouble(address) else 2)


def asked_redis(address: str) -> None:
    with Redis.from_url(redis_url(address), socket_timeout=30) as redis:
        redis.ping()


def test_who_checks_the_right_certificate_is_served(town: Town) -> None:
    asked_kafka(town.kafka("good", town.ca))
    asked_redis(town.redis("good", town.ca))
    assert kafka_trouble(town.kafka("good", town.ca)) == ""
    assert redis_trouble(town.redis("good", town.ca)) == ""


@cases
def test_kafka_under_a_certificate_that_is_not_right_is_not_talked_to(
    town: Town, another: Path, case: Case
) -> None:
    address = town.kafka(case.certificate, authority(town, another, case))
    with pytest.raises(KafkaException):
        asked_kafka(address)
    told = kafka_trouble(address)
    assert case.told in told
    assert f"Kafka at {LOCALHOST}:{town.ports[case.certificate]}" in told
    assert not [password for password in town.passwords if password in told]


@cases
def test_redis_under_a_certificate_that_is_not_right_is_not_talked_to(
    town: Town, another: Path, case: Case
) -> None:
    address = town.redis(case.certificate, authority(town, another, case))
    with pytest.raises(RedisError):
        asked_redis(address)
    told = redis_trouble(address)
    assert case.told in told
    assert f"Redis at {LOCALHOST}:{town.redis_ports[case.certificate]}" in told
    assert not [password for password in town.passwords if password in told]


def test_who_comes_without_tls_is_refused_and_told(town: Town) -> None:
    port = town.ports["good"]
    for protocol in (f"{LOCALHOST}:{port}", town.kafka("good", None).replace("_ssl", "_plaintext")):
        with pytest.raises(KafkaException):
            asked_kafka(protocol)
        assert (
            f"speaks TLS, and the address does not: write sasl_ssl://USER@{LOCALHOST}:{port}"
            in (kafka_trouble(protocol))
        )
    with pytest.raises(RedisError):
        asked_redis(town.redis_without_tls())
    assert "write rediss://USER@" in redis_trouble(town.redis_without_tls())


@pytest.mark.parametrize("server", ["Kafka", "Redis"])
def test_tls_that_is_too_old_is_refused_by_the_server(town: Town, server: str) -> None:
    port = (town.ports if server == "Kafka" else town.redis_ports)["good"]
    assert _version(town, port, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert _version(town, port, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError) as refused:
            _version(town, port, old)
        assert "ALERT_PROTOCOL_VERSION" in str(refused.value)  # said by the other side


def test_a_server_without_tls_where_it_should_be_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # it waits for TLS until it is sure that there is none
    redis = RedisServer()
    redis.start()
    told = redis_trouble(f"rediss://{LOCALHOST}:{redis.port}/0")
    redis.stop()
    assert "does not begin TLS" in told
    assert redis_trouble(f"rediss://{LOCALHOST}:{redis.port}/0") == ""  # nobody there


def test_processes_say_what_to_do_and_no_password(
    town: Town, another: Path, tmp_path: Path
) -> None:
    right_redis = town.redis("good", town.ca)
    wrong = {
        "projector-kafka": ("projector", town.kafka("good", another), right_redis),
        "projector-redis": ("projector", town.admin, town.redis("expired", town.ca)),
        "notifier-kafka": ("notifier", town.kafka("elsewhere", town.ca), right_redis),
    }
    said = {
        "projector-kafka": REFUSED["another authority"].told,
        "projector-redis": REFUSED["expired"].told,
        "notifier-kafka": REFUSED["another host"].told,
    }
    ensure_topics(town.admin, 1, 1)
    with ExitStack() as stack:
        for name, (command, kafka, redis) in wrong.items():
            stack.enter_context(telling(command, kafka, redis, tmp_path / name, said[name]))
    for name in wrong:
        logged = (tmp_path / name).read_text()
        assert said[name] in logged
        assert not [password for password in town.passwords if password in logged]


@contextmanager
def telling(command: str, kafka: str, redis: str, log: Path, what: str) -> Iterator[None]:
    """A process that says why it is not well."""
    port = free_port()
    addresses = {"GIGMATCH_KAFKA": kafka, "GIGMATCH_REDIS": redis}
    env = {**os.environ, **addresses, "GIGMATCH_METRICS_PORT": str(port)}
    process = spawn([sys.executable, "-m", "gigmatch", command], log=log, env=env)
    try:
        child = Child(command, process, log)
        wait_until(lambda: what in scraped(port, "/healthz"), child, PATIENCE_S)
        yield
    finally:
        stop(process, 60)


def _version(town: Town, port: int, version: ssl.TLSVersion) -> str | None:
    """What a client that speaks this version and no other comes to speak with a server."""
    context = ssl.create_default_context(cafile=town.ca)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    line = socket.create_connection((LOCALHOST, port), 30)
    with line, context.wrap_socket(line, server_hostname=LOCALHOST) as wrapped:
        return wrapped.version()
