"""A trained release at work: the ONNX graph under ONNX Runtime, one thread, same numbers anywhere.

ONNX Runtime walks the trees and adds float32 leaves in one fixed order, for one row as for many;
what follows (`sigmoid`) is exact arithmetic. A missing value (NaN) takes the branch that each
split learnt for it, as in scikit-learn.
"""

from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.effects import Effects, EffectTable
from models.sigmoid import sigmoid

Features = NDArray[np.float32]
Probabilities = NDArray[np.float64]

INPUT: Final = "features"
OUTPUT: Final = "log_odds"
"""Of accepting, and of completing once accepted: (n, 2)."""


class OnnxScorer:
    """Implements `matching.scorer.Scorer` for one release."""

    def __init__(self, release: str, model: bytes, effects: Effects) -> None:
        self.release: str = release
        self._session = _session(model)
        self._effects = EffectTable(effects)

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`."""
        (log_odds,) = self._session.run((OUTPUT,), {INPUT: features})
        accept, complete = sigmoid(log_odds.T)
        return accept, complete

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`. A missing value contributes nothing."""
        return self._effects.of(features)


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
