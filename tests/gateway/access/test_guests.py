"""A worker on the device of a station: in with a code for some minutes, nobody else's, and out."""

import pytest

from events.facts import OfferAccepted
from gateway.access.principals import Worker
from gateway.access.sessions import GUEST_S
from gateway.parts import now_ms
from gigmatch.browser import COOKIE
from tests.gateway.two_stations import OWN, Town
from tests.town import ZONE

GUEST = "/api/session/guest"
MATCHES = "/api/worker/matches"


@pytest.fixture
async def device(town: Town) -> dict[str, str]:
    """The headers of a browser that a station has signed in at; the client has its cookie."""
    key = (await town.station())["authorization"].removeprefix("Bearer ")
    answer = await town.client.post("/api/session", json={"key": key})
    return {"x-csrf-token": answer.json()["csrf"]}


async def _code(town: Town, worker_id: str = "W-1") -> str:
    code, _ = await town.parts.passes.code(Worker(zone=ZONE, worker_id=worker_id, station_id=OWN))
    return code


async def _guest(town: Town, device: dict[str, str]) -> dict[str, str]:
    answer = await town.client.post(GUEST, headers=device, json={"code": await _code(town)})
    assert answer.json()["worker_id"] == "W-1"
    assert "set-cookie" not in answer.headers
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def test_a_guest_sees_and_answers_their_own_and_the_station_stays(
    town: Town, device: dict[str, str]
) -> None:
    guest = await _guest(town, device)
    view = (await town.client.get(MATCHES, headers=guest)).json()
    assert view["worker_id"] == "W-1"
    assert town.offer_id in [one["offer_id"] for one in view["offers"]]
    for path in ("/api/station/jobs", "/api/operator/markets"):
        await town.refused(await town.client.get(path, headers=guest), 403, "not_for_you")
    answer = await town.command(f"/api/worker/offers/{town.offer_id}/acceptance", guest)
    assert answer.status_code == 202
    [(source, _, fact)] = town.log.facts
    assert (source, fact) == (
        f"/zones/{ZONE}/workers/W-1",
        OfferAccepted(offer_id=town.offer_id, worker_id="W-1", zone=ZONE),
    )
    assert (await town.client.get("/api/session")).json()["station_id"] == OWN


async def test_whoever_has_left_is_out_and_the_station_stays(
    town: Town, device: dict[str, str]
) -> None:
    guest = await _guest(town, device)
    assert (await town.client.delete(GUEST, headers=guest)).json() == {"ended": True}
    await town.refused(await town.client.get(MATCHES, headers=guest), 401, "sign_in_first")
    await town.refused(await town.client.delete(GUEST, headers=guest), 401, "sign_in_first")
    assert (await town.client.get("/api/station/jobs")).status_code == 200


async def test_a_guest_goes_with_whatever_ends_a_workers_sessions_and_by_itself(
    town: Town, device: dict[str, str]
) -> None:
    guest = await _guest(town, device)
    ended = await town.client.delete("/api/station/workers/W-1/passes", headers=device)
    assert ended.status_code == 200
    await town.refused(await town.client.get(MATCHES, headers=guest), 401, "sign_in_first")
    answer = await town.client.post(GUEST, headers=device, json={"code": await _code(town, "W-2")})
    assert abs(answer.json()["expires_at"] - now_ms() - GUEST_S * 1_000) < 60_000


async def test_a_guests_token_is_no_cookie_and_does_not_go_on(
    town: Town, device: dict[str, str]
) -> None:
    """As a cookie it would be renewed, and ten minutes would be a month."""
    guest = await _guest(town, device)
    token = guest["authorization"].removeprefix("Bearer ")
    town.client.cookies.clear()
    for path in ("/api/session", MATCHES):
        answer = await town.client.get(path, headers={"cookie": f"{COOKIE}={token}"})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
    assert (await town.client.get(MATCHES, headers=guest)).status_code == 200


async def test_only_a_station_takes_a_guest_with_a_code_that_is_good(
    town: Town, device: dict[str, str]
) -> None:
    code = await _code(town)
    await town.refused(await town.client.post(GUEST, json={"code": code}), 403, "no_csrf_token")
    wrong = await town.client.post(GUEST, headers=device, json={"code": "00000000"})
    await town.refused(wrong, 401, "bad_pass_unknown")
    sent = {"code": code, "attempt": "mine"}
    for _ in range(2):  # whoever has lost the answer asks again
        assert (await town.client.post(GUEST, headers=device, json=sent)).status_code == 200
    again = await town.client.post(GUEST, headers=device, json={"code": code})
    await town.refused(again, 401, "bad_pass_unknown")
    worker = await town.signed_in()
    refused = await town.client.post(GUEST, headers=worker, json={"code": await _code(town)})
    await town.refused(refused, 403, "not_for_you")
    await town.refused(await town.client.delete(GUEST, headers=worker), 404, "no_session")
    town.client.cookies.clear()
    nobody = await town.client.post(GUEST, json={"code": await _code(town)})
    await town.refused(nobody, 401, "sign_in_first")
    assert COOKIE not in town.client.cookies


async def test_an_invented_guest_is_nobody(town: Town) -> None:
    for token in ("gs.", f"gs.{'a' * 43}"):
        headers = {"authorization": f"Bearer {token}"}
        await town.refused(await town.client.get(MATCHES, headers=headers), 401, "sign_in_first")
