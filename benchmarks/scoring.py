"""Scoring alone: our kernel against the fastest of the tree libraries on the same rows."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import treelite
from numpy.typing import NDArray

from benchmarks import world
from benchmarks.harness import Comparison, Contest, Sample, say
from benchmarks.model import LEAVES, TREES, classifier, forest, scorer, use_fastest_threads
from benchmarks.ranking import new_worker_terms
from matching.fastest_pool import fastest_pool
from matching.features import FEATURES
from matching.terms import job_terms
from models.onnx_export import to_onnx
from models.onnx_scorer import OnnxScorer

Rows = NDArray[np.float32]
Score = Callable[[Rows], Any]
WORKERS: Final = 50_000


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The feasible pairs of the same jobs for everybody; the fastest library is chosen first."""
    batches = _batches(10_000 if quick else WORKERS, 10 if quick else 100)
    ours = scorer()
    others = _libraries()
    for batch in batches:
        _check_equal(ours.probabilities(batch)[0], others["scikit-learn"](batch)[:, 1])
    took = {name: _sample(score, batches).value for name, score in others.items()}
    fastest = min(took, key=lambda name: took[name])
    say("  " + ", ".join(f"{name} {value:.3f} ms" for name, value in took.items()))
    yield Contest(
        ours=lambda: _sample(ours.probabilities, batches),
        theirs=lambda: _sample(others[fastest], batches),
        rounds=3 if quick else 15,
        n=len(batches),
        setting=(
            f"theirs is {fastest}, the fastest of {', '.join(others)}; "
            f"{sum(map(len, batches)) / len(batches):.0f} rows a batch"
        ),
    )


def _batches(workers: int, jobs: int) -> list[Rows]:
    pool = fastest_pool()
    for worker in world.workers(workers):
        pool.put_worker(new_worker_terms(worker))
    terms = [
        job_terms(job, open_places=job.headcount, blocked=False, open_claims=0)
        for job in world.jobs(jobs)
    ]
    found = [pool.workers_for(job, world.START).features for job in terms]
    return [rows for rows in found if len(rows)]


def _libraries() -> dict[str, Score]:
    """Each library gets its rows in the layout it likes; the copies are made beforehand."""
    use_fastest_threads()
    graph = OnnxScorer("onnx", to_onnx(forest(), len(FEATURES)), forest())
    model = treelite.sklearn.import_model(classifier())
    return {
        "ONNX Runtime": graph.probabilities,
        "scikit-learn": classifier().predict_proba,
        "treelite": lambda rows: treelite.gtil.predict(model, rows, nthread=1),
    }


def _check_equal(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> None:
    if np.abs(mine - theirs).max() > 1e-4:
        raise AssertionError("the kernel scores otherwise than scikit-learn")


def _sample(score: Score, batches: Sequence[Rows]) -> Sample:
    """Mean milliseconds a batch."""
    begin = time.perf_counter()
    for batch in batches:
        score(batch)
    return Sample((time.perf_counter() - begin) * 1000.0 / len(batches))


COMPARISON = Comparison(
    name="scoring",
    unit="ms/batch",
    better="lower",
    mix=f"the feasible pairs of one job, {TREES} trees x {LEAVES} leaves, one thread",
    not_measured="finding the pairs; pruning (every row is scored to the end here); reasons",
    open=contest,
)
