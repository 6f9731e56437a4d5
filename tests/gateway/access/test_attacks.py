"""Whatever somebody tries that is not theirs to do is refused, changes nothing, and is audited."""

from typing import Any

import msgspec
import pytest
from fastapi.routing import APIRoute

from events.codec import encode
from events.examples import FACTS
from events.facts import WorkerAvailable
from gateway.access.rules import RULES
from gigmatch.browser import COOKIE
from tests.gateway.serving import gateway_of
from tests.gateway.two_stations import ABROAD, OTHER, OWN, PHONE, Town, registered
from tests.town import HOUR, NOW, ZONE


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
    word = await town.command(f"{at_worker}/offers/{town.offer_id}/rating", headers, {"stars": 1})
    await town.refused(word, status, worker)
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
    path = f"/api/worker/offers/{town.offer_id}/rating"
    await town.refused(await town.command(path, token, {"stars": 1}), 404, "unknown_work")
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


async def test_a_change_from_another_sites_page(town: Town) -> None:
    token = await town.signed_in()
    path = f"/api/worker/offers/{town.offer_id}/acceptance"
    await town.refused(await town.command(path, {}), 403, "no_csrf_token")
    await town.refused(await town.command(path, {"x-csrf-token": "x"}), 403, "no_csrf_token")
    for origin in ("https://evil.example", "http://["):
        elsewhere = token | {"origin": origin}
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
