"""A contact is shown to whom it belongs, and nothing is left of who is forgotten."""

import msgspec
import pytest

from events.facts import WorkerAvailable, WorkerForgotten
from events.values import Crew, Interval
from gateway.contacts import Contact
from gateway.parts import now_ms
from gateway.registrations import Registrations
from gateway.sealing import ContactKey, Vault
from gateway.store import StoreError
from gigmatch.readmodel.keys import ENDS, worker_key
from gigmatch.readmodel.worker import WorkerBookingDoc, WorkerDoc
from tests.gateway.two_stations import OTHER, OWN, PHONE, Town, registered
from tests.town import HOUR, NOW, ZONE


def ended(worker_id: str) -> WorkerAvailable:
    """A registration that is over."""
    window = Interval(start=NOW - 2 * HOUR, end=NOW - HOUR)
    return msgspec.structs.replace(registered(worker_id, OWN), windows=(window,))


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


async def test_what_is_changed_of_a_contact_leaves_the_rest(town: Town) -> None:
    headers, path = await town.station(), "/api/station/workers/W-1/contact"
    refused = await town.client.patch(path, headers=headers, json={"name": "王大爷"})
    assert (refused.status_code, refused.json()["field"]) == (422, "phone")
    known = {"phone": PHONE, "webhook": "openid-1", "language": "en"}
    await town.client.put(path, headers=headers, json=known)
    changed = {"phone": "13900009999", "name": "王大爷"}
    answer = await town.client.patch(path, headers=headers, json=changed)
    assert answer.json() == {"stored": True, "station_id": f"{ZONE}-05"}
    shown = await town.client.post(f"{path}/reveal", headers=headers)
    assert shown.json() == {**known, **changed, "id_number": None}
    other = await town.station("511181-06")
    assert (await town.client.patch(path, headers=other, json=changed)).status_code == 403


async def test_who_has_not_been_here_for_long_sees_what_they_registered(town: Town) -> None:
    """The read model forgets them a week after their time; their session goes on."""
    await town.parts.said.put(registered("W-9", OWN), at=NOW)
    token = await town.signed_in("W-9")
    view = (await town.client.get("/api/worker/matches")).json()
    assert (view["worker_id"], view["station_id"], view["available"]) == ("W-9", OWN, False)
    assert view["availability"]["birth_year"] == 1970
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    assert (await town.command("/api/worker/availability", token, body)).status_code == 202
    await town.signed_in("W-10")
    assert (await town.client.get("/api/worker/matches")).status_code == 404


async def test_nor_is_their_station_without_them(town: Town) -> None:
    """A lost phone of theirs stayed signed in for a month, and they could not be erased."""
    await town.parts.said.put(registered("W-9", OWN), at=NOW)
    await town.signed_in("W-9")
    own, other = await town.station(), await town.station(OTHER)
    path = "/api/station/workers/W-9"
    view = (await town.client.get(path, headers=own)).json()
    assert (view["available"], view["availability"]["birth_year"]) == (False, 1970)
    for one in (path, f"{path}/passes"):
        method = "DELETE" if one.endswith("passes") else "GET"
        assert (await town.client.request(method, one, headers=other)).status_code == 403
    assert (await town.client.delete(f"{path}/passes", headers=own)).status_code == 200
    assert (await town.client.get("/api/worker/matches")).status_code == 401
    answer = await town.command(f"{path}/forgetting", own)
    assert "availability" in answer.json()["erased"]
    assert await town.parts.said.open(ZONE, "W-9") is None


async def test_who_has_been_away_for_long_may_register_at_another_station(town: Town) -> None:
    """The old station's sealed registration never ended: they had to be forgotten there first."""
    await town.parts.said.put(ended("W-9"), at=NOW)
    contact = Contact(phone=PHONE)
    await town.parts.contacts.put(ZONE, "W-9", OWN, contact, now=NOW)
    own, other = await town.station(), await town.station(OTHER)
    path = "/api/station/workers/W-9"
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    answer = await town.command(f"{path}/availability", other, body)
    await town.refused(answer, 403, "not_yours")
    await town.refused(await town.client.get(path, headers=other), 403, "not_yours")
    assert (await town.client.delete(f"{path}/contact", headers=own)).status_code == 200
    await town.refused(await town.client.get(path, headers=other), 404, "unknown_worker")
    for command in ("forgetting", "unavailability"):
        await town.refused(await town.command(f"{path}/{command}", other), 403, "not_yours")
    assert (await town.client.get(path, headers=own)).status_code == 200
    assert (await town.command(f"{path}/availability", other, body)).status_code == 202
    [(_, _, fact)] = town.log.facts
    assert isinstance(fact, WorkerAvailable)
    assert fact.station_id == OTHER


async def test_nobody_is_taken_over_before_their_registration_is_over(town: Town) -> None:
    other = await town.station(OTHER)
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    await town.parts.said.put(registered("W-9", OWN), at=NOW)
    sealed = Registrations(Vault(town.parts.wishes.store, "said", [ContactKey("gone", bytes(32))]))
    await sealed.put(ended("W-8"), at=NOW)
    for worker_id in ("W-1", "W-8", "W-9"):
        path = f"/api/station/workers/{worker_id}/availability"
        await town.refused(await town.command(path, other, body), 403, "not_yours")
    await town.parts.said.put(ended("W-9"), at=NOW)
    await town.parts.redis.hset(ENDS, "0", 1_000)  # the read model is being made again
    answer = await town.command("/api/station/workers/W-9/availability", other, body)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:rebuilding")


async def test_whom_the_market_still_shows_may_move_when_their_bookings_are_over(
    town: Town,
) -> None:
    other, key = await town.station(OTHER), worker_key(ZONE, "W-1")
    path = "/api/station/workers/W-1/availability"
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    shift = Interval(start=NOW - 2 * HOUR, end=NOW + HOUR)
    booked = WorkerBookingDoc(offer_id="o", places=1, at=NOW, shifts=(shift,))
    over = WorkerDoc(zone=ZONE, worker_id="W-1", station_id=OWN, at=NOW, valid_until=NOW)
    working = msgspec.structs.replace(over, bookings={"J-1": booked})
    await town.parts.redis.set(key, msgspec.json.encode(working))
    await town.refused(await town.command(path, other, body), 403, "not_yours")
    seen = "/api/station/workers/W-1"
    await town.refused(await town.client.get(seen, headers=other), 403, "not_yours")
    await town.parts.redis.set(key, msgspec.json.encode(over))
    await town.refused(await town.client.get(seen, headers=other), 404, "unknown_worker")
    assert (await town.command(path, other, body)).status_code == 202


async def test_who_pauses_belongs_to_their_station_until_what_they_said_is_over(
    town: Town,
) -> None:
    """Every station of the zone could take them over at once, and its clerk was not stopped."""
    own, other = await town.station(), await town.station(OTHER)
    seen = "/api/station/workers/W-1"
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    paused = WorkerDoc(zone=ZONE, worker_id="W-1", station_id=OWN, at=NOW, valid_until=None)
    await town.parts.redis.set(worker_key(ZONE, "W-1"), msgspec.json.encode(paused))
    await town.parts.said.put(registered("W-1", OWN), at=NOW)
    await town.refused(await town.client.get(seen, headers=other), 403, "not_yours")
    answer = await town.command(f"{seen}/availability", other, body)
    await town.refused(answer, 403, "not_yours")
    assert (await town.client.get(seen, headers=own)).status_code == 200
    await town.parts.said.put(ended("W-1"), at=NOW)
    await town.refused(await town.client.get(seen, headers=other), 404, "unknown_worker")
    assert (await town.command(f"{seen}/availability", other, body)).status_code == 202


async def test_a_contact_of_the_station_before_is_erased_there_or_replaced_here(
    town: Town,
) -> None:
    """Who moved by an outbox had a contact that neither station could show, change or erase."""
    before, path = Contact(phone=PHONE, name="王大爷"), "/api/station/workers/W-2/contact"
    own, other = await town.station(), await town.station(OTHER)  # W-2 is OTHER's by now
    await town.parts.contacts.put(ZONE, "W-2", OWN, before, now=NOW)
    for headers in (own, other):
        shown = await town.client.post(f"{path}/reveal", headers=headers)
        await town.refused(shown, 403, "not_yours")
    stored = await town.client.put(path, headers=own, json={"phone": PHONE})
    await town.refused(stored, 403, "not_yours")
    added = await town.client.patch(path, headers=other, json={"name": "王"})
    assert (added.status_code, added.json()["field"]) == (422, "phone")
    new = {"phone": "13900009999"}
    for method in ("PUT", "PATCH"):
        await town.parts.contacts.put(ZONE, "W-2", OWN, before, now=NOW)
        changed = await town.client.request(method, path, headers=other, json=new)
        assert changed.json() == {"stored": True, "station_id": OTHER}
        kept = await town.parts.contacts.open(ZONE, "W-2")
        assert kept == Contact(phone=new["phone"])
    await town.refused(await town.client.delete(path, headers=own), 403, "not_yours")
    for headers in (own, other):
        await town.parts.contacts.put(ZONE, "W-2", OWN, before, now=NOW)
        assert (await town.client.delete(path, headers=headers)).json()["stored"] is False
        assert await town.parts.contacts.open(ZONE, "W-2") is None


async def test_what_a_blank_form_has_no_room_for_stays_as_it_was(town: Town) -> None:
    crew = Crew(leader_id="W-1", size=8)
    before = msgspec.structs.replace(
        registered("W-1", OWN), crew=crew, other_zones=("511102",), max_bookings=3
    )
    await town.parts.said.put(before, at=NOW)
    path = "/api/station/workers/W-1/availability"
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    own = await town.station()
    assert (await town.command(path, own, body)).status_code == 202
    assert (await town.command(path, own, {**body, "crew": None})).status_code == 202
    [kept, cleared] = [fact for _, _, fact in town.log.facts]
    assert isinstance(kept, WorkerAvailable)
    assert isinstance(cleared, WorkerAvailable)
    assert (kept.crew, kept.other_zones, kept.max_bookings) == (crew, ("511102",), 3)
    assert (cleared.crew, cleared.max_bookings) == (None, 3)


async def test_a_session_of_an_old_station_takes_nobody_back_there(town: Town) -> None:
    """A phone stays signed in for weeks; whoever has moved on meanwhile says so with it, too."""
    await town.parts.said.put(registered("W-1", OTHER), at=NOW)
    token = await town.signed_in("W-1")  # by a link of OWN
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    assert (await town.command("/api/worker/availability", token, body)).status_code == 202
    [(_, _, fact)] = town.log.facts
    assert isinstance(fact, WorkerAvailable)
    assert fact.station_id == OTHER


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


async def test_forgetting_said_again_tells_the_same_and_ends_sessions_again(town: Town) -> None:
    headers = {**await town.station(), "idempotency-key": "again"}
    path, store = "/api/station/workers/W-1/forgetting", town.parts.wishes.store
    first = (await town.client.post(path, headers=headers, json={})).json()
    assert first["erased"] == ["availability", "sessions", "matches"]
    await store.take("barred", f"{ZONE}/W-1")  # the gateway ended in between
    second = (await town.client.post(path, headers=headers, json={})).json()
    assert second == {**first, "repeated": True}
    assert await store.get("barred", f"{ZONE}/W-1") is not None
    assert len(town.log.facts) == 1


async def test_without_a_log_nothing_is_erased_and_the_same_again_erases_all(town: Town) -> None:
    """Contact and registration went first: whoever stopped at the error was half erased."""
    await town.parts.contacts.put(ZONE, "W-1", OWN, Contact(phone=PHONE), now=NOW)
    token = await town.signed_in()
    town.log.down = True
    answer = await town.command("/api/worker/forgetting", token, id="gone")
    assert answer.json()["type"] == "urn:gigmatch:no_broker"
    assert await town.parts.contacts.open(ZONE, "W-1") is not None
    assert await town.parts.said.open(ZONE, "W-1") is not None
    town.log.down = False
    answer = await town.command("/api/worker/forgetting", token, id="gone")
    assert answer.json()["erased"] == ["contact", "availability", "sessions", "matches"]
    assert await town.parts.contacts.open(ZONE, "W-1") is None
    assert await town.parts.said.open(ZONE, "W-1") is None
    assert len(town.log.facts) == 1


async def test_nor_is_somebody_lost_whom_the_market_shows_no_more(town: Town) -> None:
    """Without their sealed registration nobody held them: 404, and nothing was published."""
    await town.parts.said.put(ended("W-9"), at=NOW)
    headers, path = await town.station(), "/api/station/workers/W-9/forgetting"
    town.log.down = True
    assert (await town.command(path, headers, id="gone")).status_code == 503
    town.log.down = False
    assert (await town.command(path, headers, id="gone")).status_code == 202
    [(_, _, fact)] = town.log.facts
    assert fact == WorkerForgotten(worker_id="W-9", zone=ZONE)


async def test_a_store_that_fails_after_the_log_is_asked_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.parts.contacts.put(ZONE, "W-1", OWN, Contact(phone=PHONE), now=now_ms())
    await town.parts.said.put(registered("W-1", OWN), at=now_ms())
    headers, path = await town.station(), "/api/station/workers/W-1/forgetting"

    async def fail(kind: str, key: str) -> bytes | None:
        raise StoreError("store.silent", why="the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(town.parts.wishes.store, "take", fail)
        failed = await town.command(path, headers, id="gone")
    assert failed.json()["type"] == "urn:gigmatch:no_store"
    answer = (await town.command(path, headers, id="gone")).json()
    assert answer["erased"] == ["contact", "availability", "sessions", "matches"]
    assert answer["repeated"] is True
    assert await town.parts.contacts.open(ZONE, "W-1") is None
    assert await town.parts.said.open(ZONE, "W-1") is None
    assert len(town.log.facts) == 1


async def test_who_is_registered_again_is_not_erased_by_the_same_command_again(town: Town) -> None:
    headers, path = await town.station(), "/api/station/workers/W-1/forgetting"
    assert (await town.command(path, headers, id="gone")).status_code == 202
    later = now_ms() + 1
    await town.parts.contacts.put(ZONE, "W-1", OWN, Contact(phone=PHONE), now=later)
    await town.parts.said.put(registered("W-1", OWN), at=later)
    assert (await town.command(path, headers, id="gone")).json()["repeated"] is True
    assert await town.parts.contacts.open(ZONE, "W-1") is not None
    assert await town.parts.said.open(ZONE, "W-1") is not None


async def test_who_came_with_a_leader_who_is_erased_comes_alone(town: Town) -> None:
    """From the sealed registration the leader came back onto the log, and nobody was asked."""
    led = msgspec.structs.replace(registered("W-1", OWN), crew=Crew(leader_id="W-8", size=4))
    await town.parts.said.put(registered("W-8", OWN), at=NOW)
    await town.parts.said.put(led, at=NOW)
    assert await town.parts.said.open(ZONE, "W-1") == led
    await town.parts.said.erase(ZONE, "W-8")
    own = await town.station()
    view = (await town.client.get("/api/station/workers/W-1", headers=own)).json()
    assert view["availability"]["crew"] is None
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    path = "/api/station/workers/W-1/availability"
    assert (await town.command(path, own, body)).status_code == 202
    assert "W-8" not in str(town.log.facts)


async def test_a_registration_that_nobody_can_open_is_made_anew(town: Town) -> None:
    """Its key is gone; nobody could be registered, and the terminal's other commands waited."""
    other_key = Vault(town.parts.wishes.store, "said", [ContactKey("gone", bytes(32))])
    await Registrations(other_key).put(registered("W-1", OWN), at=NOW)
    body = {"windows": [{"start": NOW, "end": NOW + HOUR}], "place": {"lat": 29.6, "lon": 103.4}}
    own = await town.station()
    path = "/api/station/workers/W-1/availability"
    assert (await town.command(path, own, body)).status_code == 202
