"""Each hard constraint, by how much it fails, and in which order."""

from typing import Any

import msgspec
import pytest

from events.facts import JobPosted, WorkerAvailable
from events.values import Crew, Interval, Pay, Place, Skill
from matching.constraints import CONSTRAINTS, failures, first_failure
from matching.terms import JobTerms
from tests.matching.scenario import JOB, WORKER
from tests.matching.test_pool import job_of, worker_of
from tests.town import HOUR, NOW


def job(**changes: Any) -> JobPosted:
    return msgspec.structs.replace(JOB, **changes)


def worker(**changes: Any) -> WorkerAvailable:
    return msgspec.structs.replace(WORKER, **changes)


MASONRY = job(skills=("masonry",))


def mason(**changes: Any) -> WorkerAvailable:
    return worker(skills=(Skill(code="masonry"),), **changes)


def limited_job(posted: JobPosted, *, rest: int, day: int, blocked: bool = False) -> JobTerms:
    """Terms with limits in hours."""
    return msgspec.structs.replace(
        job_of(posted, blocked=blocked), min_rest_ms=rest * HOUR, max_day_ms=day * HOUR
    )


@pytest.mark.parametrize(
    ("posted", "available", "code", "by"),
    [
        (JOB, worker(skills=(Skill(code="cook"),)), "skill", None),
        (job(certificates=("health",)), WORKER, "certificate", None),
        (JOB, worker(birth_year=2011), "age", 1.0),
        (job(minimum_age=18), worker(birth_year=None), "age", 2.0),
        (MASONRY, mason(birth_year=1932), "age", 30.0),
        (MASONRY, mason(birth_year=1961), "age", 1.0),
        (MASONRY, mason(birth_year=1962), None, None),  # who may be 64 still
        (JOB, worker(crew=Crew(leader_id="W-1", size=3)), "crew", 3.0),
        (job(accepts_crews=True), worker(crew=Crew(leader_id="W-1", size=3)), "crew", 2.0),
        (JOB, worker(crew=Crew(leader_id="W-9", size=3)), "crew", None),
        (JOB, worker(windows=(Interval(start=NOW, end=NOW + 30 * HOUR),)), "time", 3.0),
        (JOB, worker(pay_floor_fen_day=18_050), "pay_floor", 30.5),
        (JOB, worker(place=Place(lat=30.6, lon=103.48)), "distance", 91.195),
        (JOB, worker(max_distance_km=1.1119), "distance", 0.001),
        (JOB, worker(windows=(Interval(start=NOW, end=JOB.shifts[0].end - 1),)), "time", 0.01),
        (JOB, worker(max_bookings=None), None, None),
    ],
)
def test_the_first_failure_says_by_how_much(
    posted: JobPosted, available: WorkerAvailable, code: str | None, by: float | None
) -> None:
    found = list(failures(job_of(posted), worker_of(available)))
    assert [failure.code for failure in found] == ([code] if code else [])
    if found:
        assert found[0].by == (None if by is None else pytest.approx(by, abs=0.001))


def test_a_worker_may_have_the_skills_or_the_occupation() -> None:
    named = job_of(job(occupation="5-01-02-02"))
    assert first_failure(named, worker_of(worker(skills=(), occupations=("5-01-02-02",)))) is None
    assert first_failure(named, worker_of(worker(skills=()))) == "skill"
    open_to_all = job_of(job(skills=()))
    assert first_failure(open_to_all, worker_of(worker(skills=()))) is None


def test_all_failures_come_in_the_order_in_which_they_exclude() -> None:
    hopeless = worker(
        skills=(),
        birth_year=2015,
        crew=Crew(leader_id="W-9", size=2),
        windows=(Interval(start=NOW, end=NOW + 1),),
        pay_floor_fen_day=99_999,
        place=Place(lat=40.0, lon=110.0),
        max_bookings=None,
    )
    posted = job(certificates=("health",), pay=Pay(amount_fen=1))
    start, end = JOB.shifts[0].start, JOB.shifts[0].end
    busy = ((start - 12 * HOUR, start - 7 * HOUR), (start, end))
    limited = limited_job(posted, rest=8, day=8, blocked=True)
    found = failures(limited, worker_of(hopeless, busy=busy))
    assert [failure.code for failure in found] == list(CONSTRAINTS[:-1])


# JOB is a day's work from 08:00 to 17:00 in China.
@pytest.mark.parametrize(
    ("busy", "code", "by"),
    [
        (((-24, -8),), None, None),  # till midnight: eight hours before
        (((-24, -7),), "rest", 1.0),
        (((-24, -7), (16, 19)), "rest", 1.0),
        (((17, 20),), None, None),  # eight hours after
        (((16, 20),), "rest", 1.0),  # from midnight
        (((-1, 0),), None, None),  # 07:00 of the same day: no rest is due, ten hours are the limit
        (((-2, 0),), "hours", 1.0),
        (((-2, -1), (9, 10)), "hours", 1.0),
        (((-9, -8), (-8, 0)), "hours", 7.0),  # 23:00 is the day before, midnight is not
        (((-40, -20), (30, 60)), None, None),
    ],
)
def test_rest_and_hours_count_by_the_day_in_china(
    busy: tuple[tuple[int, int], ...], code: str | None, by: float | None
) -> None:
    start = JOB.shifts[0].start
    spans = tuple((start + opens * HOUR, start + closes * HOUR) for opens, closes in busy)
    found = list(failures(limited_job(JOB, rest=8, day=10), worker_of(WORKER, busy=spans)))
    assert [(failure.code, failure.by) for failure in found] == ([(code, by)] if code else [])
    assert list(failures(limited_job(JOB, rest=0, day=0), worker_of(WORKER, busy=spans))) == []


def test_a_job_whose_own_day_is_too_long_suits_nobody() -> None:
    assert first_failure(limited_job(JOB, rest=0, day=8), worker_of(WORKER)) == "hours"
