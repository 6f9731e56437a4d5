"""What the gateway's store follows of the log: availabilities are sealed, the forgotten erased.

By whatever way it was said: the API, an outbox, any Kafka client. What a market would drop changes
nothing here either: a fact that comes again, and what a station in quarantine sends.
"""

import asyncio
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, Message

from events.codec import decode
from events.envelope import Record
from events.facts import (
    ClockTicked,
    StationQuarantined,
    StationReleased,
    WorkerAvailable,
    WorkerForgotten,
)
from events.notices import AnyFact
from events.rejections import Rejection
from events.topics import EVENTS
from gateway.access.passes import Passes
from gateway.contacts import Contacts
from gateway.heard import Heard
from gateway.registrations import Registrations
from gateway.store import StoreError
from gigmatch.kafka_address import client_config
from gigmatch.logread import record_of
from gigmatch.topics_admin import TopicsError
from streams.consuming import log_id

GROUP: Final = "gigmatch-gateway"
CLOCKS_APART_MS: Final = 3_600_000
"""A contact is erased unless it was stored so long after the erasure was published: a clock that is
wrong may cost a contact that a clerk can enter again, and never keeps one that must go."""

_POLL_S: Final = 0.5
_MOST: Final = 500
_RETRY_S: Final = 2.0
_SESSION_MS: Final = 6_000
_HEARTBEATS_A_SESSION: Final = 4
_FOLLOWED: Final = (WorkerAvailable, WorkerForgotten, StationQuarantined, StationReleased)
_TYPES: Final = tuple(kind.TYPE.encode() for kind in (*_FOLLOWED, ClockTicked))
_log = structlog.get_logger()


class Follower:
    """Reads `market.events` from where its group is, and commits what it has carried out."""

    def __init__(
        self,
        bootstrap: str,
        contacts: Contacts,
        said: Registrations,
        passes: Passes,
        heard: Heard,
        *,
        longest_s: int,
    ) -> None:
        """`longest_s` is how long what `passes` let in may last."""
        self._bootstrap = bootstrap
        self._contacts = contacts
        self._said = said
        self._passes = passes
        self._heard = heard
        self._longest_s = longest_s
        self._ticked: dict[int, int] = {}
        """The market's clock in each partition, as far as it has been read; UTC ms."""
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Read until stopped; broker and store may go away and come back."""
        while not self._stopped.is_set():
            consumer = self._consumer()
            try:
                await self._follow(consumer)
            except (KafkaException, StoreError, TopicsError) as error:
                _log.warning("following the log interrupted", why=str(error))
                await self._rest()
            finally:
                await asyncio.to_thread(consumer.close)

    def stop(self) -> None:
        """End soon."""
        self._stopped.set()

    async def _follow(self, consumer: Consumer) -> None:
        self._heard.follow(await asyncio.to_thread(log_id, self._bootstrap, EVENTS))
        consumer.subscribe([EVENTS])
        while not self._stopped.is_set():
            messages = await asyncio.to_thread(consumer.consume, _MOST, _POLL_S)
            for message in messages:
                if message.error() is None:
                    await self._take(message)
            if any(message.error() is None for message in messages):
                await asyncio.to_thread(consumer.commit, asynchronous=False)

    async def _take(self, message: Message) -> None:
        record = record_of(message)
        # Structured mode has the type in the value; anything else is not even looked at.
        said = (*(content for _, content in record.headers), record.value or b"")
        if not any(name in content for name in _TYPES for content in said):
            return
        try:
            event = decode(record)
        except Rejection:
            return  # the market refuses it, too
        fact = event.fact
        if isinstance(fact, ClockTicked):  # which says the same again
            self._ticked[record.partition] = fact.now
        if not isinstance(fact, _FOLLOWED) or await self._heard.is_held_back(record, event):
            return
        if not await self._heard.is_repeated(record, event):
            await self._carry_out(fact, record)
            await self._heard.keep(record, event)

    async def _carry_out(self, fact: AnyFact, record: Record) -> None:
        match fact:
            case WorkerAvailable() if self._said.is_on:
                await self._said.put(fact, at=record.timestamp)
            case WorkerForgotten():
                # A terminal's clock may be years behind; the market's was there before this.
                ticked = self._ticked.get(record.partition, 0)
                await self._erase(fact, max(record.timestamp, ticked))
            case StationQuarantined():
                await self._heard.quarantine(record.partition, fact.station_id)
            case StationReleased():
                await self._heard.release(record.partition, fact.station_id)
            case _:
                pass

    async def _erase(self, fact: WorkerForgotten, at: int) -> None:
        await self._said.erase(fact.zone, fact.worker_id)
        # To the moment: whoever is registered again and signs in before this is read stays.
        await self._passes.bar(fact.zone, fact.worker_id, lasts_s=self._longest_s, at=at)
        until = at + CLOCKS_APART_MS
        if await self._contacts.erase(fact.zone, fact.worker_id, until=until):
            _log.info("contact erased", worker=fact.worker_id, zone=fact.zone)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._stopped.wait(), _RETRY_S)
        except TimeoutError:
            return

    def _consumer(self) -> Consumer:
        return Consumer(
            {
                **client_config(self._bootstrap),
                "group.id": GROUP,
                "client.id": GROUP,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "session.timeout.ms": _SESSION_MS,
                "heartbeat.interval.ms": _SESSION_MS // _HEARTBEATS_A_SESSION,
                "allow.auto.create.topics": False,
                "log_level": 0,
            }
        )
