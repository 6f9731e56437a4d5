"""Ranking a job in our core against a NumPy constraint filter and scikit-learn's predict_proba."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import world
from benchmarks.contender_numpy import NumpyRanker
from benchmarks.harness import Comparison, Contest
from benchmarks.model import classifier, scorer, use_fastest_threads
from benchmarks.ranking import MIX, NOT_MEASURED, WORKERS, Core, Stopwatch, check_equal


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """Both sides over the same workers, warmed up by the check."""
    workers = list(world.workers(10_000 if quick else WORKERS))
    jobs = list(world.jobs(20 if quick else 200))
    ours = Core(workers, scorer())
    theirs = NumpyRanker(workers, classifier())
    threads = use_fastest_threads()
    feasible = check_equal(ours.top, theirs.top, jobs)
    yield Contest(
        ours=Stopwatch(ours.top, jobs),
        theirs=Stopwatch(theirs.top, jobs),
        rounds=3 if quick else 15,
        n=len(jobs),
        setting=(
            f"{len(workers)} workers, {len(jobs)} jobs a sample, {feasible:.0f} feasible on "
            f"average, scikit-learn on {threads} thread(s)"
        ),
    )


COMPARISON = Comparison(
    name="rank-vs-numpy",
    unit="ms/job",
    better="lower",
    mix=MIX,
    not_measured=NOT_MEASURED,
    open=contest,
)
