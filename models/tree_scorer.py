"""A release under the compiled kernel (`models/_trees.c`): ONNX Runtime's bits, much sooner."""

import numpy as np
from numpy.typing import NDArray

from matching.scorer import Best, Weights
from models._trees import Trees
from models.forest import Forest
from models.sigmoid import CURVE, LIMIT, STEPS

Features = NDArray[np.float32]
Probabilities = NDArray[np.float64]


class TreeScorer:
    """Implements `matching.scorer.Scorer` for one release.

    Raises ValueError for a forest that the kernel cannot run: a tree of more than 32 leaves.
    """

    def __init__(self, release: str, forest: Forest, features: int) -> None:
        self.release: str = release
        self._trees = Trees(
            features,
            forest.ensemble,
            forest.count,
            forest.feature,
            forest.threshold,
            forest.left,
            forest.right,
            forest.nan_left,
            forest.value,
            *forest.base,
            forest.quantum,
            CURVE.tobytes(),
            LIMIT,
            float(STEPS),
        )

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`."""
        if not len(features):
            return np.zeros(0), np.zeros(0)
        found = self._trees.probabilities(_columns(features), len(features))
        accept, complete = np.frombuffer(found).reshape(2, len(features))
        return accept, complete

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`. Rows that cannot come so far are not scored to the end."""
        if not len(features):
            return Best.none()
        columns = _columns(features)
        found = self._trees.best(
            columns, len(features), weights.waiting.data, weights.trust.data, count
        )
        rows, accept, complete, values = np.frombuffer(found).reshape(4, -1)
        return Best(rows.astype(np.intp), accept, complete, values)

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`."""
        if not len(features):
            return np.zeros(features.shape)
        found = self._trees.contributions(_columns(features), len(features))
        return np.frombuffer(found).reshape(features.shape)


def _columns(features: Features) -> memoryview:
    """A column a feature, one after the other: no copy when they come from the table."""
    return np.ascontiguousarray(features.T).data
