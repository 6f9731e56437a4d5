"""What the gateway answers is what openapi.yaml says: nothing undocumented, and no 5xx."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from redis import Redis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.access.rules import RULES
from tests.gateway.serving import READER, STATION, serving, worker_link
from tests.gateway.two_stations import FACTS_OF_THE_TOWN
from tests.projecting import answered, project
from tests.worlds import record_of

DOCUMENT: dict[str, Any] = yaml.safe_load(Path("openapi.yaml").read_text(encoding="utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = sorted(
    (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
)
ENDLESS = {operation for operation in OPERATIONS if operation[1].endswith("/live")}
SEEN = (
    "/api/station/jobs?status=all",
    "/api/station/jobs/J-1",
    "/api/station/wage-claims",
    "/api/station/workers/W-1",
    "/api/operator/jobs/J-1",
    "/api/operator/workers/W-1",
    "/api/operator/keys",
    "/api/operator/figures",
    "/api/operator/markets",
    "/api/operator/unmatched?q=采茶",
    "/api/operator/dead-letters",
    "/api/operator/jobs/J-1/advice",
    "/api/worker/matches",
    "/api/session",
    "/api/jobs/J-1",
    "/api/town",
    "/api/texts",
    "/feeds/jobs.jsonld?zone=511181",
    "/healthz",
)


@pytest.fixture
def address(redis_url: str) -> Iterator[str]:
    project(redis_url, answered(record_of(f, n) for n, f in enumerate(FACTS_OF_THE_TOWN)))
    with serving(redis_url) as running:
        yield running


def headers_for(address: str, path: str) -> dict[str, str]:
    """The headers of somebody who may use a path."""
    if path.startswith("/api/station"):
        return STATION
    if path.startswith("/api/operator"):
        return READER
    if not path.startswith(("/api/worker", "/api/session")):
        return {}
    answer = httpx.post(f"{address}/api/session", json={"link": worker_link("W-1")}, timeout=30)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return {"cookie": cookie, "x-csrf-token": answer.json()["csrf"]}


def test_every_route_is_described() -> None:
    assert {*OPERATIONS, ("GET", "/static/{path}")} == RULES.keys()
    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method.lower()]
        assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys()
        assert RULES[method, path].scope in operation["description"]
        assert (operation["security"] == [{}]) == RULES[method, path].is_open


def test_what_a_route_answers_is_of_the_one_kind_that_it_sends() -> None:
    """Pages and streams were described as JSON of any kind, too."""
    answers = [
        (path, status, kind, told["schema"])
        for path, operations in DOCUMENT["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        for kind, told in answer.get("content", {}).items()
    ]
    assert [one for one in answers if one[3] == {}] == []
    assert {
        kind for path, status, kind, _ in answers if path.endswith("/live") and status == "200"
    } == {"text/event-stream"}


def test_the_table_of_rules_is_in_the_documentation() -> None:
    written = Path("docs/access.md").read_text(encoding="utf-8")
    for (method, path), rule in RULES.items():
        roles = [role for role in ("station", "worker", "reader", "operator") if role in rule.roles]
        who = "anyone" if rule.is_open else ", ".join(roles)
        assert f"| `{method} {path}` | {who} | {rule.scope} |" in written


@pytest.mark.parametrize(("method", "path"), sorted(set(OPERATIONS) - ENDLESS))
def test_whatever_is_sent_is_answered_as_described(address: str, method: str, path: str) -> None:
    operation = SCHEMA[path][method]
    headers = headers_for(address, path)

    @settings(max_examples=6, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def answers(case: schemathesis.Case[Any]) -> None:
        sent = dict(case.headers or {}) | headers
        response = case.call(base_url=address, headers=sent)
        case.validate_response(response, checks=CHECKS)

    answers()


@pytest.mark.parametrize("path", SEEN)
def test_what_is_there_is_answered_as_described(address: str, path: str) -> None:
    answer = httpx.get(f"{address}{path}", headers=headers_for(address, path), timeout=30)
    assert answer.status_code == 200, answer.text
    plain = path.partition("?")[0].replace("J-1", "{job_id}").replace("W-1", "{worker_id}")
    SCHEMA[plain]["GET"].validate_response(schemathesis.Response.from_any(answer))


def test_a_read_model_that_cannot_be_read_is_described_too(redis_url: str) -> None:
    with serving(redis_url) as address, Redis.from_url(redis_url) as redis:
        for key in ("gigmatch:v3:zones", "gigmatch:v2:partitions"):
            redis.lpush(key, "not what it should be")
        answer = httpx.get(f"{address}/api/town", timeout=30)
        assert answer.status_code == 503
        SCHEMA["/api/town"]["GET"].validate_response(schemathesis.Response.from_any(answer))
