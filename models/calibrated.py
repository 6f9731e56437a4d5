"""One tree model with its calibration: log-odds = slope x raw + intercept, slope > 0."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator

from models.dataset import Features, Labels


class TrainingError(Exception):
    """The data cannot make a model that the matcher may trust; says what is missing."""


@dataclass(frozen=True)
class Calibrated:
    """Gradient-boosted trees, calibrated by a sigmoid on rows that the trees never saw.

    A sigmoid and not an isotonic curve: it is strictly rising, so two pairs that the trees tell
    apart never become a tie, and it is linear in the log-odds.
    """

    trees: HistGradientBoostingClassifier
    slope: float
    intercept: float

    @classmethod
    def fit(cls, trees: HistGradientBoostingClassifier, rows: Features, labels: Labels) -> Self:
        """Calibrate fitted trees on later rows. Raises TrainingError when they rank backwards."""
        frozen = FrozenEstimator(trees)
        fitted = CalibratedClassifierCV(frozen, method="sigmoid").fit(rows, labels)
        curve = fitted.calibrated_classifiers_[0].calibrators[0]
        if curve.a_ >= 0:
            raise TrainingError(
                "On the calibration slice the trees rank backwards: what they learnt from the "
                "earlier part does not hold later. Train on a longer log."
            )
        return cls(trees, -float(curve.a_), -float(curve.b_))

    @property
    def baseline(self) -> float:
        """The raw log-odds before the first tree."""
        return float(np.ravel(self.trees._baseline_prediction)[0])

    def tree_nodes(self) -> list[NDArray[Any]]:
        """scikit-learn's node records of each tree."""
        return [stage[0].nodes for stage in self.trees._predictors]

    def probabilities(self, rows: Features) -> NDArray[np.float64]:
        """The calibrated probability of the positive class, (n,), by scikit-learn's own code."""
        log_odds = self.slope * self.trees.decision_function(rows) + self.intercept
        probabilities: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-log_odds))
        return probabilities
