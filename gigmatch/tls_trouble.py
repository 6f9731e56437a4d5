"""Why a line to Kafka or Redis does not come about, when TLS is the reason, and what to do.

librdkafka says no more than "transport failure", redis-py only what OpenSSL said. So whoever cannot
get through shakes hands once more by hand and looks at the certificate as the client did. Where no
TLS begins, a greeting without it tells a server that has none from one that hangs. No more is said
over those lines, no name and no password.
"""

import socket
import ssl
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from confluent_kafka import KafkaError, KafkaException

from events.phrases import translated
from events.texts import text
from gigmatch.errors import system_says
from gigmatch.kafka_address import parse_kafka_address

_PATIENCE_S: Final = 3.0
_EXPIRED: Final = 10
_OF_ANOTHER_NAME: Final = (62, 64)
"""What OpenSSL calls a host name, and an address, that do not match."""
_REDIS_PORT: Final = 6379
_OF_THE_LINE: Final = (
    KafkaError._TRANSPORT,
    KafkaError._SSL,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._AUTHENTICATION,
    KafkaError._TIMED_OUT,
)
"""What Kafka's client says where TLS may be the reason; all else has its own."""
_CORRELATION: Final = b"\0\0\0\1"
_GREETINGS: Final = {
    # Ten bytes: which versions does it speak? The oldest form, of a client without a name.
    "Kafka": b"\0\0\0\x0a\0\x12\0\0" + _CORRELATION + b"\xff\xff",
    "Redis": b"PING\r\n",
}


class _Server(NamedTuple):
    """Where a client goes, and what it knows of it; `ca` is the file of an authority."""

    kind: Literal["Kafka", "Redis"]
    host: str
    port: int
    is_encrypted: bool
    ca: Path | None

    @property
    def setting(self) -> str:
        """What the address of the authority is called in the server's own address."""
        return "ca" if self.kind == "Kafka" else "ssl_ca_certs"

    @property
    def with_tls(self) -> str:
        """An address that would do."""
        if self.kind == "Kafka":
            return f"sasl_ssl://USER@{self.host}:{self.port}?ca=FILE&password_file=FILE"
        return f"rediss://USER@{self.host}:{self.port}/0?ssl_ca_certs=FILE&password_file=FILE"


def kafka_trouble(address: str, language: str = "en") -> str:
    """What is wrong between a client and the first broker that TLS keeps out; "" if it is not TLS.

    Raises KafkaAddressError.
    """
    found = parse_kafka_address(address)
    for server in found.servers:
        host, _, port = server.rpartition(":")
        if port.isdigit():
            place = _Server("Kafka", host.strip("[]"), int(port), found.is_encrypted, found.ca)
            if told := _trouble(place, language):
                return told
    return ""


def kafka_why(error: KafkaException, address: str, language: str = "en") -> str:
    """What Kafka's client said, and what to do about it where TLS is the reason."""
    said = error.args[0]
    if not isinstance(said, KafkaError):
        return str(error)
    told = kafka_trouble(address, language) if said.code() in _OF_THE_LINE else ""
    words = translated(said.str())[language]
    return text("tls.why", language, told=told, said=words) if told else words


def redis_trouble(address: str, language: str = "en") -> str:
    """What is wrong between a client and Redis; "" if it is not TLS."""
    parts = urlsplit(address)
    if parts.hostname is None:
        return ""
    ca = dict(parse_qsl(parts.query)).get("ssl_ca_certs")
    return _trouble(
        _Server(
            "Redis",
            parts.hostname,
            parts.port or _REDIS_PORT,
            parts.scheme == "rediss",
            Path(ca) if ca else None,
        ),
        language,
    )


def _trouble(server: _Server, language: str) -> str:
    def tell(key: str, **details: object) -> str:
        at = text("tls.at", language, kind=server.kind, host=server.host, port=server.port)
        return text(f"tls.{key}", language, at=at, **details)

    try:
        context = _context(server)
    except OSError as error:
        return tell("no_authority", path=server.ca, why=system_says(error)[language])
    try:
        line = socket.create_connection((server.host, server.port), _PATIENCE_S)
    except OSError:
        return ""
    with line:
        try:
            context.wrap_socket(line, server_hostname=server.host).close()
        except ssl.SSLCertVerificationError as error:
            return tell("is", what=_about_certificate(server, error, language))
        except OSError as error:
            if not server.is_encrypted:
                return ""
            return tell("is", what=_about_line(server, error, language))
    return "" if server.is_encrypted else tell("speaks", address=server.with_tls)


def _context(server: _Server) -> ssl.SSLContext:
    """As the client has it; for a client without TLS one that only looks whether it is spoken."""
    if server.is_encrypted:
        return ssl.create_default_context(cafile=server.ca)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _about_certificate(server: _Server, error: ssl.SSLCertVerificationError, language: str) -> str:
    if error.verify_code == _EXPIRED:
        return text("tls.expired", language)
    if error.verify_code in _OF_ANOTHER_NAME:
        return text("tls.other_name", language, host=server.host)
    known = server.ca or text("tls.machines", language)
    return text("tls.other_authority", language, known=known, setting=server.setting)


def _about_line(server: _Server, error: OSError, language: str) -> str:
    if _answers_without(server):
        return text("tls.answers_without", language)
    if isinstance(error, TimeoutError):
        return text("tls.hangs", language, s=f"{_PATIENCE_S:.0f}")
    why = getattr(error, "reason", None) or type(error).__name__
    return text("tls.no_beginning", language, why=why)


def _answers_without(server: _Server) -> bool:
    """Whether it answers a greeting without TLS as its kind does."""
    try:
        with socket.create_connection((server.host, server.port), _PATIENCE_S) as line:
            line.sendall(_GREETINGS[server.kind])
            answer = line.recv(8)
    except OSError:
        return False
    if server.kind == "Kafka":
        return answer[4:] == _CORRELATION
    return answer.startswith((b"+", b"-"))
