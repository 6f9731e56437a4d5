"""Links, codes, keys and cookies: forged, used, stale, guessed, taken elsewhere."""

import asyncio

import httpx
import msgspec

from gateway.access.principals import Worker
from gateway.access.sessions import Session
from gateway.parts import now_ms
from gigmatch.browser import COOKIE
from tests.gateway.serving import Gateway, gateway_of
from tests.gateway.two_stations import OWN, Town
from tests.town import ZONE


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


async def test_a_code_whose_answer_was_lost_lets_in_whoever_has_sent_it(town: Town) -> None:
    code, _ = await town.parts.passes.code(Worker(zone=ZONE, worker_id="W-1", station_id=OWN))
    sent = {"code": code, "attempt": "mine"}
    for _ in range(2):
        town.client.cookies.clear()
        assert (await town.client.post("/api/session", json=sent)).json()["worker_id"] == "W-1"
    town.client.cookies.clear()
    for other in ({"code": code}, {"code": code, "attempt": "another's"}):
        refused = await town.client.post("/api/session", json=other)
        await town.refused(refused, 401, "bad_pass_unknown")


async def test_a_lost_phone_is_signed_out_and_a_new_link_lets_in(town: Town) -> None:
    path, page = "/api/station/workers/W-1", "/api/worker/matches"
    headers = await town.station()
    link, code = [
        (await town.client.post(f"{path}/{kind}", headers=headers)).json()
        for kind in ("link", "code")
    ]
    await town.signed_in()
    assert (await town.client.get(page)).status_code == 200
    other = await town.station("511181-06")
    answer = await town.client.delete(f"{path}/passes", headers=other)
    await town.refused(answer, 403, "not_yours")
    town.log.down = True  # a thief is not waited for
    ended = await town.client.delete(f"{path}/passes", headers=headers)
    town.log.down = False
    assert ended.json() == {"worker_id": "W-1", "ended": True}
    await town.refused(await town.client.get(page), 401, "sign_in_first")
    for old in ({"link": link["url"].partition("#link=")[2]}, {"code": code["code"]}):
        await town.refused(await town.client.post("/api/session", json=old), 401, "bad_pass_ended")
    await asyncio.sleep(0.002)  # a pass of that same millisecond has ended, too
    await town.signed_in()
    assert (await town.client.get(page)).status_code == 200


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


async def test_a_cookie_is_for_our_pages_alone(redis_url: str) -> None:
    async with gateway_of(redis_url, public_url="https://gig.example") as gateway:
        worker = Worker(zone=ZONE, worker_id="W-1", station_id=OWN)
        link, _ = gateway.parts.passes.link(worker)
        answer = await gateway.client.post("/api/session", json={"link": link})
        cookie = answer.headers["set-cookie"].lower()
        assert all(word in cookie for word in ("httponly", "secure", "samesite=strict"))
        assert answer.headers["strict-transport-security"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def _age(gateway: Gateway) -> None:
    """Let the session that there is have been used last when half of its time was left."""
    store = gateway.parts.wishes.store
    [(name, kept)] = (await store.all("session")).items()
    session = msgspec.json.decode(kept, type=Session)
    aged = msgspec.structs.replace(session, expires_at=(session.expires_at + now_ms()) // 2)
    await store.put("session", name, msgspec.json.encode(aged), until=aged.expires_at)


async def test_a_terminal_that_is_used_stays_signed_in(redis_url: str) -> None:
    async with gateway_of(redis_url, public_url="https://gig.example") as gateway:
        gateway.client.base_url = httpx.URL("https://gig.example")  # its cookie is for https alone
        path = "/api/session"
        record, key = await gateway.parts.keys.create("station", "t", zone=ZONE, station_id=OWN)
        began = await gateway.client.post(path, json={"key": key})
        token = {"x-csrf-token": began.json()["csrf"]}
        month_s = gateway.parts.wishes.station_session_ttl_s
        assert f"Max-Age={month_s};" in began.headers["set-cookie"]
        assert "set-cookie" not in (await gateway.client.get(path)).headers
        await _age(gateway)
        for elsewhere in ("/", "/feeds/jobs.jsonld"):  # what a cache between may keep
            assert "set-cookie" not in (await gateway.client.get(elsewhere)).headers
        used = await gateway.client.get(path)
        assert used.headers.get_list("set-cookie") == [began.headers["set-cookie"]]
        assert used.json()["csrf"] == began.json()["csrf"]
        assert used.json()["expires_at"] >= began.json()["expires_at"]
        assert "set-cookie" not in (await gateway.client.get(path)).headers
        await _age(gateway)
        [gone] = (await gateway.client.delete(path, headers=token)).headers.get_list("set-cookie")
        assert "Max-Age=0" in gone
        assert (await gateway.client.get(path)).status_code == 401
        await gateway.client.post(path, json={"key": key})
        await _age(gateway)
        await gateway.parts.keys.revoke(record.key_id)
        refused = await gateway.client.get(path)
        assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)


async def test_too_many_tries(redis_url: str) -> None:
    async with gateway_of(redis_url, rate_sign_in="3/minute") as gateway:
        tries = [
            await gateway.client.post("/api/session", json={"code": f"{n:08}"}) for n in range(5)
        ]
        assert [answer.status_code for answer in tries] == [401] * 3 + [429] * 2
        assert int(tries[-1].headers["retry-after"]) > 0
        assert (await gateway.client.get("/api/texts")).status_code == 200
        await gateway.parts.audit.drain()
        # The first names the flood.
        assert gateway.log.refusals() == ["bad_pass_unknown"] * 3 + ["too_many"]


async def test_a_workers_code_signs_no_station_out(town: Town) -> None:
    """One browser has one session; the terminal's key is typed once, and is not at hand."""
    _, key = await town.parts.keys.create("station", "own", zone=ZONE, station_id=OWN)
    await town.client.post("/api/session", json={"key": key})
    code, _ = await town.parts.passes.code(Worker(zone=ZONE, worker_id="W-1", station_id=OWN))
    refused = await town.client.post("/api/session", json={"code": code})
    await town.refused(refused, 409, "signed_in_here")
    assert (await town.client.get("/api/session")).json()["role"] == "station"
    town.client.cookies.clear()
    taken = await town.client.post("/api/session", json={"code": code})  # it is still good
    assert taken.json()["role"] == "worker"
