"""Each hard constraint, by how much it fails, and in which order."""

from typing import Any

import msgspec
import pytest

from events.facts import JobPosted, WorkerAvailable
from events.values import Crew, Interval, Pay, Place, Skill
from matching.constraints import CONSTRAINTS, failures, first_failure
from tests.matching.scenario import JOB, WORKER
from tests.matching.test_pool import job_of, worker_of
from tests.town import HOUR, NOW


def job(**changes: Any) -> JobPosted:
    return msgspec.structs.replace(JOB, **changes)


def worker(**changes: Any) -> WorkerAvailable:
    return msgspec.structs.replace(WORKER, **changes)


@pytest.mark.parametrize(
    ("posted", "available", "code", "by"),
    [
        (JOB, worker(skills=(Skill(code="cook"),)), "skill", None),
        (job(certificates=("health",)), WORKER, "certificate", None),
        (JOB, worker(birth_year=2011), "age", 1.0),
        (job(minimum_age=18), worker(birth_year=None), "age", 2.0),
        (JOB, worker(crew=Crew(leader_id="W-1", size=3)), "crew", 2.0),
        (JOB, worker(crew=Crew(leader_id="W-9", size=3)), "crew", 0.0),
        (JOB, worker(windows=(Interval(start=NOW, end=NOW + 30 * HOUR),)), "time", 3.0),
        (JOB, worker(pay_floor_fen_day=18_050), "pay_floor", 30.5),
        (JOB, worker(place=Place(lat=30.6, lon=103.48)), "distance", 91.195),
        (JOB, worker(max_bookings=None), None, None),
    ],
)
def test_the_first_failure_says_by_how_much(
    posted: JobPosted, available: WorkerAvailable, code: str | None, by: float | None
) -> None:
    found = list(failures(job_of(posted), worker_of(available)))
    assert [failure.code for failure in found] == ([code] if code else [])
    if by is not None:
        assert found[0].by == pytest.approx(by, abs=0.001)


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
    busy = ((JOB.shifts[0].start, JOB.shifts[0].end),)
    found = failures(job_of(posted, blocked=True), worker_of(hopeless, busy=busy))
    assert [failure.code for failure in found] == list(CONSTRAINTS[:-1])
