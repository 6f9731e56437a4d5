"""Distance only is a scorer like any other, and orders by nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.nearest import NearestScorer
from matching.features import FEATURES
from matching.scorer import Weights

DISTANCE = FEATURES.index("distance_km")


@given(
    st.lists(st.floats(0, 60, width=32), min_size=1, max_size=40, unique=True), st.integers(1, 9)
)
def test_the_nearest_are_the_best(distances: list[float], count: int) -> None:
    features = np.random.default_rng(1).random((len(distances), len(FEATURES)), np.float32)
    features[:, DISTANCE] = distances
    ones = np.ones(len(distances))
    best = NearestScorer().best(features, Weights(ones, ones), count)
    nearest = np.sort(np.asarray(distances, np.float32))[:count]
    assert set(nearest) <= set(features[best.rows, DISTANCE])
    assert ((best.p_accept > 0) & (best.p_accept < 1)).all()


def test_a_reason_is_distance_alone() -> None:
    features = np.ones((3, len(FEATURES)), np.float32)
    features[:, DISTANCE] = (0, 5, 20)
    points = NearestScorer().contributions(features)
    assert (np.delete(points, DISTANCE, axis=1) == 0).all()
    assert points[0, DISTANCE] == 0
    assert points[1, DISTANCE] > points[2, DISTANCE]
