"""An operator of some zones sees and does only theirs, on every route that an operator has."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from events.facts import StationReleased
from gateway.access.keys import KeyRecord, KeyRole
from gateway.access.rules import RULES
from gateway.cursor import NO_LOG
from gigmatch.readmodel.keys import worker_key
from gigmatch.readmodel.worker import WorkerBookingDoc, WorkerDoc, WorkerOfferDoc
from tests.gateway.serving import Gateway, KeptLetters, gateway_of
from tests.gateway.two_stations import OWN
from tests.gateway.two_zones import (
    LETTER,
    LETTER_OF_NOBODY,
    LETTER_THERE,
    STATION_THERE,
    THERE,
    letters_of_both,
    process_of_both,
    project_both,
)
from tests.town import NOW, ZONE

ELSEWHERE = "110105"
MARKS = (ZONE, "J-1", "J-2", "W-1", "W-2")
"""What only answers about ZONE say."""
REPLAY = "/api/operator/dead-letters/replay"
BODIES: dict[str, Any] = {REPLAY: {"origins": [LETTER]}}
REFUSALS = {
    *("all_zones_only", "another_zone", "another_zones_letter"),
    *("unknown_job", "unknown_worker", "unknown_key"),
}
ROUTES = sorted(
    (method, path)
    for (method, path), rule in RULES.items()
    if not rule.is_open and path != "/api/session" and rule.roles & {"reader", "operator"}
)


@pytest.fixture
async def gateway(redis_url: str) -> AsyncIterator[Gateway]:
    project_both(redis_url)
    with process_of_both() as process:
        letters = letters_of_both()
        async with gateway_of(redis_url, scrape=(process,), dead_letters=letters) as made:
            await made.parts.monitor.look()
            yield made


def letters_of(gateway: Gateway) -> KeptLetters:
    return cast("KeptLetters", gateway.parts.wishes.dead_letters)


async def a_station(gateway: Gateway, zone: str, station_id: str) -> KeyRecord:
    return (await gateway.parts.keys.create("station", "t", zone=zone, station_id=station_id))[0]


class Asking:
    """Asks one route after the other, about what is in ZONE."""

    def __init__(self, gateway: Gateway, key_id: str) -> None:
        self.gateway = gateway
        self.document: dict[str, Any] = gateway.client._transport.app.openapi()  # type: ignore[attr-defined]
        self.named = {"job_id": "J-1", "worker_id": "W-1", "station_id": OWN, "key_id": key_id}

    async def __call__(
        self, method: str, path: str, headers: dict[str, str], query: str = ""
    ) -> tuple[int, str]:
        """Status and text of an answer; a new route says here what it is asked with."""
        operation = self.document["paths"][path][method.lower()]
        named = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"]
        place = path.format(**{name: self.named[name] for name in named})
        if "text/event-stream" in operation["responses"]["200"]["content"]:
            return await heard(self.gateway, f"{place}?after={NO_LOG}&{query}", headers)
        body = {"json": BODIES[path]} if "requestBody" in operation else {}
        answer = await self.gateway.client.request(
            method, f"{place}?{query}", headers=headers, **body
        )
        return answer.status_code, answer.text


async def heard(gateway: Gateway, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """What a live stream says until its first heartbeat: the client would wait for its end."""
    app = gateway.client._transport.app  # type: ignore[attr-defined]
    said: list[bytes] = []
    status: list[int] = []
    ended = asyncio.Event()

    async def receive() -> dict[str, str]:
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        status.extend([message["status"]] if "status" in message else [])
        said.append(message.get("body", b""))
        if b"event: beat" in said[-1]:
            ended.set()

    request = httpx.Request("GET", f"http://gateway{path}", headers=headers)
    await app(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": request.url.path,
            "query_string": request.url.query,
            "headers": request.headers.raw,
            "client": ("127.0.0.1", 1),
            "server": ("gateway", 80),
        },
        receive,
        send,
    )
    return status[0], b"".join(said).decode()


@pytest.mark.parametrize("role", ["reader", "operator"])
async def test_every_route_is_of_an_operators_own_zones(
    gateway: Gateway, role: KeyRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new route is here by itself: it says nothing of another zone, or refuses."""
    monkeypatch.setattr("gateway.live.HEARTBEAT_S", 0.1)
    key = await a_station(gateway, ZONE, OWN)
    ask = Asking(gateway, key.key_id)
    _, made = await gateway.parts.keys.create(role, "there", zones=(THERE, ELSEWHERE))
    there = {"authorization": f"Bearer {made}"}
    routes = [one for one in ROUTES if role in RULES[one].roles]
    refused = set()
    for route in routes:
        for query in ("", f"zone={THERE}", f"zone={ZONE}", f"zone={ZONE}&zone={THERE}"):
            status, text = await ask(*route, there, query)
            if status == 200:
                assert ZONE not in query, route
                assert not any(mark in text for mark in MARKS), (route, query, text)
            else:
                told = msgspec.json.decode(text)
                assert status in (403, 404), (route, text)
                assert told["type"].removeprefix("urn:gigmatch:") in REFUSALS, (route, text)
                if not query:
                    refused.add(route)
    assert gateway.log.facts == []
    assert all(one.replayed_at is None for one in letters_of(gateway).letters.values())
    assert (await gateway.parts.keys.still_good(key.key_id)) == key
    # Whoever has a key for all zones is told it: nothing above was refused for another reason.
    everywhere = await gateway.operator(reader=role == "reader")
    for route in routes:
        status, text = await ask(*route, everywhere)
        assert status == 200, (route, text)
        assert route in refused or any(mark in text for mark in MARKS), route


async def test_whoever_is_of_a_zone_sees_and_does_all_of_it(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.HEARTBEAT_S", 0.1)
    key = await a_station(gateway, ZONE, OWN)
    ask = Asking(gateway, key.key_id)
    here, everywhere = await gateway.operator(zones=(ZONE,)), await gateway.operator()
    for route in ROUTES:
        status, text = await ask(*route, here)
        if RULES[route].scope == "all zones":
            assert (status, msgspec.json.decode(text)["type"]) == (
                403,
                "urn:gigmatch:all_zones_only",
            )
            assert ZONE in text
            assert "--zones" in text  # what to do
            continue
        assert RULES[route].scope == "their zones"
        assert status == 200, (route, text)
        assert THERE not in text, route
        assert STATION_THERE not in text, route
        if route[1] in ("/api/operator/jobs/{job_id}", "/api/operator/workers/{worker_id}"):
            assert (await ask(*route, everywhere)) == (status, text)
    assert [fact for _, _, fact in gateway.log.facts] == [StationReleased(station_id=OWN)]
    assert letters_of(gateway).letters[LETTER].replayed_at is not None
    found = await gateway.parts.keys.get(key.key_id)
    assert found is not None
    assert found.revoked_at is not None


async def test_the_audit_names_who_did_it_and_their_zone(gateway: Gateway) -> None:
    record, key = await gateway.parts.keys.create("operator", "Li", zones=(ZONE,))
    headers = {"authorization": f"Bearer {key}"}
    station = await a_station(gateway, ZONE, OWN)
    for path in (f"quarantine/{OWN}/release", f"keys/{station.key_id}/revocation"):
        await gateway.client.post(f"/api/operator/{path}", headers=headers)
    await gateway.client.post(f"/api/operator/quarantine/{STATION_THERE}/release", headers=headers)
    await gateway.client.post(REPLAY, headers=headers, json={"origins": [LETTER]})
    await gateway.parts.audit.drain()
    assert {line.actor for line in gateway.log.lines} == {f"operator:Li:{record.key_id}"}
    assert {line.zone for line in gateway.log.lines} == {ZONE}
    assert [(line.action, line.subject, line.what or line.why) for line in gateway.log.lines] == [
        ("station_released", OWN, ""),
        ("key_revoked", station.key_id, f"station {OWN}"),
        ("refused", STATION_THERE, "POST /api/operator/quarantine/{station_id}/release"),
        ("dead_letter_replayed", LETTER, ""),
    ]
    both = await gateway.operator(zones=(ZONE, THERE))
    await gateway.client.post(f"/api/operator/quarantine/{OWN}/release", headers=both)
    assert gateway.log.lines[-1].zone == "*"


async def test_of_several_zones_with_the_same_id_one_is_named(gateway: Gateway) -> None:
    path = "/api/operator/jobs/J-both"
    both = await gateway.operator(zones=(ZONE, THERE))
    answer = await gateway.client.get(path, headers=both)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:gigmatch:ambiguous")
    named = await gateway.client.get(path, headers=both, params={"zone": THERE})
    assert named.json()["posting"]["zone"] == THERE
    for zone in (ZONE, THERE):  # nobody learns that another zone has it, too
        one = await gateway.operator(zones=(zone, ELSEWHERE))
        assert (await gateway.client.get(path, headers=one)).json()["posting"]["zone"] == zone
    other = await gateway.operator(zones=(ELSEWHERE,))
    missing = await gateway.client.get(path, headers=other)
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:gigmatch:unknown_job")


async def test_nothing_is_unknown_while_a_zone_is_made_again(
    gateway: Gateway, redis_url: str
) -> None:
    headers = await gateway.operator(zones=(ZONE, THERE))
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    answer = await gateway.client.get("/api/operator/jobs/J-1", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:rebuilding")


async def test_what_a_worker_has_in_another_zone_is_for_the_operators_there(
    gateway: Gateway, redis_url: str
) -> None:
    offer = WorkerOfferDoc(job_id="J-there", rank=1, score=0.5, places=1, at=NOW, expires_at=NOW)
    booking = WorkerBookingDoc(offer_id="O-there", places=1, at=NOW, shifts=())
    visitor = WorkerDoc(
        zone=THERE,
        worker_id="W-1",
        station_id=OWN,
        at=NOW,
        home=ZONE,
        offers={"O-there": offer},
        bookings={"J-there": booking},
    )
    async with Redis.from_url(redis_url) as redis:
        await redis.set(worker_key(THERE, "W-1"), msgspec.json.encode(visitor))
    path = "/api/operator/workers/W-1"
    here = await gateway.client.get(path, headers=await gateway.operator(zones=(ZONE,)))
    both = await gateway.client.get(path, headers=await gateway.operator(zones=(ZONE, THERE)))
    for kind in ("offers", "bookings", "jobs"):
        assert {one["zone"] for one in here.json()[kind]} <= {ZONE}
        assert THERE in {one["zone"] for one in both.json()[kind]}
    assert here.json()["offers"] != []


async def test_letters_of_no_zone_are_for_whoever_has_all(gateway: Gateway) -> None:
    here = await gateway.operator(zones=(ZONE,))
    listed = await gateway.client.get("/api/operator/dead-letters", headers=here)
    assert [one["origin"] for one in listed.json()["letters"]] == [LETTER]
    for origin in (LETTER_THERE, LETTER_OF_NOBODY):
        answer = await gateway.client.post(REPLAY, headers=here, json={"origins": [LETTER, origin]})
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:gigmatch:another_zones_letter"
        assert origin in answer.json()["title"]
    # None was sent, nor is there a line of one that was not.
    assert all(one.replayed_at is None for one in letters_of(gateway).letters.values())
    assert [one for one in gateway.log.lines if one.action == "dead_letter_replayed"] == []
    gone = {"origins": [LETTER, "market.events/0/9"]}
    told = (await gateway.client.post(REPLAY, headers=here, json=gone)).json()
    assert told == {"published": [LETTER], "repeated": [], "unknown": ["market.events/0/9"]}
    letters_of(gateway).down = True
    away = await gateway.client.post(REPLAY, headers=here, json={"origins": [LETTER]})
    assert (away.status_code, away.json()["type"]) == (503, "urn:gigmatch:no_broker")


async def test_keys_that_reach_further_are_neither_shown_nor_ended(gateway: Gateway) -> None:
    keys = gateway.parts.keys
    station = await a_station(gateway, ZONE, OWN)
    abroad = await a_station(gateway, THERE, STATION_THERE)
    records = {
        zones: (await keys.create("operator", "o", zones=zones))[0]
        for zones in (None, (ZONE,), (THERE,), (THERE, ZONE))
    }
    here = await gateway.operator(zones=(ZONE,))
    listed = (await gateway.client.get("/api/operator/keys", headers=here)).json()["keys"]
    own = listed[-1]
    assert [one["key_id"] for one in listed[:-1]] == [station.key_id, records[ZONE,].key_id]
    assert [one["zones"] for one in listed] == [None, [ZONE], [ZONE]]
    for record in (abroad, records[None], records[THERE,], records[THERE, ZONE]):
        path = f"/api/operator/keys/{record.key_id}/revocation"
        assert (await gateway.client.post(path, headers=here)).status_code == 404
        assert await keys.still_good(record.key_id) == record
    assert [one.action for one in gateway.log.lines if one.action != "refused"] == []
    end = f"/api/operator/keys/{own['key_id']}/revocation"
    assert (await gateway.client.post(end, headers=here)).json()["good"] is False
    assert (await gateway.client.get("/api/operator/keys", headers=here)).status_code == 401


async def test_a_session_has_the_zones_of_its_key(gateway: Gateway) -> None:
    _, key = await gateway.parts.keys.create("reader", "o", zones=(THERE,))
    began = await gateway.client.post("/api/session", json={"key": key})
    assert (began.json()["zones"], began.json()["zone"]) == ([THERE], None)
    assert (await gateway.client.get("/api/operator/jobs/J-1")).status_code == 404
    assert (await gateway.client.get("/api/operator/figures")).status_code == 403
    _, key = await gateway.parts.keys.create("reader", "o")
    assert (await gateway.client.post("/api/session", json={"key": key})).json()["zones"] is None


async def test_a_town_that_is_closed_is_open_to_an_operator_of_its_zone_alone(
    gateway: Gateway, redis_url: str
) -> None:
    async with gateway_of(redis_url, public_view=False) as closed:
        here = await closed.operator(zones=(ZONE,))
        views = ("/api/town", "/api/jobs/J-1", "/feeds/jobs.jsonld")
        for path in views:
            own = await closed.client.get(path, headers=here, params={"zone": ZONE})
            assert own.status_code == 200
            for query in ({"zone": THERE}, {}):
                other = await closed.client.get(path, headers=here, params=query)
                assert other.json()["type"] == "urn:gigmatch:another_zone"
        assert (await closed.client.get("/", headers=here)).status_code == 200
    # What anybody may look at, whoever has a key may.
    open_to_all = await gateway.operator(zones=(THERE,))
    answer = await gateway.client.get("/api/town", headers=open_to_all, params={"zone": ZONE})
    assert answer.status_code == 200


def test_a_key_of_before_is_for_all_zones_and_is_kept_as_it_was() -> None:
    before = (
        b'{"key_id":"000000000000","role":"operator","name":"ops","digest":"d",'
        b'"created_at":1805068800000}'
    )
    record = msgspec.json.decode(before, type=KeyRecord)
    assert record.zones is None
    assert record.reach == "*"
    assert msgspec.json.encode(record) == before
