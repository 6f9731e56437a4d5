"""The gateway's store follows the log: newest availabilities sealed, the forgotten erased."""

import asyncio
from pathlib import Path

import msgspec

from events.codec import encode, event_headers
from events.examples import FACTS
from events.facts import ClockTicked, Fact, WorkerAvailable, WorkerForgotten
from events.topics import EVENTS
from gateway.access.keys import Keys
from gateway.access.passes import Passes
from gateway.access.principals import Worker
from gateway.access.sessions import Lasting, Sessions
from gateway.contacts import Contact, Contacts
from gateway.parts import now_ms
from gateway.registrations import Registrations
from gateway.sealing import Vault
from gateway.store import open_store
from gigmatch.following import CLOCKS_APART_MS, Follower
from gigmatch.topics_admin import ensure_topics
from producers.desk import Desk
from producers.publisher import Publisher
from tests.brokers import MemoryBroker
from tests.gateway.serving import CONTACT_KEY, SIGNING_KEY

ZONE = "511181"
PATIENCE_S = 120


async def test_who_is_forgotten_has_nothing_left_and_who_is_not_stays(
    embedded_broker: MemoryBroker, tmp_path: Path
) -> None:
    await asyncio.to_thread(ensure_topics, embedded_broker.bootstrap, 1, 1)
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    contacts = Contacts(Vault(store, "contact", [CONTACT_KEY]))
    said = Registrations(Vault(store, "said", [CONTACT_KEY]))
    desk = Desk(embedded_broker.bootstrap, client_id="tests")
    available = FACTS["worker.available"]
    assert isinstance(available, WorkerAvailable)
    available = msgspec.structs.replace(available, crew=None)
    last = msgspec.structs.replace(available, worker_id="W-3")
    now = now_ms()
    entered = {"W-1": now, "W-2": now, "W-4": now + 2 * CLOCKS_APART_MS, "W-5": now}
    for worker_id, at in entered.items():
        contact = Contact(phone="13900001234")
        await contacts.put(ZONE, worker_id, f"{ZONE}-05", contact, now=at)
    facts: list[Fact] = [
        *(msgspec.structs.replace(available, worker_id=f"W-{n}") for n in (1, 2)),
        WorkerForgotten(worker_id="W-1", zone=ZONE),
        WorkerForgotten(worker_id="W-4", zone=ZONE),
        last,
    ]
    passes = Passes(store, now_ms, (SIGNING_KEY,), link_ttl_s=3_600, code_ttl_s=600)
    sessions = Sessions(store, Keys(store, now_ms), now_ms, Lasting(3_600, 3_600, 3_600))
    cookies = {}
    for worker_id in ("W-1", "W-2"):
        worker = Worker(zone=ZONE, worker_id=worker_id, station_id=f"{ZONE}-05")
        cookies[worker_id], _ = await sessions.begin(worker)
    follower = Follower(embedded_broker.bootstrap, contacts, said, passes, longest_s=3_600)
    await desk.everywhere(ClockTicked(now=now), id="tick", source="/tests", time=now)
    _publish_years_behind(embedded_broker.bootstrap, WorkerForgotten(worker_id="W-5", zone=ZONE))
    for number, fact in enumerate(facts):
        await desk.fact(fact, id=f"f-{number}", source="/tests", time=now_ms())
    following = asyncio.create_task(follower.run())
    async with asyncio.timeout(PATIENCE_S):
        while await said.open(ZONE, "W-3") != last:
            await asyncio.sleep(0.05)
    follower.stop()
    await following
    await desk.close()
    assert await sessions.find(cookies["W-1"]) is None
    assert await sessions.find(cookies["W-2"]) is not None
    assert await said.open(ZONE, "W-1") is None
    assert await contacts.open(ZONE, "W-1") is None
    assert await said.open(ZONE, "W-2") == facts[1]
    assert await contacts.open(ZONE, "W-2") is not None
    assert await contacts.open(ZONE, "W-4") is not None  # entered again since
    assert await contacts.open(ZONE, "W-5") is None  # whatever the terminal's clock said
    await store.close()


def _publish_years_behind(bootstrap: str, fact: Fact) -> None:
    """As a terminal does whose clock has lost its battery."""
    began = 1_420_070_400_000
    headers = event_headers(fact, id="behind", source="/tests", time=began)
    publisher = Publisher(bootstrap, client_id="tests")
    publisher.publish(
        EVENTS, encode(fact), key=fact.zone.encode(), headers=headers, timestamp=began
    )
    publisher.close()
