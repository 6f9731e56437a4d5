"""What the announcer remembers of a partition's markets."""

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from events.facts import JobPosted, WorkerAvailable
from events.values import Channel, Interval, Place
from matching.days import DAY_MS

KEEP_MS: Final = 30 * DAY_MS
"""How long a worker's channels are kept when their time is over: they may still hold bookings."""


class Reachable(msgspec.Struct, array_like=True):
    """How a worker is told, and from where distances are counted. `until`: UTC ms.

    `home` is the zone they live in; empty in what was written before it was known.
    """

    station_id: str
    channels: tuple[Channel, ...]
    place: Place
    until: int
    home: str = ""


class OpenOffer(msgspec.Struct, frozen=True, array_like=True):
    """An offer that has been announced and not closed."""

    notification_id: str
    worker_id: str


class Booked(msgspec.Struct, frozen=True, array_like=True):
    """What a worker said yes to: where and when they will come, whatever becomes of the job."""

    worker_id: str
    shifts: tuple[Interval, ...]
    place: Place


T = TypeVar("T", OpenOffer, Booked)


class AnnouncerState(msgspec.Struct):
    """All that is remembered; the keys of workers, jobs, offers and bookings begin with the zone.

    A booking's key has its offer; it is `pending` until the worker's home zone grants it.
    """

    clock: int = 0
    workers: dict[str, Reachable] = {}
    jobs: dict[str, JobPosted] = {}
    offers: dict[str, OpenOffer] = {}
    bookings: dict[str, Booked] = {}
    pending: dict[str, Booked] = {}
    seen: dict[str, int] = {}

    def reach(self, zone: str, said: WorkerAvailable) -> None:
        """Remember how a worker is told in a zone."""
        until = max(said.valid_until or 0, *(window.end for window in said.windows)) + KEEP_MS
        self.workers[key_of(zone, said.worker_id)] = Reachable(
            said.station_id, said.channels, said.place, until, said.zone
        )

    def forget(self, zone: str, worker_id: str) -> None:
        """Forget all that is of a worker in a zone."""
        self.workers.pop(key_of(zone, worker_id), None)
        self.offers = _without(self.offers, zone, worker_id)
        self.bookings = _without(self.bookings, zone, worker_id)
        self.pending = _without(self.pending, zone, worker_id)

    def prune(self) -> None:
        """Forget what is over by the log's clock."""
        now = self.clock
        self.workers = {key: one for key, one in self.workers.items() if one.until > now}
        self.jobs = {key: one for key, one in self.jobs.items() if last_end(one.shifts) > now}
        self.bookings = _to_come(self.bookings, now)
        self.pending = _to_come(self.pending, now)
        self.seen = {key: at for key, at in self.seen.items() if at + KEEP_MS > now}


def key_of(zone: str, id: str) -> str:
    """What belongs to a zone, by its id in it."""
    return f"{zone}/{id}"


def last(shifts: Iterable[Interval]) -> Interval:
    """The shift that ends last."""
    return max(shifts, key=lambda shift: shift.end)


def last_end(shifts: Iterable[Interval]) -> int:
    """When the last shift ends, UTC ms."""
    return last(shifts).end


def _to_come(kept: dict[str, Booked], now: int) -> dict[str, Booked]:
    return {key: one for key, one in kept.items() if last_end(one.shifts) > now}


def _without(kept: dict[str, T], zone: str, worker_id: str) -> dict[str, T]:
    return {
        key: one
        for key, one in kept.items()
        if one.worker_id != worker_id or not key.startswith(zone)
    }
