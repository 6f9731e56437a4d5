"""Whether a broker can be there at all."""

import socket

import pytest

from gigmatch.errors import NoBrokerError
from gigmatch.processes import free_port
from gigmatch.reach import require_broker


def test_a_server_that_refuses_is_told_at_once() -> None:
    with pytest.raises(NoBrokerError, match="GIGMATCH_KAFKA"):
        require_broker(f"127.0.0.1:{free_port()}")


@pytest.mark.parametrize("form", ["127.0.0.1:{}", " localhost:{}", "[::1]:1,127.0.0.1:{}"])
def test_one_server_that_listens_is_enough(form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        require_broker(f"127.0.0.1:{free_port()},{form.format(port)}")
