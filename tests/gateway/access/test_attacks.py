"""Whatever somebody tries that is not theirs to do is refused, changes nothing, and is audited."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from fastapi.routing import APIRoute

from events.codec import decode_outcome, encode
from events.examples import FACTS
from events.facts import (
    ClockTicked,
    Fact,
    JobPosted,
    OfferAccepted,
    WorkerAvailable,
    WorkerForgotten,
)
from events.outcomes import OfferMade
from events.topics import EVENTS
from events.tracing import begun, read_traceparent
from events.values import Interval, Pay, Place
from gateway.access.principals import Worker
from gateway.access.rules import RULES
from gateway.access.sessions import COOKIE
from tests.gateway.serving import Gateway, gateway_of
from tests.projecting import answered, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

OWN, OTHER, ABROAD = f"{ZONE}-05", f"{ZONE}-06", "510100-01"
PLACE = Place(lat=29.655, lon=103.445)
PHONE = "13900001234"
NOTHING: dict[str, Any] = {}


def registered(worker_id: str, station_id: str) -> WorkerAvailable:
    return WorkerAvailable(
        worker_id=worker_id,
        zone=ZONE,
        station_id=station_id,
        windows=(Interval(start=NOW, end=NOW + 72 * HOUR),),
        place=PLACE,
        birth_year=1970,
    )


def posted(job_id: str, station_id: str) -> JobPosted:
    return JobPosted(
        job_id=job_id,
        zone=ZONE,
        station_id=station_id,
        employer_id="E-1",
        title="采茶工",
        shifts=(Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR),),
        pay=Pay(amount_fen=15_000),
        place=PLACE,
        headcount=2,
    )


FACTS_OF_THE_TOWN: tuple[Fact, ...] = (
    ClockTicked(now=NOW),
    registered("W-1", OWN),
    registered("W-2", OTHER),
    posted("J-1", OWN),
    posted("J-2", OTHER),
    ClockTicked(now=NOW + HOUR // 4),
)


class Town(Gateway):
    """A gateway over a town of two stations, each with a job and a worker; W-1 has an offer."""

    offer_id = ""

    async def signed_in(self, worker_id: str = "W-1") -> dict[str, str]:
        """The headers of a worker's page; the client keeps the cookie."""
        self.client.cookies.clear()
        link, _ = self.parts.passes.link(Worker(zone=ZONE, worker_id=worker_id, station_id=OWN))
        answer = await self.client.post("/api/session", json={"link": link})
        assert answer.status_code == 200
        return {"x-csrf-token": answer.json()["csrf"]}

    async def command(
        self, path: str, headers: dict[str, str], body: object = NOTHING, id: str = ""
    ) -> httpx.Response:
        key = {"idempotency-key": id or str(uuid.uuid4())}
        return await self.client.post(path, headers=headers | key, json=body)

    async def refused(self, answer: httpx.Response, status: int, code: str) -> None:
        """Check that an answer is a refusal, that it is audited, and that nothing was published."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"urn:gigmatch:{code}"
        assert (await self.refusals())[-1] == code
        assert self.log.facts == []


@pytest.fixture
async def town(redis_url: str) -> AsyncIterator[Town]:
    log = answered(record_of(fact, offset) for offset, fact in enumerate(FACTS_OF_THE_TOWN))
    project(redis_url, log)
    outcomes = [decode_outcome(record)[1] for record in log if record.topic != EVENTS]
    async with gateway_of(redis_url) as gateway:
        made = Town(gateway.client, gateway.parts, gateway.log)
        offers = [one for one in outcomes if isinstance(one, OfferMade) and one.worker_id == "W-1"]
        made.offer_id = offers[0].offer_id
        await made.parts.said.put(registered("W-1", OWN), at=NOW)
        yield made


async def test_every_route_has_a_rule_and_refuses_every_other_role(town: Town) -> None:
    app = town.client._transport.app  # type: ignore[attr-defined]
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert {(m, r.path) for r in routes for m in r.methods or ()} | {("GET", "/static/{path}")} == (
        RULES.keys()
    )
    worker = await town.signed_in()
    worker |= {"cookie": f"{COOKIE}={town.client.cookies[COOKIE]}"}
    town.client.cookies.clear()
    headers = {
        "anyone": {},
        "worker": worker,
        "station": await town.station(),
        "reader": await town.operator(reader=True),
        "operator": await town.operator(),
    }
    tried = 0
    for (method, path), rule in RULES.items():
        for role, sent in headers.items():
            if role in rule.roles:
                continue
            plain = path.replace("{", "").replace("}", "")
            answer = await town.client.request(method, plain, headers=sent)
            code = "sign_in_first" if role == "anyone" else "not_for_you"
            status = 401 if role == "anyone" else 403
            await town.refused(answer, status, code)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize(
    ("station_id", "zone", "status", "job", "worker"),
    [
        (OTHER, ZONE, 403, "not_yours", "not_yours"),
        (ABROAD, "510100", 404, "unknown_job", "unknown_worker"),
    ],
)
async def test_another_stations_jobs_and_workers(
    town: Town, station_id: str, zone: str, status: int, job: str, worker: str
) -> None:
    headers = await town.station(station_id, zone)
    at_job, at_worker = "/api/station/jobs/J-1", "/api/station/workers/W-1"
    await town.refused(await town.client.get(at_job, headers=headers), status, job)
    await town.refused(await town.client.get(at_worker, headers=headers), status, worker)
    for path in ("cancellation", "amendment", "workers/W-1/completion", "workers/W-1/no-show"):
        await town.refused(await town.command(f"{at_job}/{path}", headers), status, job)
    rating = await town.command(f"{at_job}/workers/W-1/rating", headers, {"stars": 1})
    await town.refused(rating, status, job)
    for path in ("unavailability", "forgetting", f"offers/{town.offer_id}/acceptance"):
        await town.refused(await town.command(f"{at_worker}/{path}", headers), status, worker)
    for path in ("link", "code", "contact/reveal"):
        answer = await town.client.post(f"{at_worker}/{path}", headers=headers)
        await town.refused(answer, status, worker)
    stored = await town.client.put(f"{at_worker}/contact", headers=headers, json={"phone": PHONE})
    await town.refused(stored, status, worker)
    assert (await town.client.get("/api/station/jobs", headers=headers)).json()["jobs"] == (
        [] if zone != ZONE else (await _own_jobs(town, headers))
    )


async def _own_jobs(town: Town, headers: dict[str, str]) -> Any:
    jobs = (await town.client.get("/api/station/jobs", headers=headers)).json()["jobs"]
    assert [one["job"]["job_id"] for one in jobs] == ["J-2"]
    return jobs


async def test_a_station_cannot_speak_for_another_zone_or_station(town: Town) -> None:
    headers = await town.station(OTHER)
    job = msgspec.to_builtins(FACTS["job.posted"])
    for field, value in (("zone", "110105"), ("station_id", OWN)):
        answer = await town.command("/api/station/jobs", headers, job | {field: value})
        await town.refused(answer, 403, "not_yours_to_say")
    taken = {k: v for k, v in job.items() if k not in ("zone", "station_id")} | {"job_id": "J-1"}
    await town.refused(await town.command("/api/station/jobs", headers, taken), 403, "not_yours")
    said = msgspec.json.decode(encode(registered("W-1", OTHER)))
    path = "/api/station/workers/W-1/availability"
    await town.refused(await town.command(path, headers, said), 403, "not_yours")


async def test_another_workers_matches_and_offers(town: Town) -> None:
    token = await town.signed_in("W-2")
    mine = (await town.client.get("/api/worker/matches")).json()
    assert mine["worker_id"] == "W-2"
    assert town.offer_id not in str(mine)
    path = f"/api/worker/offers/{town.offer_id}/acceptance"
    await town.refused(await town.command(path, token), 404, "unknown_offer")
    answer = await town.command(path, token, {"worker_id": "W-1"})
    await town.refused(answer, 404, "unknown_offer")
    for method, other in (("GET", "/api/station/workers/W-1"), ("GET", "/api/operator/live")):
        await town.refused(await town.client.request(method, other), 403, "not_for_you")
    gone = await town.client.get("/api/workers/W-1/matches")
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:gigmatch:not_found")


async def test_a_worker_cannot_make_themselves_older_or_certified(town: Town) -> None:
    token = await town.signed_in()
    body = {
        "windows": [{"start": NOW, "end": NOW + HOUR}],
        "place": {"lat": 29.6, "lon": 103.4},
    }
    for lie in ({"birth_year": 1990}, {"certificates": ["high_voltage"]}, {"zone": "110105"}):
        answer = await town.command("/api/worker/availability", token, body | lie)
        await town.refused(answer, 403, "not_yours_to_say")
    answer = await town.command("/api/worker/availability", token, body)
    assert answer.status_code == 202, answer.text
    [(source, _, fact)] = town.log.facts
    assert isinstance(fact, WorkerAvailable)
    assert (fact.birth_year, fact.station_id, source) == (1970, OWN, f"/zones/{ZONE}/workers/W-1")


async def test_forged_replayed_and_ended_links(town: Town) -> None:
    made, _ = town.parts.passes.link(Worker(zone=ZONE, worker_id="W-1", station_id=OWN))
    forged = await town.client.post("/api/session", json={"link": made[:-2] + "xx"})
    await town.refused(forged, 401, "bad_pass_forged")
    assert (await town.client.post("/api/session", json={"link": made})).status_code == 200
    town.client.cookies.clear()
    replayed = await town.client.post("/api/session", json={"link": made})
    await town.refused(replayed, 401, "bad_pass_used")
    guessed = await town.client.post("/api/session", json={"code": "00000000"})
    await town.refused(guessed, 401, "bad_pass_unknown")
    assert COOKIE not in town.client.cookies


async def test_stale_revoked_and_invented_keys(town: Town) -> None:
    path = "/api/station/jobs"
    record, key = await town.parts.keys.create("station", "t", zone=ZONE, station_id=OWN)
    headers = {"authorization": f"Bearer {key}"}
    assert (await town.client.get(path, headers=headers)).status_code == 200
    rotated = await town.parts.keys.rotate(record.key_id, grace_ms=0)
    assert rotated is not None
    await town.refused(await town.client.get(path, headers=headers), 401, "bad_key_stale")
    headers = {"authorization": f"Bearer {rotated[1]}"}
    ops = await town.operator()
    end = f"/api/operator/keys/{rotated[0].key_id}/revocation"
    assert (await town.client.post(end, headers=ops)).json()["good"] is False
    await town.refused(await town.client.get(path, headers=headers), 401, "bad_key_revoked")
    headers = {"authorization": f"Bearer gm_{rotated[0].key_id}_{'a' * 43}"}
    await town.refused(await town.client.get(path, headers=headers), 401, "bad_key_unknown")
    for odd in ("Basic eDp5", "Bearer", "Bearer " + "x" * 10_000):
        answer = await town.client.get(path, headers={"authorization": odd})
        await town.refused(answer, 401, "bad_key_unknown")


async def test_a_change_from_another_sites_page(town: Town) -> None:
    token = await town.signed_in()
    path = f"/api/worker/offers/{town.offer_id}/acceptance"
    await town.refused(await town.command(path, {}), 403, "no_csrf_token")
    await town.refused(await town.command(path, {"x-csrf-token": "x"}), 403, "no_csrf_token")
    elsewhere = token | {"origin": "https://evil.example"}
    await town.refused(await town.command(path, elsewhere), 403, "other_origin")
    login = await town.client.post(
        "/api/session", json={"code": "00000000"}, headers={"origin": "null"}
    )
    await town.refused(login, 403, "other_origin")
    form = await town.client.post(
        path,
        headers=token | {"idempotency-key": "a", "content-type": "text/plain"},
        content="{}",
    )
    await town.refused(form, 415, "not_json_body")
    answer = await town.command(path, token | {"origin": "http://gateway"})
    assert answer.status_code == 202


async def test_a_cookie_is_for_our_pages_alone(redis_url: str) -> None:
    async with gateway_of(redis_url, public_url="https://gig.example") as gateway:
        worker = Worker(zone=ZONE, worker_id="W-1", station_id=OWN)
        link, _ = gateway.parts.passes.link(worker)
        answer = await gateway.client.post("/api/session", json={"link": link})
        cookie = answer.headers["set-cookie"].lower()
        assert all(word in cookie for word in ("httponly", "secure", "samesite=strict"))
        assert answer.headers["strict-transport-security"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_an_oversized_body(town: Town) -> None:
    headers = await town.station()
    answer = await town.command("/api/station/jobs", headers, {"title": "x" * 300_000})
    await town.refused(answer, 413, "body_too_large")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    sent = headers | {"idempotency-key": "a", "content-type": "application/json"}
    answer = await town.client.post("/api/station/jobs", headers=sent, content=endless())
    await town.refused(answer, 413, "body_too_large")
    deep = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    answer = await town.client.post("/api/station/jobs", headers=sent, content=deep)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:gigmatch:nested_too_deep")


@pytest.mark.parametrize("id", ["a\r\nset-cookie: x=1", "a b", "é", "x" * 65, ""])
async def test_header_injection(town: Town, id: str) -> None:
    headers = await town.station()
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw += [(b"idempotency-key", id.encode()), (b"content-type", b"application/json")]
    answer = await town.client.post("/api/station/jobs", headers=raw, content=b"{}")
    await town.refused(answer, 422, "bad_parameter")
    assert "set-cookie" not in answer.headers


async def test_an_address_in_a_host_header_is_in_no_link(town: Town) -> None:
    headers = await town.station() | {"host": "evil.example"}
    answer = await town.client.post("/api/station/workers/W-1/link", headers=headers)
    assert answer.json()["url"].startswith("/worker#link=")
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "title",
    ["<script>alert(1)</script>", "采茶<img src=x onerror=alert(1)>", "&lt;b&gt;", "JavaScript:x"],
)
async def test_markup_in_a_job_title(town: Town, title: str) -> None:
    job = msgspec.to_builtins(FACTS["job.posted"]) | {"title": title, "station_id": OWN}
    answer = await town.command("/api/station/jobs", await town.station(), job)
    await town.refused(answer, 422, "markup")
    assert answer.json()["field"] == "title"


async def test_a_phone_number_in_a_command(town: Town) -> None:
    job = msgspec.to_builtins(FACTS["job.posted"]) | {"station_id": OWN}
    answer = await town.command(
        "/api/station/jobs", await town.station(), job | {"title": f"电话 {PHONE}"}
    )
    await town.refused(answer, 422, "personal_data")
    assert PHONE not in str(town.log.lines) + answer.text


async def test_too_many_tries(redis_url: str) -> None:
    async with gateway_of(redis_url, rate_sign_in="3/minute") as gateway:
        tries = [
            await gateway.client.post("/api/session", json={"code": f"{n:08}"}) for n in range(5)
        ]
        assert [answer.status_code for answer in tries] == [401] * 3 + [429] * 2
        assert int(tries[-1].headers["retry-after"]) > 0
        assert (await gateway.client.get("/api/texts")).status_code == 200


async def test_the_public_view_can_be_switched_off(redis_url: str) -> None:
    async with gateway_of(redis_url, public_view=False) as gateway:
        for path in ("/", "/api/town", "/api/jobs/J-1", "/api/live"):
            answer = await gateway.client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (
                403,
                "urn:gigmatch:no_public_view",
            )
        headers = await gateway.operator(reader=True)
        assert (await gateway.client.get("/api/town", headers=headers)).status_code == 200


async def test_an_id_stands_for_one_command(town: Town) -> None:
    headers, path = await town.station(), "/api/station/jobs/J-1/cancellation"
    first = await town.command(path, headers, id="once")
    again = await town.command(path, headers, id="once")
    assert again.json() == first.json() | {"repeated": True}
    assert len(town.log.facts) == 1
    town.log.facts.clear()
    other = await town.command(path, headers, {"reason": "雨"}, id="once")
    await town.refused(other, 409, "id_reused")


async def test_a_contact_is_shown_to_its_station_alone_and_never_unseen(town: Town) -> None:
    headers, path = await town.station(), "/api/station/workers/W-1/contact"
    assert (await town.client.put(path, headers=headers, json={"phone": PHONE})).status_code == 200
    shown = await town.client.post(f"{path}/reveal", headers=headers)
    told = {"phone": PHONE, "id_number": None, "name": "", "webhook": "", "language": None}
    assert shown.json() == told
    assert [line.action for line in town.log.lines] == ["contact_stored", "contact_revealed"]
    town.log.down = True
    unseen = await town.client.post(f"{path}/reveal", headers=headers)
    assert (unseen.status_code, PHONE in unseen.text) == (503, False)
    town.log.down = False
    assert PHONE not in str(town.log.lines)


async def test_forgetting_leaves_no_contact_no_availability_and_no_session(town: Town) -> None:
    headers = await town.station()
    path = "/api/station/workers/W-1/contact"
    await town.client.put(path, headers=headers, json={"phone": PHONE})
    token = await town.signed_in()
    answer = await town.command("/api/worker/forgetting", token)
    assert answer.json()["erased"] == ["contact", "availability", "sessions", "matches"]
    [(_, _, fact)] = town.log.facts
    assert fact == WorkerForgotten(worker_id="W-1", zone=ZONE)
    assert await town.parts.contacts.open(ZONE, "W-1") is None
    assert await town.parts.said.open(ZONE, "W-1") is None
    assert (await town.client.get("/api/worker/matches")).status_code == 401


async def test_a_log_that_is_down_is_said_and_the_same_id_may_come_again(town: Town) -> None:
    token = await town.signed_in()
    path = f"/api/worker/offers/{town.offer_id}/acceptance"
    town.log.down = True
    answer = await town.command(path, token, id="yes")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:no_broker")
    town.log.down = False
    answer = await town.command(path, token, id="yes")
    assert (answer.status_code, answer.json()["repeated"]) == (202, False)
    [(_, id, fact)] = town.log.facts
    accepted = OfferAccepted(offer_id=town.offer_id, worker_id="W-1", zone=ZONE)
    assert (id, fact) == ("yes", accepted)


async def test_a_command_goes_on_in_its_clients_trace_and_a_forged_one_begins_its_own(
    town: Town,
) -> None:
    headers = await town.station(OWN)
    path = "/api/station/jobs/J-1/cancellation"
    outer = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for number, traceparent in enumerate((outer, "", f"00-{PHONE}", outer * 100)):
        answer = await town.command(path, headers | {"traceparent": traceparent}, id=f"t-{number}")
        assert answer.status_code == 202, answer.text
    source = town.log.facts[0][0]
    given = read_traceparent(outer)
    assert given is not None
    assert town.log.traces == [
        given.then(f"{source}#t-0"),
        *(begun(source, f"t-{number}") for number in (1, 2, 3)),
    ]
