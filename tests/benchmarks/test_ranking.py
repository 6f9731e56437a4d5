"""Both sides of the ranking comparisons rank alike, and the check notices when they do not."""

import pytest

from benchmarks import world
from benchmarks.contender_numpy import NumpyRanker
from benchmarks.model import classifier, scorer
from benchmarks.ranking import Core, check_equal

WORKERS = list(world.workers(3_000))
JOBS = list(world.jobs(10))


def test_the_core_and_numpy_rank_alike() -> None:
    ours, theirs = Core(WORKERS, scorer()), NumpyRanker(WORKERS, classifier())

    assert check_equal(ours.top, theirs.top, JOBS) > 10


def test_the_check_notices_a_worker_who_is_missing() -> None:
    ours = Core(WORKERS, scorer())
    (best, *_), _ = ours.top(JOBS[0])
    theirs = NumpyRanker([w for w in WORKERS if w.worker_id != best], classifier())

    with pytest.raises(AssertionError, match="ours ranks"):
        check_equal(ours.top, theirs.top, JOBS)
