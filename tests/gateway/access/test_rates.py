"""So many requests of an address, of a key, of whoever signs in: every route, and nobody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.access.principals import Worker
from gateway.access.rules import RULES
from tests.gateway.serving import Gateway, gateway_of
from tests.gateway.two_stations import OWN
from tests.town import ZONE

UNLIMITED = {"/healthz", "/metrics", "/static/{path}"}
"""What probes, Prometheus and a page's own files are asked for."""


@asynccontextmanager
async def from_elsewhere(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client with another address."""
    app = gateway.client._transport.app  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


def is_too_many(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json()["type"] == "urn:gigmatch:too_many"
    assert int(answer.headers["retry-after"]) > 0
    return True


async def test_an_address_is_counted_on_every_route_whoever_asks(redis_url: str) -> None:
    async with gateway_of(redis_url, rate_anyone="1/hour") as gateway:
        headers = await gateway.operator()
        assert (await gateway.client.get("/api/texts")).status_code == 200
        for method, path in RULES:
            place = path.replace("{", "").replace("}", "").replace("static/path", "static/ops.js")
            for sent in ({}, headers):
                answer = await gateway.client.request(method, place, headers=sent)
                assert is_too_many(answer) == (path not in UNLIMITED), (method, path)
        async with from_elsewhere(gateway) as other:
            assert (await other.get("/api/texts")).status_code == 200
            assert is_too_many(await other.get("/api/texts"))


@pytest.mark.parametrize("role", ["station", "worker", "reader", "operator"])
async def test_a_key_is_counted_wherever_it_asks_from(redis_url: str, role: str) -> None:
    path = {"station": "/api/station/kiosk", "worker": "/api/session"}.get(
        role, "/api/operator/keys"
    )
    async with gateway_of(redis_url, rate_known="2/hour") as gateway:
        mine, others = [await of_role(gateway, role, number) for number in (1, 2)]
        for _ in range(2):
            assert not is_too_many(await gateway.client.get(path, headers=mine))
        assert is_too_many(await gateway.client.get(path, headers=mine))
        async with from_elsewhere(gateway) as other:
            assert is_too_many(await other.get("/api/town", headers=mine))  # on open routes, too
            assert not is_too_many(await other.get("/api/town"))
        assert not is_too_many(await gateway.client.get(path, headers=others))


async def of_role(gateway: Gateway, role: str, number: int) -> dict[str, str]:
    """The headers of somebody, who is somebody else for each number."""
    match role:
        case "station":
            return await gateway.station()
        case "worker":
            somebody = Worker(zone=ZONE, worker_id=f"W-{number}", station_id=OWN)
            cookie, _ = await gateway.parts.sessions.begin(somebody)
            return {"cookie": f"gigmatch_session={cookie}"}
        case _:
            return await gateway.operator(reader=role == "reader")


async def test_a_worker_of_the_same_id_in_another_zone_is_somebody_else(redis_url: str) -> None:
    async with gateway_of(redis_url, rate_known="1/hour") as gateway:
        cookies = [
            (await gateway.parts.sessions.begin(Worker(zone=z, worker_id="W-1", station_id=OWN)))[0]
            for z in (ZONE, "510100")
        ]
        first, second = ({"cookie": f"gigmatch_session={one}"} for one in cookies)
        assert (await gateway.client.get("/api/session", headers=first)).status_code == 200
        assert is_too_many(await gateway.client.get("/api/session", headers=first))
        assert (await gateway.client.get("/api/session", headers=second)).status_code == 200


async def test_signing_in_is_counted_by_itself(redis_url: str) -> None:
    async with gateway_of(redis_url, rate_sign_in="2/hour") as gateway:
        _, key = await gateway.parts.keys.create("reader", "o")
        for sent in ({"code": "00000000"}, {"link": "x"}):
            assert (await gateway.client.post("/api/session", json=sent)).status_code == 401
        # The right one is not let in either: it may be the one that was guessed.
        assert is_too_many(await gateway.client.post("/api/session", json={"key": key}))
        headers = {"authorization": f"Bearer {key}"}
        assert (await gateway.client.get("/api/operator/keys", headers=headers)).status_code == 200
        assert (await gateway.client.get("/api/session")).status_code == 401
