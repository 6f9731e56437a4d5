"""One job in a zone of a million workers, against the same job in a zone of ten thousand.

The same workers are feasible in both: those of the small zone. The others fail as people do in a
larger place: they have other trades, live elsewhere, or both.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from benchmarks import world
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.model import scorer
from benchmarks.ranking import new_worker_terms
from events.facts import WorkerAvailable
from events.values import Place, Policy, Skill
from matching.fastest_pool import fastest_pool
from matching.pool import Pool
from matching.ranking import Ranking
from matching.terms import JobTerms, job_terms

SMALL: Final = 10_000
LARGE: Final = 1_000_000
FAR_DEGREES: Final = 4.0


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The same jobs in both pools; checks that the same workers are feasible."""
    large = 30_000 if quick else LARGE
    near = list(world.workers(SMALL))
    small_pool, large_pool = fastest_pool(), fastest_pool()
    for worker in near:
        for pool in (small_pool, large_pool):
            pool.put_worker(new_worker_terms(worker))
    for worker in _others(large - SMALL):
        large_pool.put_worker(new_worker_terms(worker))
    jobs = [
        job_terms(job, open_places=job.headcount, blocked=False, open_claims=0)
        for job in world.jobs(20 if quick else 200)
    ]
    feasible = _check_equal(small_pool, large_pool, jobs)
    yield Contest(
        ours=lambda: _rank_all(large_pool, jobs),
        theirs=lambda: _rank_all(small_pool, jobs),
        rounds=3 if quick else 9,
        n=len(jobs),
        setting=f"{SMALL} and {large} workers, {feasible:.0f} feasible in both",
    )


def _others(count: int) -> Iterator[WorkerAvailable]:
    """Half with trades that no job asks for, half with the jobs' trades but far away."""
    made = 0
    while made < count:
        for number, worker in enumerate(world.workers(min(50_000, count - made), seed=7 + made)):
            id = f"X-{made + number:07d}"
            if number % 2:
                skills = tuple(Skill(code=f"other_{skill.code}") for skill in worker.skills)
                yield msgspec.structs.replace(worker, worker_id=id, skills=skills)
            else:
                place = Place(lat=worker.place.lat + FAR_DEGREES, lon=worker.place.lon)
                yield msgspec.structs.replace(worker, worker_id=id, place=place)
        made += 50_000


def _check_equal(one: Pool, other: Pool, jobs: Sequence[JobTerms]) -> float:
    """The mean number of feasible workers. Raises AssertionError where the pools differ."""
    total = 0
    for job in jobs:
        mine, theirs = (pool.workers_for(job, world.START) for pool in (one, other))
        if sorted(mine.ids) != sorted(theirs.ids):
            raise AssertionError(f"{job.job_id}: other workers are feasible")
        total += len(mine.ids)
    return total / len(jobs)


def _rank_all(pool: Pool, jobs: Sequence[JobTerms]) -> Sample:
    """Mean milliseconds a job: candidates, counts of the excluded, scores, reasons."""
    policy, model = Policy(), scorer()
    begin = time.perf_counter()
    for job in jobs:
        candidates = pool.workers_for(job, world.START)
        Ranking(candidates, model, policy, world.START).published(
            policy.ranking_size, "job", lambda _: True
        )
    return Sample((time.perf_counter() - begin) * 1000.0 / len(jobs))


COMPARISON = Comparison(
    name="pool-growth",
    unit="ms/job",
    better="lower",
    mix="day jobs ranked for their best ten; ours is the large zone, theirs the small one",
    not_measured=(
        "workers near by with the same trade who fail for their times or their pay: each of those "
        "costs about 20 ns, because the ranking says how many there are"
    ),
    open=contest,
)
