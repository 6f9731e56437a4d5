"""Who listens to the live stream, found by what they hear: no message asks everybody."""

import asyncio
from collections.abc import Iterator
from typing import Final, Literal

from prometheus_client import Gauge

from gateway.audience import Hearing, Message

WATCHING: Final = Gauge("gigmatch_live_watchers", "Open live streams")
BEATS: Final = 500
"""Heartbeats go to so many groups in turn: many at once would hold up what happens meanwhile."""
MOST_WAITING: Final = 2_000
"""Who is so far behind is cut off, and comes back with their cursor."""

Heard = Message | Literal["beat", "end"]
_Place = tuple[str, str]


class Listener:
    """Somebody's queue: messages for them, beats while there is nothing, an end."""

    def __init__(self, hearing: Hearing, number: int) -> None:
        self.hearing = hearing
        self.number = number
        self.queue: asyncio.Queue[Heard] = asyncio.Queue()

    @property
    def places(self) -> list[_Place]:
        """Where they are looked for: by worker, else by zone, else for everything."""
        worker_id, zones = self.hearing.worker_id, self.hearing.zones
        if worker_id:
            return [("worker", worker_id)]
        return [("", "")] if zones is None else [("zone", zone) for zone in zones]

    def end(self) -> None:
        """Cut them off; what waits is dropped."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait("end")


class Listeners:
    """All who listen. What a listener is given still has to be looked at: see `Hearing.of`."""

    def __init__(self) -> None:
        self._count = 0
        self._at: dict[_Place, set[Listener]] = {}
        self._groups: list[set[Listener]] = [set() for _ in range(BEATS)]

    def __len__(self) -> int:
        return sum(map(len, self._groups))

    def add(self, hearing: Hearing) -> Listener:
        """Somebody new."""
        self._count += 1
        listener = Listener(hearing, self._count)
        for place in listener.places:
            self._at.setdefault(place, set()).add(listener)
        self._groups[self._count % BEATS].add(listener)
        WATCHING.set(len(self))
        return listener

    def remove(self, listener: Listener) -> None:
        """Somebody has gone."""
        for place in listener.places:
            there = self._at[place]
            there.discard(listener)
            if not there:
                del self._at[place]
        self._groups[listener.number % BEATS].discard(listener)
        WATCHING.set(len(self))

    def hand_out(self, message: Message) -> None:
        """Give a message to all whom it may concern."""
        workers = [("worker", worker_id) for worker_id in message.worker_ids]
        for place in (*workers, ("zone", message.zone), ("", "")):
            for listener in self._at.get(place, ()):
                if listener.queue.qsize() >= MOST_WAITING:
                    listener.end()
                else:
                    listener.queue.put_nowait(message)

    def beats(self) -> Iterator[None]:
        """Beat one group after the other, once round: those for whom nothing waits."""
        for group in self._groups:
            for listener in group:
                if listener.queue.empty():
                    listener.queue.put_nowait("beat")
            yield

    def end(self) -> None:
        """Cut everybody off."""
        for group in self._groups:
            for listener in group:
                listener.end()
