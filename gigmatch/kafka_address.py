"""The address of a Kafka cluster as one line, with how to get in; never with a secret in it.

    kafka1:9092,kafka2:9092
    sasl_ssl://matcher@kafka1:9093,kafka2:9093?ca=/run/ca.pem&password_file=/run/secrets/matcher

`protocol` is Kafka's own name of the listener's, small or large. The password stands in a file, so
the address can be printed.
"""

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from gigmatch.errors import SaidError, in_each_language, system_says

PROTOCOLS: Final = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
MECHANISMS: Final = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
_OPTIONS: Final = ("ca", "mechanism", "password_file")


class KafkaAddressError(SaidError):
    """An address that is none, or whose files cannot be read; says what to write."""


class KafkaAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What a client must know to get in. `servers` are host:port."""

    servers: tuple[str, ...]
    protocol: str = "plaintext"
    user: str | None = None
    mechanism: str = MECHANISMS[0]
    password_file: Path | None = None
    ca: Path | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether the lines are TLS."""
        return self.protocol.endswith("ssl")

    def password(self) -> str:
        """The password of the user, out of its file. Raises KafkaAddressError."""
        assert self.password_file is not None
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise KafkaAddressError(
                "error.kafka_password",
                user=self.user,
                path=self.password_file,
                why=system_says(error),
            ) from error


def parse_kafka_address(address: str) -> KafkaAddress:
    """The parts of an address. Raises KafkaAddressError."""
    protocol, _, rest = address.strip().rpartition("://")
    protocol = protocol.lower() or "plaintext"
    if protocol not in PROTOCOLS:
        raise _wrong(address, "none_of", value=protocol, known=", ".join(PROTOCOLS))
    place, _, query = rest.partition("?")
    user, _, servers = place.rpartition("@")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(options.keys() - set(_OPTIONS)):
        raise _wrong(address, "none_of", value=unknown[0], known=", ".join(_OPTIONS))
    found = KafkaAddress(
        servers=tuple(server.strip() for server in servers.split(",") if server.strip()),
        protocol=protocol,
        user=user or None,
        mechanism=options.get("mechanism", MECHANISMS[0]),
        password_file=_path(options, "password_file"),
        ca=_path(options, "ca"),
    )
    _check(address, found)
    return found


def client_config(address: str) -> dict[str, str]:
    """The librdkafka settings that reach an address. Raises KafkaAddressError."""
    found = parse_kafka_address(address)
    config = {"bootstrap.servers": ",".join(found.servers)}
    if found.protocol != "plaintext":
        config["security.protocol"] = found.protocol
    if found.ca is not None:
        config["ssl.ca.location"] = str(found.ca)
    if found.user is not None:
        config["sasl.mechanism"] = found.mechanism
        config["sasl.username"] = found.user
        config["sasl.password"] = found.password()
    return config


def _check(address: str, found: KafkaAddress) -> None:
    if not found.servers:
        raise _wrong(address, "no_server")
    if ":" in (found.user or ""):
        raise KafkaAddressError("error.kafka_password_shown")
    if found.protocol.startswith("sasl") != (found.user is not None):
        raise _wrong(address, "user")
    if found.user is not None and found.password_file is None:
        raise _wrong(address, "no_password")
    if found.mechanism not in MECHANISMS:
        raise _wrong(address, "none_of", value=found.mechanism, known=", ".join(MECHANISMS))
    if found.ca is not None and not found.is_encrypted:
        raise _wrong(address, "useless_ca", protocol=found.protocol)


def _wrong(address: str, what: str, **details: str) -> KafkaAddressError:
    """What is told of an address, without what may be a password in it."""
    if _may_have_password(address):
        return KafkaAddressError("error.kafka_password_shown")
    place, has_options, _ = address.partition("?")
    shown = f"{place}?…" if has_options else place
    why = in_each_language(f"error.kafka_address.{what}", **details)
    return KafkaAddressError("error.kafka_address", address=repr(shown), why=why)


def _may_have_password(address: str) -> bool:
    """Whether a colon stands where a user may, wherever the address is wrong."""
    before, scheme, after = address.rpartition("@")[0].partition("://")
    return ":" in (after if scheme else before)


def _path(options: dict[str, str], name: str) -> Path | None:
    return Path(options[name]) if options.get(name) else None
