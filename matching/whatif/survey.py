"""One look at every worker: who misses a job by what, and what would be the next limits to move."""

from collections import Counter, defaultdict
from math import fsum
from typing import Final, NamedTuple

from events.values import Place
from matching.constraints import CONSTRAINTS, LEGAL_AGE, failures
from matching.geo import km_between, unit_vector
from matching.market import Market
from matching.state import Job
from matching.terms import JobTerms, WorkerTerms, sure_age

FEWEST_AT_HOME: Final = 5
"""From so many workers of a station on, where they live on average tells nobody's home."""
_DIGITS: Final = 3
"""Of a degree: about a hundred metres."""


class Meeting(NamedTuple):
    """A place to be picked up: where a station's workers live on average, and how far that is."""

    station_id: str
    place: Place
    km: float


class Survey(NamedTuple):
    """What the workers who do not fit would need.

    `nearly` counts those who fail one constraint only, by its code. `dearest` is the highest pay
    floor in fen a day that the job does not meet, 0 for none, and `ages` are the sure ages of
    those who are too young, oldest first. `beyond` are the workers whom only the distance excludes,
    with the km that they lack, nearest first; `meetings` are in order of distance.
    """

    nearly: dict[str, int]
    dearest: int
    ages: tuple[int, ...]
    beyond: tuple[tuple[float, WorkerTerms], ...]
    meetings: tuple[Meeting, ...]


def survey(market: Market, job: Job) -> Survey:
    """Look at all available workers once."""
    terms = market.ledger.job_terms(job)
    nearly, ages, dearest = Counter[str](), set[int](), 0
    beyond: list[tuple[float, WorkerTerms]] = []
    homes: defaultdict[str, list[Place]] = defaultdict(list)
    for worker_id, known in market.state.workers.items():
        if known.available is None:
            continue
        homes[known.available.station_id].append(known.available.place)
        worker = market.ledger.worker_terms(worker_id)
        failed = [failure.code for failure in failures(terms, worker)]
        if len(failed) == 1:
            nearly[failed[0]] += 1
        if failed == ["distance"]:
            beyond.append((_km_short(terms, worker), worker))
        if "pay_floor" in failed:
            dearest = max(dearest, worker.pay_floor_fen_day)
        if "age" in failed:
            ages.add(_age(terms, worker))
    return Survey(
        nearly={code: nearly[code] for code in CONSTRAINTS if nearly[code]},
        dearest=dearest,
        ages=tuple(sorted((age for age in ages if age >= LEGAL_AGE), reverse=True)),
        beyond=tuple(sorted(beyond, key=lambda one: (one[0], one[1].worker_id))),
        meetings=_meetings(terms, homes),
    )


def _km_short(job: JobTerms, worker: WorkerTerms) -> float:
    return max(0.0, km_between(job.point, worker.point) - worker.max_distance_km)


def _age(job: JobTerms, worker: WorkerTerms) -> int:
    return LEGAL_AGE if worker.birth_year is None else sure_age(worker.birth_year, job.start)


def _meetings(job: JobTerms, homes: dict[str, list[Place]]) -> tuple[Meeting, ...]:
    found = []
    for station_id, places in homes.items():
        if len(places) >= FEWEST_AT_HOME:
            lat, lon = (
                round(fsum(degrees) / len(places), _DIGITS)
                for degrees in zip(*((place.lat, place.lon) for place in places), strict=True)
            )
            km = km_between(job.point, unit_vector(lat, lon))
            found.append(Meeting(station_id, Place(lat=lat, lon=lon, name=station_id), km))
    return tuple(sorted(found, key=lambda meeting: (meeting.km, meeting.station_id)))
