"""What has been followed of the log: each fact once, and which stations are not listened to.

Markets drop a fact that comes again (`matching.engine`), and read nothing that a station in
quarantine sends. Whoever follows the log beside them must do the same, or has somebody say again
what they have long taken back.
"""

import hashlib
from typing import Final

from events.codec import Event
from events.envelope import Record
from events.stations import station_of
from events.topics import REPLAY_OF
from gateway.access.keys import Clock
from gateway.store import Store

REMEMBERED_MS: Final = 30 * 24 * 3_600_000
"""An outbox that was struck between a delivery and its recording is seldom mended later."""


class Heard:
    """Facts and stations of each partition, in a store. Methods may raise StoreError."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._log = ""

    def follow(self, log: str) -> None:
        """Go by a log's id from now on: one that was put back is another, with its own offsets.

        It is followed from its beginning, all of it: what was said last counts again, and nothing
        of before that stays because only what came after it is remembered.
        """
        self._log = log

    async def is_repeated(self, record: Record, event: Event) -> bool:
        """Whether a fact has been kept at another place of its partition.

        At the same place it is itself, read again: nobody knows how far it was carried out. Nor is
        it a repetition when the market refused the one before, and this is sent in its place.
        """
        kept = await self._store.get("heard", self._name(record, event))
        if kept is None or int(kept) == record.offset:
            return False
        place = f"{record.topic}/{record.partition}/{int(kept)}"
        return (REPLAY_OF, place.encode()) not in record.headers

    async def keep(self, record: Record, event: Event) -> None:
        """Recognise a fact from now on. Call it when the fact has been carried out."""
        until = self._clock() + REMEMBERED_MS
        name, offset = self._name(record, event), b"%d" % record.offset
        if not await self._store.add("heard", name, offset, until=until):
            await self._store.replace("heard", name, offset, until=until)

    async def quarantine(self, partition: int, station_id: str) -> None:
        """Listen to a station no more."""
        await self._store.put("quarantined", _station(partition, station_id), b"1")

    async def release(self, partition: int, station_id: str) -> None:
        """Listen to a station again."""
        await self._store.take("quarantined", _station(partition, station_id))

    async def is_held_back(self, record: Record, event: Event) -> bool:
        """Whether a fact is from a station in quarantine."""
        station_id = station_of(event.source)
        if station_id is None:
            return False
        name = _station(record.partition, station_id)
        return await self._store.get("quarantined", name) is not None

    def _name(self, record: Record, event: Event) -> str:
        """What an event is known by. One that came to another partition is sent on, comes again."""
        identity = f"{self._log}\0{event.fact.zone}\0{event.source}\0{event.id}".encode()
        return f"{record.partition}/{hashlib.blake2b(identity, digest_size=16).hexdigest()}"


def _station(partition: int, station_id: str) -> str:
    return f"{partition}/{station_id}"
