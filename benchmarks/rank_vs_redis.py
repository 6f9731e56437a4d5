"""Ranking a job in our core against Redis GEOSEARCH + HMGET and scikit-learn's predict_proba."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks import world
from benchmarks.contender_redis import RedisRanker
from benchmarks.harness import Comparison, Contest
from benchmarks.model import classifier, scorer, use_fastest_threads
from benchmarks.ranking import (
    FARTHEST_KM,
    MIX,
    NOT_MEASURED,
    WORKERS,
    Core,
    Stopwatch,
    check_equal,
)
from benchmarks.services import running_redis

OUR_TURNS: Final = 10
"""Ours is done too soon to be timed once."""


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """Both sides over the same workers, warmed up by the check."""
    workers = list(world.workers(10_000 if quick else WORKERS))
    jobs = list(world.jobs(2 if quick else 10))
    with running_redis() as redis:
        ours = Core(workers, scorer())
        theirs = RedisRanker(redis.client, classifier(), FARTHEST_KM)
        theirs.load(workers)
        threads = use_fastest_threads()
        feasible = check_equal(ours.top, theirs.top, jobs)
        yield Contest(
            ours=Stopwatch(ours.top, jobs * OUR_TURNS),
            theirs=Stopwatch(theirs.top, jobs),
            rounds=1 if quick else 5,
            n=len(jobs),
            setting=(
                f"{redis.name}, {len(workers)} workers, {len(jobs)} jobs a sample "
                f"({OUR_TURNS} times over for ours), {feasible:.0f} feasible on average, "
                f"scikit-learn on {threads} thread(s)"
            ),
        )


COMPARISON = Comparison(
    name="rank-vs-redis",
    unit="ms/job",
    better="lower",
    mix=MIX,
    not_measured=f"{NOT_MEASURED}; redis-py without hiredis",
    open=contest,
)
