"""A market that stays as it is for hours: who says what, and what people make of the answers.

A county for each partition. In every turn somebody of one county renews what they said, a job is
posted there, and one of before is taken back, but for every KEPT-th: that one is worked. Of the
offers half are accepted, a quarter declined, a quarter let go by.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import Final

import msgspec

from benchmarks import world
from events.facts import (
    Fact,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WorkCompleted,
    WorkerAvailable,
)
from events.outcomes import BookingConfirmed, OfferMade
from events.values import Interval

Heard = OfferMade | BookingConfirmed

KEPT: Final = 50
STAY_OPEN: Final = 50
"""Turns between a posting and its being taken back."""
_SKETCHES: Final = 2_000
_AHEAD_MS: Final = 6 * world.HOUR
_SHIFT_MS: Final = 9 * world.HOUR
_WINDOW_MS: Final = 10 * world.DAY


class SoakTown:
    """All counties, `workers` people in each."""

    def __init__(self, zones: Sequence[str], workers: int) -> None:
        self._zones = zones
        self._people = [list(_people(zone, workers, i)) for i, zone in enumerate(zones, 1)]
        self._sketches = cycle(world.jobs(_SKETCHES, headcount=2))
        self._turns = 0
        self._open: deque[JobPosted] = deque()
        self._worked: dict[str, int] = {}
        self._done: list[tuple[int, str, str, str]] = []

    def opening(self, now: int) -> Iterator[Fact]:
        """What is said before the first turn: everybody is there."""
        for people in self._people:
            yield from (_renewed(worker, now) for worker in people)

    def turn(self, now: int, heard: Iterable[Heard]) -> tuple[JobPosted, list[Fact]]:
        """The job posted in this turn, and all else that is said; at `now`, UTC milliseconds."""
        round_number, county = divmod(self._turns, len(self._zones))
        people = self._people[county]
        job = self._posted(self._zones[county], now)
        said: list[Fact] = [_renewed(people[round_number % len(people)], now)]
        if len(self._open) > STAY_OPEN:
            gone = self._open.popleft()
            if gone.shifts[0].start > now:
                said.append(JobCancelled(job_id=gone.job_id, zone=gone.zone))
        said += self._answers(heard)
        while self._done and self._done[0][0] <= now:
            _, job_id, worker_id, zone = heapq.heappop(self._done)
            said.append(WorkCompleted(job_id=job_id, worker_id=worker_id, zone=zone))
        self._turns += 1
        return job, said

    def _posted(self, zone: str, now: int) -> JobPosted:
        first = now + _AHEAD_MS
        job = msgspec.structs.replace(
            next(self._sketches),
            job_id=f"J-{self._turns}",
            zone=zone,
            station_id=f"{zone}-01",
            shifts=(Interval(start=first, end=first + _SHIFT_MS),),
            posted_at=now,
            expires_at=first,
        )
        if self._turns % KEPT:
            self._open.append(job)
        else:
            self._worked[job.job_id] = job.shifts[-1].end
            self._worked = {id: end for id, end in self._worked.items() if end > now}
        return job

    def _answers(self, heard: Iterable[Heard]) -> Iterator[Fact]:
        """People answer offers; who is booked will work, where the job is not taken back."""
        for one in heard:
            if isinstance(one, BookingConfirmed):
                if (end := self._worked.get(one.job_id)) is not None:
                    heapq.heappush(self._done, (end, one.job_id, one.worker_id, one.zone))
                continue
            mood = sum(one.offer_id.encode()) % 4  # people differ, the same way in every run
            if mood < 2:
                yield OfferAccepted(offer_id=one.offer_id, worker_id=one.worker_id, zone=one.zone)
            elif mood == 2:
                yield OfferDeclined(offer_id=one.offer_id, worker_id=one.worker_id, zone=one.zone)


def _people(zone: str, count: int, seed: int) -> Iterator[WorkerAvailable]:
    for worker in world.workers(count, seed=seed):
        yield msgspec.structs.replace(
            worker,
            worker_id=f"{zone}.{worker.worker_id}",
            zone=zone,
            station_id=worker.station_id.replace(world.ZONE, zone),
        )


def _renewed(worker: WorkerAvailable, now: int) -> WorkerAvailable:
    return msgspec.structs.replace(worker, windows=(Interval(start=now, end=now + _WINDOW_MS),))
