"""A soak's load is the same every time, its arithmetic is right, a short one runs to its end."""

import subprocess
import sys
from itertools import islice

from benchmarks import world
from benchmarks.soak_page import Soaked, page, verdict
from benchmarks.soak_town import KEPT, STAY_OPEN, SoakTown
from events.facts import (
    Fact,
    JobCancelled,
    OfferAccepted,
    OfferDeclined,
    WorkCompleted,
    WorkerAvailable,
)
from events.outcomes import BookingConfirmed, Cause, OfferMade
from events.values import Interval

ZONES = ("110000", "110001")
CAUSE = Cause(ce_id="c", partition=0, offset=0)


def turns(town: SoakTown, count: int) -> list[list[Fact]]:
    said = (town.turn(world.START + n * 1_000, ()) for n in range(count))
    return [[job, *rest] for job, rest in said]


def test_the_same_is_said_every_time() -> None:
    first, second = SoakTown(ZONES, 10), SoakTown(ZONES, 10)
    assert list(first.opening(world.START)) == list(second.opening(world.START))
    assert turns(first, 200) == turns(second, 200)


def test_as_many_jobs_stay_open_as_at_first_and_everybody_renews_what_they_said() -> None:
    said = [fact for turn in turns(SoakTown(ZONES, 10), 500) for fact in turn]
    cancelled = [fact for fact in said if isinstance(fact, JobCancelled)]
    assert len(cancelled) == 500 - 500 // KEPT - STAY_OPEN
    renewed = {fact.worker_id for fact in said if isinstance(fact, WorkerAvailable)}
    assert len(renewed) == 20


def test_people_answer_as_they_are_and_who_was_booked_works() -> None:
    town = SoakTown(ZONES, 10)
    job, _ = town.turn(world.START, ())
    offers = [offer(number, job.job_id) for number in range(8)]
    _, said = town.turn(world.START + 1, offers)
    assert sum(isinstance(fact, OfferAccepted) for fact in said) == 4
    assert sum(isinstance(fact, OfferDeclined) for fact in said) == 2
    end = job.shifts[-1].end
    town.turn(world.START + 2, [booking(job.job_id, end)])
    _, before = town.turn(end - 1, ())
    _, after = town.turn(end, ())
    assert not any(isinstance(fact, WorkCompleted) for fact in before)
    assert any(isinstance(fact, WorkCompleted) for fact in after)


def test_only_what_comes_after_warming_up_counts() -> None:
    soaked = lived(first_ms=10, second_ms=11, grown=1.01)
    first, second = soaked.halves()
    assert (first.count, second.count) == (400, 400)
    assert (round(first.p99), round(second.p99)) == (10, 11)
    assert soaked.growth() == {"matcher": (100.0, 101.0)}
    assert verdict(soaked) == 0
    assert any("p99 of the second half is 1.10" in line for line in page(soaked))


def test_what_is_not_held_is_told() -> None:
    assert verdict(lived(first_ms=10, second_ms=13, grown=1.0)) == 1
    assert verdict(lived(first_ms=10, second_ms=10, grown=1.03)) == 1
    refused = lived(first_ms=10, second_ms=10, grown=1.0)
    refused.dead_letters = 1
    assert verdict(refused) == 1


def test_a_short_soak_runs_to_its_end() -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--quick", "--minutes", "0.1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=560, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode in (0, 1), done.stderr  # what it measures in seconds says nothing
    assert [line.partition(":")[0] for line in islice(lines, 1, 6)] == [
        "first half",
        "second half",
        "matcher",
        "projector",
        "notifier",
    ]
    assert lines[-1] == "0 dead letters"


def offer(number: int, job_id: str) -> OfferMade:
    return OfferMade(
        zone=ZONES[0],
        cause=CAUSE,
        at=world.START,
        offer_id=f"O-{number}",
        job_id=job_id,
        worker_id="W-1",
        rank=1,
        score=0.5,
        p_accept=0.5,
        p_complete=0.5,
        places=1,
        expires_at=world.START,
        model="rules",
    )


def booking(job_id: str, end: int) -> BookingConfirmed:
    return BookingConfirmed(
        zone=ZONES[0],
        cause=CAUSE,
        at=world.START,
        offer_id="O-0",
        job_id=job_id,
        worker_id="W-1",
        shifts=(Interval(start=end - 1, end=end),),
        places=1,
        remaining=0,
    )


def lived(*, first_ms: float, second_ms: float, grown: float) -> Soaked:
    """900 s with a posting each: 100 s to warm up, then two halves."""
    soaked = Soaked(capacity=2.0, rate=1.0, began=0.0, seconds=900.0)
    for second in range(900):
        took = 1_000 if second < 100 else first_ms if second < 500 else second_ms
        soaked.waits.append((float(second), took / 1_000))
        soaked.note(float(second), {"matcher": 50.0 if second < 100 else 100.0})
        if second >= 800:
            soaked.memory[-1] = (float(second), {"matcher": 100.0 * grown})
    return soaked
