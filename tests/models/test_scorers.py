"""Both paths of a release, ONNX Runtime and the compiled kernel, through the same tests."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features import FEATURES
from matching.scorer import Scorer, Weights
from models.dataset import Features
from models.forest import Forest
from models.manifest import Manifest
from models.onnx_scorer import OnnxScorer
from models.registry import FOREST_FILE, MODEL_FILE
from models.train import RISING
from models.tree_scorer import TreeScorer

Draw = Callable[[int, int], Features]


@pytest.fixture(scope="module", params=["onnx", "compiled"])
def scorer(request: pytest.FixtureRequest, built: tuple[Manifest, dict[str, bytes]]) -> Scorer:
    _, files = built
    forest = Forest.decode(files[FOREST_FILE])
    if request.param == "onnx":
        return OnnxScorer("sha256:" + "0" * 64, files[MODEL_FILE], forest)
    return TreeScorer("sha256:" + "0" * 64, forest, len(FEATURES))


@pytest.fixture(scope="module")
def rows(draw: Draw) -> Features:
    rows = draw(3_000, 11)
    rows[np.random.default_rng(3).random(rows.shape) < 0.02] = np.nan
    return rows


@pytest.mark.parametrize("size", [1, 2, 7, 16, 33, 128, 129, 1_000])
def test_a_row_scores_the_same_alone_and_in_any_batch(
    scorer: Scorer, rows: Features, size: int
) -> None:
    whole = np.stack(scorer.probabilities(rows))
    parts = [scorer.probabilities(rows[at : at + size]) for at in range(0, len(rows), size)]
    assert (np.concatenate([np.stack(part) for part in parts], axis=1) == whole).all()


def test_the_order_of_rows_does_not_matter(scorer: Scorer, rows: Features) -> None:
    order = np.random.default_rng(5).permutation(len(rows))
    straight, shuffled = scorer.probabilities(rows), scorer.probabilities(rows[order])
    for a, b in zip(straight, shuffled, strict=True):
        assert (a[order] == b).all()


@given(
    row=st.integers(0, 2_999),
    name=st.sampled_from(sorted(RISING)),
    change=st.floats(0, 500, width=32),
)
def test_more_of_what_is_better_never_lowers_a_probability(
    scorer: Scorer, rows: Features, row: int, name: str, change: float
) -> None:
    pair = rows[[row, row]]
    pair[1, FEATURES.index(name)] += np.float32(change * RISING[name])
    for probabilities in scorer.probabilities(pair):
        assert probabilities[1] >= probabilities[0]


def test_what_is_missing_or_infinite_still_gives_a_probability(scorer: Scorer) -> None:
    rows = np.full((3, len(FEATURES)), np.nan, np.float32)
    rows[1], rows[2] = np.inf, -np.inf
    for probabilities in scorer.probabilities(rows):
        assert ((probabilities > 0) & (probabilities < 1)).all()


def test_no_rows_give_no_numbers(scorer: Scorer, rows: Features) -> None:
    none = rows[:0]
    assert [len(part) for part in scorer.probabilities(none)] == [0, 0]
    assert scorer.contributions(none).shape == (0, len(FEATURES))


def test_contributions_add_up_to_the_score(scorer: Scorer, rows: Features) -> None:
    points = scorer.contributions(rows)
    accept, complete = scorer.probabilities(rows)
    assert points.shape == rows.shape
    totals = points.sum(axis=1)
    assert np.ptp(accept * complete - totals) < 1e-6


def test_the_best_are_those_that_sorting_everything_finds(scorer: Scorer, rows: Features) -> None:
    chance = np.random.default_rng(9)
    for size, count in ((1, 1), (20, 5), (47, 47), (500, 1), (500, 10), (3_000, 16), (900, 2_000)):
        some = np.asfortranarray(rows[chance.choice(len(rows), size)])
        weights = Weights(1 + chance.random(size) / 20, np.power(0.8, chance.integers(0, 3, size)))
        best = scorer.best(some, weights, count)
        both = scorer.probabilities(some)
        values = weights.values(*both)
        kth = np.sort(values)[::-1][min(count, size) - 1]
        assert sorted(best.rows.tolist()) == np.flatnonzero(values >= kth).tolist()
        assert (best.values == values[best.rows]).all()
        assert (best.p_accept == both[0][best.rows]).all()
        assert (best.p_complete == both[1][best.rows]).all()


def test_ties_with_the_last_of_the_best_are_all_there(scorer: Scorer, rows: Features) -> None:
    same = np.asfortranarray(np.repeat(rows[:60], 5, axis=0))
    best = scorer.best(same, Weights(np.ones(300), np.ones(300)), 7)
    assert len(best.rows) % 5 == 0
    assert len(best.rows) >= 7
