"""A batch round's assignment against scipy's fastest exact solver on the same sparse problem."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from benchmarks.harness import Comparison, Contest, Sample
from matching.assignment import QUANTUM, Problem, assign

PLACES: Final = 2_000
WORKERS: Final = 10_000
FEASIBLE: Final = 20
_SEED: Final = 11


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The same pairs for both; the totals of both must be equal."""
    places, workers = (100, 500) if quick else (PLACES, WORKERS)
    given = _problem(places, workers)
    matrix, offset = _with_empty_places(given)
    if (mine := _total(given)) != (theirs := _scipy_total(matrix, offset)):
        raise AssertionError(f"ours is worth {mine}, scipy's {theirs}")
    yield Contest(
        ours=lambda: _timed(lambda: assign(given)),
        theirs=lambda: _timed(lambda: min_weight_full_bipartite_matching(matrix)),
        rounds=3 if quick else 25,
        n=places,
        setting=f"{places} places, {workers} workers, {FEASIBLE} feasible for each place",
    )


def _problem(places: int, workers: int) -> Problem:
    """Random pairs with random values that both sides can take: integers below 2^21."""
    random = np.random.default_rng(_SEED)
    chosen = [np.sort(random.choice(workers, FEASIBLE, replace=False)) for _ in range(places)]
    return Problem(
        starts=np.arange(0, places * FEASIBLE + 1, FEASIBLE, dtype=np.int32),
        workers=np.concatenate(chosen).astype(np.int32),
        values=random.integers(1, 2**21, places * FEASIBLE),
        capacities=np.ones(places, np.int32),
        worker_count=workers,
    )


def _with_empty_places(given: Problem) -> tuple[Any, int]:
    """The costs as scipy wants them: each place has a column of its own for staying empty."""
    places = len(given.capacities)
    rows = np.repeat(np.arange(places), np.diff(given.starts))
    offset = int(given.values.max()) + 1
    costs = np.concatenate([offset - given.values, np.full(places, offset)]).astype(float)
    columns = np.concatenate([given.workers, given.worker_count + np.arange(places)])
    shape = (places, given.worker_count + places)
    return csr_array((costs, (np.concatenate([rows, np.arange(places)]), columns)), shape), offset


def _scipy_total(matrix: Any, offset: int) -> int:
    rows, columns = min_weight_full_bipartite_matching(matrix)
    return int(offset * len(rows) - matrix[rows, columns].sum())


def _total(given: Problem) -> int:
    jobs = assign(given)
    rows = np.repeat(np.arange(len(given.capacities)), np.diff(given.starts))
    return int(given.values[jobs[given.workers] == rows].sum())


def _timed(solve: Any) -> Sample:
    begin = time.perf_counter()
    solve()
    return Sample((time.perf_counter() - begin) * 1000.0)


COMPARISON = Comparison(
    name="batch-round",
    unit="ms/round",
    better="lower",
    mix=f"random values (a quantum is {QUANTUM:g} in the engine), both exactly optimal",
    not_measured="finding and scoring the pairs; OR-Tools, no faster than scipy when tried",
    open=contest,
)
