"""A release under ONNX Runtime: what scores where the compiled kernel cannot; the same bits.

A missing value (NaN) takes the branch that each split learnt for it, as in scikit-learn.
"""

from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from matching.scorer import Best, Weights, best_of_all
from models.contributions import average_pair, contributions
from models.forest import Forest
from models.sigmoid import sigmoid

Features = NDArray[np.float32]
Probabilities = NDArray[np.float64]

INPUT: Final = "features"
OUTPUT: Final = "log_odds"
"""Of accepting, and of completing once accepted: (n, 2)."""


class OnnxScorer:
    """Implements `matching.scorer.Scorer` for one release."""

    def __init__(self, release: str, model: bytes, forest: Forest) -> None:
        self.release: str = release
        self._session = _session(model)
        self._forest = forest
        self._average = average_pair(forest)

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`."""
        (log_odds,) = self._session.run((OUTPUT,), {INPUT: np.ascontiguousarray(features)})
        accept, complete = sigmoid(log_odds.T)
        return accept, complete

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`."""
        return best_of_all(*self.probabilities(features), weights, count)

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`."""
        changes = self._forest.changes(features)
        return contributions(changes, self._average, self._forest.quantum)


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
