"""What a town's log comes to: places filled and done, waits, ways, absences, who got the work.

Counted are jobs posted after `begin` whose work was over, and reported, by `until`, unless their
employer cancelled them: the same jobs whatever the market did.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from events.facts import (
    JobAmended,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    WorkCompleted,
    WorkerAvailable,
    WorkNoShow,
)
from events.notices import AnyFact
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    BookingRefused,
    OfferMade,
)
from events.values import Place
from matching.closing import amended
from matching.geo import km_between, unit_vector

HOUR_MS: Final = 3_600_000
REPORTED_MS: Final = 4 * HOUR_MS
"""By then it has been said who came."""


class _Job(msgspec.Struct):
    """A job and what became of its places; `changes` are of places booked, with their time."""

    posted: JobPosted
    at: int
    is_cancelled: bool = False
    offers: int = 0
    answered_yes: int = 0
    refused: int = 0
    changes: list[tuple[int, int]] = msgspec.field(default_factory=list)
    booked: dict[str, int] = msgspec.field(default_factory=dict)
    expected: dict[str, float] = msgspec.field(default_factory=dict)
    came: dict[str, int] = msgspec.field(default_factory=dict)
    stayed_away: set[str] = msgspec.field(default_factory=set)

    @property
    def begins(self) -> int:
        return min(shift.start for shift in self.posted.shifts)

    @property
    def ends(self) -> int:
        return max(shift.end for shift in self.posted.shifts)

    @property
    def filled(self) -> int:
        """Places booked when the work begins."""
        return sum(places for at, places in self.changes if at <= self.begins)

    @property
    def open_hours(self) -> float:
        """Place-hours that stood open, from the posting until the work began."""
        open_ms = self.posted.headcount * (self.begins - self.at)
        taken = (places * (self.begins - at) for at, places in self.changes if at <= self.begins)
        return max(0, open_ms - sum(taken)) / HOUR_MS


class Tally:
    """Reads what happens, and counts it at the end.

    `comes` is the true probability that a worker comes to a job, by their ids, asked when they are
    booked.
    """

    def __init__(self, begin: int, comes: Callable[[str, str], float]) -> None:
        self._begin = begin
        self._comes = comes
        self._jobs: dict[str, _Job] = {}
        self._homes: dict[str, Place] = {}
        self._offers: dict[str, str] = {}

    def see(self, fact: AnyFact, outcomes: Iterable[AnyOutcome], at: int) -> None:
        """Take an event and its outcomes into account."""
        self._see_fact(fact, at)
        for outcome in outcomes:
            self._see_outcome(outcome)

    def figures(self, until: int) -> dict[str, float]:
        """The measures by name; see `benchmarks.policies.MEASURES`."""
        jobs = [job for job in self._jobs.values() if self._counts(job, until)]
        places = sum(job.posted.headcount for job in jobs)
        trips = [self._km(worker, job) for job in jobs for worker in job.came]
        away = sum(len(job.stayed_away) for job in jobs)
        return {
            "places": places,
            "fill": sum(job.filled for job in jobs) / places,
            "value": sum(sum(job.expected.values()) for job in jobs) / places,
            "done": sum(sum(job.came.values()) for job in jobs) / places,
            "open_hours": sum(job.open_hours for job in jobs) / places,
            "travel_km": float(np.mean(trips)),
            "no_show": away / (away + len(trips)),
            "refused": sum(job.refused for job in jobs) / sum(job.answered_yes for job in jobs),
            "offers": sum(job.offers for job in jobs) / places,
            "gini": gini(self._days_worked(jobs)),
        }

    def _see_fact(self, fact: AnyFact, at: int) -> None:
        match fact:
            case WorkerAvailable():
                self._homes[fact.worker_id] = fact.place
            case JobPosted():
                self._jobs[fact.job_id] = _Job(fact, at)
            case JobAmended():
                job = self._jobs[fact.job_id]
                job.posted = amended(job.posted, fact)
            case JobCancelled():
                self._jobs[fact.job_id].is_cancelled = True
            case OfferAccepted():
                self._jobs[self._offers[fact.offer_id]].answered_yes += 1
            case WorkCompleted():
                job = self._jobs[fact.job_id]
                job.came[fact.worker_id] = job.booked[fact.worker_id]
            case WorkNoShow():
                self._jobs[fact.job_id].stayed_away.add(fact.worker_id)
            case _:
                pass

    def _see_outcome(self, outcome: AnyOutcome) -> None:
        match outcome:
            case OfferMade():
                self._jobs[outcome.job_id].offers += 1
                self._offers[outcome.offer_id] = outcome.job_id
            case BookingConfirmed():
                job = self._jobs[outcome.job_id]
                job.booked[outcome.worker_id] = outcome.places
                job.changes.append((outcome.at, outcome.places))
                job.expected[outcome.worker_id] = outcome.places * self._comes(
                    outcome.job_id, outcome.worker_id
                )
            case BookingCancelled():
                job = self._jobs[outcome.job_id]
                job.changes.append((outcome.at, -job.booked.pop(outcome.worker_id)))
                del job.expected[outcome.worker_id]
            case BookingRefused() if outcome.job_id is not None:
                self._jobs[outcome.job_id].refused += 1
            case _:
                pass

    def _counts(self, job: _Job, until: int) -> bool:
        return not job.is_cancelled and job.at >= self._begin and job.ends + REPORTED_MS <= until

    def _days_worked(self, jobs: Sequence[_Job]) -> list[int]:
        """Days of work of everybody who has looked for some."""
        days: Counter[str] = Counter(dict.fromkeys(self._homes, 0))
        for job in jobs:
            for worker in job.came:
                days[worker] += len(job.posted.shifts)
        return list(days.values())

    def _km(self, worker: str, job: _Job) -> float:
        home, place = self._homes[worker], job.posted.place
        return km_between(unit_vector(home.lat, home.lon), unit_vector(place.lat, place.lon))


def gini(amounts: Sequence[float]) -> float:
    """How unequal amounts are: 0 when all are equal, towards 1 when one has everything."""
    ordered = np.sort(np.asarray(amounts, dtype=np.float64))
    count, total = len(ordered), ordered.sum()
    if total == 0.0:
        return 0.0
    ranks = np.arange(1, count + 1)
    return float((2 * ranks - count - 1) @ ordered / (count * total))
