"""The worth of an order of candidates, against what can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.choosing import Choice, Numbers, split, worth

KM = 0


def choice(places: int, p_accept: list[float], p_complete: list[float]) -> Choice:
    n = len(p_accept)
    return Choice(
        places=places,
        workers=tuple(f"W-{number}" for number in range(n)),
        features=np.arange(n, dtype=np.float32).reshape(n, 1),
        p_accept=np.array(p_accept),
        p_complete=np.array(p_complete),
    )


def test_the_first_of_an_order_are_worth_what_the_truth_says() -> None:
    one = choice(2, [0.5, 0.2, 0.8, 0.4], [1.0, 1.0, 0.5, 1.0])
    found = worth([one], [np.array([3.0, 4.0, 1.0, 2.0])], KM)
    assert found.value == pytest.approx((0.2 + 0.5) / 2)
    assert found.yes == pytest.approx((0.2 + 0.5) / 2)
    assert found.comes == pytest.approx(1.0)
    assert found.km == pytest.approx((1 + 0) / 2)
    assert found.few == pytest.approx(1 - 0.7 / 0.9)
    assert found.many == 0.0


def test_who_runs_out_of_candidates_has_asked_them_all() -> None:
    plenty, hopeless = choice(1, [0.6] * 9, [1.0] * 9), choice(1, [0.1] * 3, [1.0] * 3)
    for one, offers in ((plenty, 2), (hopeless, 3)):
        assert worth([one], [np.zeros(len(one.workers))], KM).offers == offers


def test_where_there_is_nothing_to_choose_nothing_is_judged() -> None:
    free, bound = choice(1, [0.9, 0.1], [1.0, 1.0]), choice(2, [0.9, 0.1], [1.0, 1.0])
    both = worth([free, bound], [np.array([0.0, 1.0]), np.array([0.0, 1.0])], KM)
    assert both.value == pytest.approx(0.1)


chances = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=2, max_size=30)


@given(st.lists(chances, min_size=1, max_size=6), st.integers(0, 10_000))
def test_no_order_is_worth_more_than_the_true_one(
    jobs: list[list[tuple[float, float]]], seed: int
) -> None:
    choices = [choice(1, [p for p, _ in job], [q for _, q in job]) for job in jobs]
    random = np.random.default_rng(seed)
    scores: list[Numbers] = [random.random(len(job)) for job in jobs]
    truth = worth(choices, [one.values for one in choices], KM)
    found = worth(choices, scores, KM)
    assert found.value <= truth.value + 1e-12
    assert found.few >= -1e-12
    assert truth.few == pytest.approx(0.0, abs=1e-12)


def test_scores_are_split_as_the_candidates_come() -> None:
    choices = [choice(1, [0.1] * n, [1.0] * n) for n in (3, 1, 2)]
    parts = split(choices, np.arange(6.0))
    assert [part.tolist() for part in parts] == [[0, 1, 2], [3], [4, 5]]
