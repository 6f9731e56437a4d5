"""Gradient-boosted trees as an ensemble: scikit-learn's, and where it keeps them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier

from models.dataset import Features, Labels
from models.ensemble import Nodes


@dataclass(frozen=True)
class Boosted:
    """Implements `models.ensemble.Ensemble` for a fitted classifier."""

    classifier: HistGradientBoostingClassifier

    @classmethod
    def fit(cls, unfitted: HistGradientBoostingClassifier, rows: Features, labels: Labels) -> Self:
        """Grow trees as the classifier is set to."""
        return cls(clone(unfitted).fit(rows, labels))

    @property
    def baseline(self) -> float:
        """See `Ensemble.baseline`."""
        return float(np.ravel(self.classifier._baseline_prediction)[0])

    def log_odds(self, rows: Features) -> NDArray[np.float64]:
        """See `Ensemble.log_odds`."""
        found: NDArray[np.float64] = self.classifier.decision_function(rows)
        return found

    def tree_nodes(self) -> list[Nodes]:
        """See `Ensemble.tree_nodes`."""
        return [stage[0].nodes for stage in self.classifier._predictors]
