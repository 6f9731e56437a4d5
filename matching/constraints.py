"""The hard constraints, in the order in which they exclude.

A pair is feasible when it fails none of them. A ranking counts each excluded worker under the
first constraint of this order that they fail.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from matching.days import HOUR_MS, day_in_china
from matching.geo import km_between, squared_chord
from matching.terms import (
    JobTerms,
    Span,
    WorkerTerms,
    covers,
    overlap,
    sure_age,
    worked_on,
)

CONSTRAINTS: Final = (
    "employer_blocked",
    "skill",
    "distance",
    "certificate",
    "age",
    "crew",
    "time",
    "pay_floor",
    "booked",
    "rest",
    "hours",
    "quota",
)
LEGAL_AGE: Final = 16
"""Labour Law art. 15."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A constraint a pair fails: by how much, in `unit`, if that can be said; what is missing.

    The sentence for it is `failure.<code>.<unit>` in the translation table, without a unit
    `failure.<code>`.
    """

    code: str
    by: float | None = None
    unit: str = ""
    missing: tuple[str, ...] = ()


def first_failure(job: JobTerms, worker: WorkerTerms) -> str | None:
    """The code of the first constraint that a pair fails, or None when it is feasible."""
    failure = next(failures(job, worker), None)
    return None if failure is None else failure.code


def failures(job: JobTerms, worker: WorkerTerms) -> Iterator[Failure]:
    """All constraints that a pair fails, in order."""
    if job.listed:
        yield Failure(code="employer_blocked", unit="list")
    elif job.blocked:
        yield Failure(code="employer_blocked", by=float(job.open_claims), unit="claims")
    if not has_trade(job, worker):
        missing = tuple(code for code in job.skills if code not in worker.skills)
        yield Failure(code="skill", missing=missing or ((job.occupation or ""),))
    if squared_chord(*job.point, *worker.point) > worker.chord_limit:
        too_far = km_between(job.point, worker.point) - worker.max_distance_km
        yield Failure(code="distance", by=_at_least(0.001, too_far), unit="km")
    if lacking := tuple(code for code in job.certificates if code not in worker.certificates):
        yield Failure(code="certificate", missing=lacking)
    if (short := years_short(job.minimum_age, worker.birth_year, job.start)) > 0:
        yield Failure(code="age", by=float(short), unit="years")
    if (over := years_over(job.maximum_age, worker.birth_year, job.start)) > 0:
        yield Failure(code="age", by=float(over), unit="years_over")
    if not crew_fits(job, worker):
        yield crew_failure(job, worker)
    if not covers(worker.windows, job.shifts):
        outside = _length(job.shifts) - shared_ms(job.shifts, worker.windows)
        yield _hours("time", outside)
    if worker.pay_floor_fen_day > job.pay_fen_day:
        short_yuan = (worker.pay_floor_fen_day - job.pay_fen_day) / 100
        yield Failure(code="pay_floor", by=short_yuan, unit="yuan_day")
    yield from calendar_failures(job, worker)
    if worker.bookings_left is not None and worker.bookings_left <= 0:
        yield Failure(code="quota", by=1.0 - worker.bookings_left, unit="bookings")


def calendar_failures(job: JobTerms, worker: WorkerTerms) -> Iterator[Failure]:
    """What bookings do not allow: two places at once, too little rest, too long a day."""
    if overlap(worker.busy, job.shifts):
        yield _hours("booked", shared_ms(job.shifts, worker.busy))
    if (too_soon := rest_short_ms(job, worker)) > 0:
        yield _hours("rest", too_soon)
    if (too_long := hours_over_ms(job, worker)) > 0:
        yield _hours("hours", too_long)


def has_trade(job: JobTerms, worker: WorkerTerms) -> bool:
    """All required skills, or the job's occupation.

    A job that names neither is open to all; one that names only an occupation is open to workers
    who named none, too.
    """
    if job.skills and worker.skills.keys() >= set(job.skills):
        return True
    if job.occupation is not None and job.occupation in worker.occupations:
        return True
    return not job.skills and (job.occupation is None or not worker.occupations)


def years_short(asked: int, birth_year: int | None, at: int) -> int:
    """Years by which somebody is younger than `asked` at a time, at most 0 when they are not.

    Without a birth year the station vouches for the legal working age and for nothing above it.
    """
    return asked - (LEGAL_AGE if birth_year is None else sure_age(birth_year, at))


def years_over(allowed_below: int, birth_year: int | None, at: int) -> int:
    """Years by which somebody is surely too old for a hazard at a time; at most 0 when not.

    Whoever is `allowed_below` years old is one too old. Without a birth year nobody is.
    """
    if not allowed_below or birth_year is None:
        return 0
    return sure_age(birth_year, at) - allowed_below + 1


def crew_fits(job: JobTerms, worker: WorkerTerms) -> bool:
    """Whether a crew leader's people find places: all of them, or some where that is fine.

    A crew member comes with their leader.
    """
    if worker.led_by_other:
        return False
    if worker.crew_size == 1:
        return True
    enough = 1 if job.partial_crews else worker.crew_size
    return job.accepts_crews and job.open_places >= enough


def crew_failure(job: JobTerms, worker: WorkerTerms) -> Failure:
    """Why a crew does not fit: it has a leader to ask, no crews are wanted, or it is too large."""
    if worker.led_by_other:
        return Failure(code="crew")
    if not job.accepts_crews:
        return Failure(code="crew", by=float(worker.crew_size), unit="people")
    return Failure(code="crew", by=float(worker.crew_size - job.open_places), unit="places")


def shared_ms(shifts: Sequence[Span], others: Sequence[Span]) -> int:
    """How much of the shifts lies inside others; each of the two is free of overlaps."""
    return sum(
        max(0, min(end, closes) - max(start, opens))
        for start, end in shifts
        for opens, closes in others
    )


def rest_short_ms(job: JobTerms, worker: WorkerTerms) -> int:
    """By how much the shortest rest falls short of the job's `min_rest_ms`; at most 0 for enough.

    Rest is the gap between a shift and a booked one of another day: shifts that start on one day in
    China are that day's work, which `hours` limits. Shifts that overlap fail `booked`.
    """
    gaps = (
        start - busy_end if busy_end <= start else busy_start - end
        for start, end in job.shifts
        for busy_start, busy_end in worker.busy
        if day_in_china(start) != day_in_china(busy_start)
    )
    return job.min_rest_ms - min((gap for gap in gaps if gap >= 0), default=job.min_rest_ms)


def hours_over_ms(job: JobTerms, worker: WorkerTerms) -> int:
    """Work beyond the job's `max_day_ms` on its longest day in China, together with booked shifts.

    A shift counts for the day on which it starts. At most 0 when there is none, or no limit.
    """
    if not job.max_day_ms:
        return 0
    days = {day_in_china(start) for start, _ in job.shifts}
    longest = max(worked_on(day, job.shifts) + worked_on(day, worker.busy) for day in days)
    return longest - job.max_day_ms


def _hours(code: str, millis: int) -> Failure:
    return Failure(code=code, by=_at_least(0.01, millis / HOUR_MS), unit="hours")


def _length(shifts: Sequence[Span]) -> int:
    return sum(end - start for start, end in shifts)


def _at_least(step: float, by: float) -> float:
    """Rounded to three decimals, but never to nothing: who fails by a hair still fails."""
    return max(step, round(by, 3))
