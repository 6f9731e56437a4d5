"""The best assignment is the best, both ways of computing it agree, and order changes nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matching.assignment import COMPILED, Problem, assign, assign_in_python, problem


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    workers = draw(st.integers(0, 9))
    jobs = draw(st.integers(0, 5))
    some = st.sampled_from((0.125, 0.25, 0.25, 0.5, 0.75, 0.9, 0.3333))
    pairs = [
        sorted(draw(st.dictionaries(st.integers(0, workers - 1), some)).items()) if workers else []
        for _ in range(jobs)
    ]
    return problem(pairs, [draw(st.integers(0, 4)) for _ in range(jobs)], workers)


def value_of(given: Problem, jobs: NDArray[np.int32]) -> int:
    """The total value; raises when an assigned pair was not among the possible ones."""
    total = 0
    for worker, job in enumerate(jobs.tolist()):
        if job >= 0:
            mine = slice(given.starts[job], given.starts[job + 1])
            (at,) = np.flatnonzero(given.workers[mine] == worker)
            total += int(given.values[mine][at])
    return total


def best_by_scipy(given: Problem) -> int:
    places = np.repeat(np.arange(len(given.capacities)), given.capacities)
    dense = np.zeros((len(given.capacities), given.worker_count))
    for job in range(len(given.capacities)):
        mine = slice(given.starts[job], given.starts[job + 1])
        dense[job, given.workers[mine]] = given.values[mine]
    rows, columns = linear_sum_assignment(dense[places], maximize=True)
    return int(dense[places][rows, columns].sum())


@given(problems())
def test_no_other_assignment_is_worth_more(given_: Problem) -> None:
    found = assign(given_)
    assert value_of(given_, found) == best_by_scipy(given_)
    taken = np.bincount(found[found >= 0], minlength=len(given_.capacities))
    assert (taken <= given_.capacities).all()


@given(problems())
def test_the_compiled_and_the_plain_steps_agree(given_: Problem) -> None:
    assert COMPILED
    assert assign(given_).tolist() == assign_in_python(given_).tolist()


def test_people_compete_and_nobody_loses_what_another_could_do() -> None:
    """The first worker is best for both jobs, but the second can only do the first job."""
    given_ = problem([[(0, 0.9), (1, 0.8)], [(0, 0.85)]], [1, 1], 2)
    assert assign(given_).tolist() == [1, 0]


def test_a_place_for_which_nobody_is_worth_it_stays_empty() -> None:
    assert assign(problem([[(0, 0.5)], [(0, 0.9)]], [2, 3], 2)).tolist() == [1, -1]
    assert assign(problem([], [], 3)).tolist() == [-1, -1, -1]


def test_a_thousand_workers_as_scipy_has_it() -> None:
    chance = np.random.default_rng(4)
    pairs = [
        [(int(worker), float(chance.random())) for worker in chance.choice(1_000, 15, False)]
        for _ in range(120)
    ]
    given_ = problem(pairs, chance.integers(0, 6, 120).tolist(), 1_000)
    assert value_of(given_, assign(given_)) == best_by_scipy(given_)
    assert assign(given_).tolist() == assign_in_python(given_).tolist()
