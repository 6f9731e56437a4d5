"""The door of an outbox: what a terminal hands over is checked at once, then kept on disk."""

import uuid
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from events.rejections import Rejection
from events.topics import MAX_FACT_BYTES
from gigmatch.facts_file import read_facts, record_for
from producers.outbox import metrics
from producers.outbox.station import Station
from producers.outbox.store import Added, Store

REMEMBERED: Final = 50
"""Refusals that are shown."""


class Refused(NamedTuple):
    """What was refused at a time, UTC ms; nothing of its content."""

    at: int
    rejection: Rejection


class Taken(NamedTuple):
    """A fact that is on the disk, and where it stands in the queue."""

    id: str
    ce_type: str
    added: Added


class Door:
    """Takes facts for a station into its store."""

    def __init__(self, store: Store, station: Station, clock: Callable[[], int]) -> None:
        self.refused: deque[Refused] = deque(maxlen=REMEMBERED)
        self._store = store
        self._station = station
        self._clock = clock

    def take(self, content: bytes, *, ce_type: str = "", id: str = "", source: str = "") -> Taken:
        """Check and keep one fact; without an id it gets one, without a type the nearest.

        Raises Rejection, KnownIdError, NoRoomError, DamagedError.
        """
        now = self._clock()
        id = id or str(uuid.uuid4())
        try:
            ce_type = self._check(content, ce_type, id, source, now)
        except Rejection as rejection:
            metrics.REFUSED.labels(rejection.code).inc()
            self.refused.append(Refused(now, rejection))
            raise
        added = self._store.add(id, ce_type, content, now)
        if added.is_new:
            metrics.ACCEPTED.labels(ce_type).inc()
        return Taken(id, ce_type, added)

    def _check(self, content: bytes, ce_type: str, id: str, source: str, now: int) -> str:
        """The type, with its version, of what may be sent as it is. Raises Rejection."""
        if len(content) > MAX_FACT_BYTES:
            raise Rejection("too_large", "value", size=len(content), limit=MAX_FACT_BYTES)
        lines = read_facts(content, "", ce_type or None, said_with="ce-type")
        if len(lines) > 1:
            raise Rejection("one_at_a_time", "value", count=len(lines))
        self._station.check(lines[0].fact, source or None)
        key = self._station.zone.encode()
        record_for(lines[0], id=id, source=self._station.source, time=now, key=key)
        return lines[0].ce_type
