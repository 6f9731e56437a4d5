from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features import FEATURES
from matching.scorer import Scorer
from models.dataset import Features
from models.manifest import Manifest
from models.onnx_scorer import OnnxScorer
from models.train import RISING

Draw = Callable[[int, int], Features]


@pytest.fixture(scope="module")
def scorer(built: tuple[Manifest, bytes]) -> Scorer:
    manifest, model = built
    return OnnxScorer("sha256:" + "0" * 64, model, manifest.effects)


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


def test_contributions_agree_with_the_monotone_features(scorer: Scorer, rows: Features) -> None:
    effects = scorer.contributions(rows)
    assert effects.shape == rows.shape
    column = FEATURES.index("distance_km")
    known = ~np.isnan(rows[:, column])
    by_distance = effects[known, column][np.argsort(rows[known, column])]
    assert (np.diff(by_distance) <= 0).all()
    assert by_distance[0] > 0.05 > -0.05 > by_distance[-1]
