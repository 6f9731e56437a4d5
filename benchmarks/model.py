"""The model both sides score with: 150 trees of 31 leaves over the engine's features.

It is trained at start on rows made up from a fixed seed: what it has learnt does not matter here,
only that it has the size and shape of a released model and splits on every feature.
"""

import os
import time
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from matching.features import FEATURES, MONOTONE
from matching.scorer import Scorer
from models.boosted import Boosted
from models.calibrated import Calibrated
from models.forest import Forest
from models.forest_export import forest_of
from models.onnx_export import to_onnx
from models.registry import scorer_of

TREES: Final = 150
LEAVES: Final = 31
ROWS: Final = 6_000
TYPICAL_ROWS: Final = 450

_RANGES = {
    "distance_km": (0.0, 50.0),
    "travel_minutes": (0.0, 120.0),
    "pay_yuan_day": (100.0, 260.0),
    "pay_over_floor": (0.0, 160.0),
    "skill_level": (1.0, 3.0),
    "hours_to_start": (0.0, 120.0),
    "shift_hours": (4.0, 12.0),
    "shift_days": (1.0, 5.0),
    "log_headcount": (0.0, 4.0),
    "rating": (1.0, 5.0),
    "open_claims": (0.0, 3.0),
}
_WEIGHTS = {
    "distance_km": -0.06,
    "travel_minutes": -0.01,
    "pay_yuan_day": 0.01,
    "pay_over_floor": 0.01,
    "skill_level": 0.4,
    "acceptance_rate": 1.5,
    "reliability": 1.5,
    "rating": 0.3,
}


@cache
def classifier() -> HistGradientBoostingClassifier:
    """The trained model; `predict_proba` gives P(accept) in its second column."""
    return _fitted(max_iter=TREES, max_leaf_nodes=LEAVES)


def use_fastest_threads(trials: int = 15) -> int:
    """Let scikit-learn predict on one thread or on all cores, whichever is faster here and now.

    On a busy machine its threads wait for one another; on a quiet one they may help. The
    competitor gets the better of both.
    """
    batch = _data()[0][:TYPICAL_ROWS]
    took = {}
    for threads in {1, os.cpu_count() or 1}:
        threadpool_limits(limits=threads, user_api="openmp")
        classifier().predict_proba(batch)
        begin = time.perf_counter()
        for _ in range(trials):
            classifier().predict_proba(batch)
        took[threads] = time.perf_counter() - begin
    fastest = min(took, key=took.__getitem__)
    threadpool_limits(limits=fastest, user_api="openmp")
    return fastest


@cache
def forest() -> Forest:
    """The same trees as a release has them.

    A release has two models. Here P(complete) is one and the same number for everybody, so that
    one model of the stated size is what both sides pay for.
    """
    constant = _fitted(max_iter=1, min_samples_leaf=ROWS)
    return forest_of(_plain(classifier()), _plain(constant))


@cache
def scorer() -> Scorer:
    """The forest as the engine serves it."""
    return scorer_of("benchmark", forest(), to_onnx(forest(), len(FEATURES)))


def _plain(trees: HistGradientBoostingClassifier) -> Calibrated:
    return Calibrated(Boosted(trees), slope=1.0, intercept=0.0)


def _fitted(**size: Any) -> HistGradientBoostingClassifier:
    model = HistGradientBoostingClassifier(
        early_stopping=False,
        monotonic_cst=[MONOTONE.get(name, 0) for name in FEATURES],
        random_state=31,
        **size,
    )
    with threadpool_limits(limits=1, user_api="openmp"):
        return model.fit(*_data())


@cache
def _data() -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Rows (ROWS, len(FEATURES)) and whether each was accepted."""
    random = np.random.default_rng(TREES)
    rows = _rows(random)
    weights = np.array([_WEIGHTS.get(name, 0.1) for name in FEATURES])
    logits = (rows - rows.mean(axis=0)) @ weights + 0.3 * np.sin(rows[:, 0] / 3.0)
    accepted: NDArray[np.bool_] = random.random(ROWS) < 1.0 / (1.0 + np.exp(-logits))
    return rows, accepted


def _rows(random: np.random.Generator) -> NDArray[np.float32]:
    """(ROWS, len(FEATURES)): continuous where the feature is, 0 or 1 for the flags."""
    columns = [
        random.uniform(*_RANGES[name], ROWS) if name in _RANGES else random.random(ROWS)
        for name in FEATURES
    ]
    return np.stack(columns, axis=1).astype(np.float32)
