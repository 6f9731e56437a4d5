"""/healthz says whether the work is done, /metrics how much of it."""

import http.client
import json
from collections.abc import Iterator

import pytest

from gigmatch.health import HealthServer
from gigmatch.processes import LOCALHOST


class State:
    ready, why = True, ""


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def port(state: State) -> Iterator[int]:
    server = HealthServer(0, LOCALHOST, lambda: (state.ready, state.why))
    server.start()
    yield server.port
    server.stop()


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def test_a_process_that_does_its_work_is_ok(port: int) -> None:
    assert _get(port, "/healthz") == (200, '{"status": "ok"}')


def test_one_that_does_not_says_why(port: int, state: State) -> None:
    state.ready, state.why = False, "7 records to catch up"
    status, text = _get(port, "/healthz?verbose")
    assert status == 503
    assert json.loads(text) == {"status": "not ready", "reason": "7 records to catch up"}


def test_metrics_are_prometheus_text(port: int) -> None:
    status, text = _get(port, "/metrics")
    assert status == 200
    assert "# HELP" in text


def test_other_paths_lead_to_these(port: int) -> None:
    status, text = _get(port, "/")
    assert status == 404
    assert json.loads(text) == {"see": ["/metrics", "/healthz"]}
