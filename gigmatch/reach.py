"""Is anybody there? Says so at once, where a Kafka client tries for its whole timeout."""

import socket
from typing import Final

from gigmatch.errors import NoBrokerError, system_says
from gigmatch.kafka_address import parse_kafka_address

_DEFAULT_PORT: Final = 9092
_PATIENCE_S: Final = 3.0


def require_broker(bootstrap: str) -> None:
    """Raise NoBrokerError when every server of `bootstrap` refuses or has no address.

    Raises KafkaAddressError when `bootstrap` is none.

    Whatever else may be wrong is left to the Kafka client to find.
    """
    whys = []
    for server in parse_kafka_address(bootstrap).servers:
        host, port = _address(server)
        try:
            with socket.create_connection((host, port), timeout=_PATIENCE_S):
                return
        except (ConnectionRefusedError, socket.gaierror) as error:
            whys.append(system_says(error))
        except OSError:
            return
    raise NoBrokerError(bootstrap, whys[0])


def _address(server: str) -> tuple[str, int]:
    """Host and port of `[::1]:port`, `host:port` or `host`."""
    host, _, port = server.rpartition(":")
    if not host or not port.isdigit():
        return server, _DEFAULT_PORT
    return host.strip("[]"), int(port)
