"""The gateway's store follows the log: newest availabilities sealed, the forgotten erased."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import msgspec
import pytest

from events.codec import encode, event_headers
from events.examples import FACTS
from events.facts import (
    ClockTicked,
    Fact,
    StationQuarantined,
    StationReleased,
    WorkerAvailable,
    WorkerForgotten,
)
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS
from events.values import Interval
from gateway.access.keys import Clock, Keys
from gateway.access.passes import Passes
from gateway.access.principals import Worker
from gateway.access.sessions import Lasting, Sessions
from gateway.contacts import Contact, Contacts
from gateway.heard import REMEMBERED_MS, Heard
from gateway.parts import now_ms
from gateway.registrations import Registrations
from gateway.sealing import Vault
from gateway.store import Store, open_store
from gigmatch.following import CLOCKS_APART_MS, Follower
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from producers.desk import Desk
from producers.publisher import Publisher
from streams.dead_letters import bury, opened, send_again
from tests.brokers import Broker, BrokerKind, MemoryBroker
from tests.gateway.serving import CONTACT_KEY, SIGNING_KEY
from tests.town import HOUR, NOW

ZONE = "511181"
PATIENCE_S = 120


@pytest.fixture(autouse=True)
def _joined_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded broker lets a group begin after half a session, and here many begin."""
    monkeypatch.setattr("gigmatch.following._SESSION_MS", 2_000)


DAY_MS = 86_400_000
_MARKS = count()


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
    follower = Follower(
        embedded_broker.bootstrap, contacts, said, passes, Heard(store, now_ms), longest_s=3_600
    )
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


class Followed:
    """A store that follows a log of one partition, while somebody has it follow."""

    def __init__(self, bootstrap: str, store: Store, clock: Clock = now_ms) -> None:
        self.said = Registrations(Vault(store, "said", [CONTACT_KEY]))
        self.sessions = Sessions(store, Keys(store, now_ms), now_ms, Lasting(3_600, 3_600, 3_600))
        self.bootstrap = bootstrap
        self._contacts = Contacts(Vault(store, "contact", [CONTACT_KEY]))
        self._passes = Passes(store, now_ms, (SIGNING_KEY,), link_ttl_s=3_600, code_ttl_s=600)
        self._heard = Heard(store, clock)
        self._desk = Desk(bootstrap, client_id="tests")

    async def publish(self, *facts: tuple[str, Fact], source: str = "/tests") -> None:
        """Publish facts under their ids."""
        for id, fact in facts:
            await self._desk.fact(fact, id=id, source=source, time=now_ms())

    async def catches_up(self) -> None:
        """Have a follower of its own read on to the end, as after a start; then it ends."""
        number = next(_MARKS)
        mark = registration("W-mark", day=number)
        await self.publish((f"mark-{number}", mark))
        follower = Follower(
            self.bootstrap, self._contacts, self.said, self._passes, self._heard, longest_s=3_600
        )
        following = asyncio.create_task(follower.run())
        async with asyncio.timeout(PATIENCE_S):
            while await self.said.open(ZONE, "W-mark") != mark:
                await asyncio.sleep(0.05)
        follower.stop()
        await following

    async def close(self) -> None:
        """End publishing."""
        await self._desk.close()


def registration(worker_id: str, *, day: int) -> WorkerAvailable:
    """What a worker says of one day of theirs, by its number."""
    available = FACTS["worker.available"]
    assert isinstance(available, WorkerAvailable)
    window = Interval(start=NOW + day * DAY_MS, end=NOW + day * DAY_MS + HOUR)
    return msgspec.structs.replace(
        available, worker_id=worker_id, crew=None, windows=(window,), valid_until=None
    )


@pytest.fixture
async def followed(
    new_broker: Callable[[BrokerKind], Broker], tmp_path: Path
) -> AsyncIterator[Followed]:
    broker = await asyncio.to_thread(new_broker, "embedded")
    await asyncio.to_thread(ensure_topics, broker.bootstrap, 1, 1)
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    made = Followed(broker.bootstrap, store)
    yield made
    await made.close()
    await store.close()


async def test_a_repetition_takes_nothing_back_that_was_said_since(followed: Followed) -> None:
    """An outbox that dies between a delivery and its recording sends again under the same id."""
    first, then = registration("W-1", day=1), registration("W-1", day=2)
    gone, back = WorkerForgotten(worker_id="W-2", zone=ZONE), registration("W-2", day=1)
    await followed.publish(("a", first), ("gone", gone))
    await followed.catches_up()
    await followed.publish(("b", then), ("back", back))
    worker = Worker(zone=ZONE, worker_id="W-2", station_id=f"{ZONE}-05")
    cookie, _ = await followed.sessions.begin(worker)
    await followed.publish(("a", first), ("gone", gone))
    await followed.catches_up()
    assert await followed.said.open(ZONE, "W-1") == then
    assert await followed.said.open(ZONE, "W-2") == back
    assert await followed.sessions.find(cookie) is not None
    # Under another id it is another word; so it is from another sender.
    await followed.publish(("c", first))
    await followed.publish(("gone", gone), source="/others")
    await followed.catches_up()
    assert await followed.said.open(ZONE, "W-1") == first
    assert await followed.said.open(ZONE, "W-2") is None


async def test_nobody_listens_to_a_station_in_quarantine(followed: Followed) -> None:
    source, station_id = f"/zones/{ZONE}/stations/05", f"{ZONE}-05"
    before, after = registration("W-1", day=1), registration("W-1", day=2)
    await followed.publish(("before", before), source=source)
    held = StationQuarantined(station_id=station_id)
    await followed.publish(("held", held))
    await followed.catches_up()
    await followed.publish(("after", after), source=source)
    await followed.catches_up()
    assert await followed.said.open(ZONE, "W-1") == before
    await followed.publish(("free", StationReleased(station_id=station_id)), ("held", held))
    # What lies among the dead letters is sent again under its own id.
    await followed.publish(("after", after), source=source)
    await followed.catches_up()
    assert await followed.said.open(ZONE, "W-1") == after


async def test_what_was_refused_and_is_sent_again_is_no_repetition(followed: Followed) -> None:
    """Forgotten before they were registered: the market refused it, an operator sends it again."""
    gone, said = WorkerForgotten(worker_id="W-1", zone=ZONE), registration("W-1", day=1)
    await followed.publish(("gone", gone), ("said", said))
    await followed.catches_up()
    await asyncio.to_thread(_refuse_the_first, followed.bootstrap)
    await asyncio.to_thread(_send_again, followed.bootstrap)
    await followed.catches_up()
    assert await followed.said.open(ZONE, "W-1") is None
    # Of the same letter, sent again by two people, the second is a repetition.
    await followed.publish(("back", said))
    await asyncio.to_thread(_send_again, followed.bootstrap)
    await followed.catches_up()
    assert await followed.said.open(ZONE, "W-1") == said


def _refuse_the_first(bootstrap: str) -> None:
    publisher = Publisher(bootstrap, client_id="tests")
    with LogReader(bootstrap) as reader:
        [record] = reader.read(EVENTS, 0, 0, 1)
    bury(publisher, record, Rejection("unknown_worker", "worker_id", value="W-1"))
    publisher.close()


def _send_again(bootstrap: str) -> None:
    publisher = Publisher(bootstrap, client_id="tests")
    with LogReader(bootstrap) as reader:
        [record] = reader.read(DEAD_LETTERS, 0, 0, 1)
    send_again(publisher, bootstrap, opened(record))
    publisher.close()


async def test_a_log_that_was_put_back_brings_nobody_back(
    new_broker: Callable[[BrokerKind], Broker], tmp_path: Path
) -> None:
    """What was registered long ago is not remembered as heard, what they were forgotten by is."""
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    said, gone = registration("W-1", day=1), WorkerForgotten(worker_id="W-1", zone=ZONE)
    for before in ({}, {"other": registration("W-2", day=1)}):
        broker = await asyncio.to_thread(new_broker, "embedded")
        await asyncio.to_thread(ensure_topics, broker.bootstrap, 1, 1)
        # What comes first puts the rest at other offsets, as a copy of a log may.
        await _follow_all(broker.bootstrap, store, long_ago=True, **before, said=said)
        await _follow_all(broker.bootstrap, store, gone=gone)
    assert await Registrations(Vault(store, "said", [CONTACT_KEY])).open(ZONE, "W-1") is None
    await store.close()


async def _follow_all(
    bootstrap: str, store: Store, *, long_ago: bool = False, **facts: Fact
) -> None:
    """Publish facts under their names and have them followed, now or when none is remembered."""
    since = REMEMBERED_MS + DAY_MS if long_ago else 0
    followed = Followed(bootstrap, store, lambda: now_ms() - since)
    await followed.publish(*facts.items())
    await followed.catches_up()
    await followed.close()
