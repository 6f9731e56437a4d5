"""One tree model with its calibration: log-odds = slope x raw + intercept, slope > 0."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from models.dataset import Features, Labels

Rows = tuple[Features, Labels]
"""Features (n, F) and labels (n,)."""

SLOPE_SPREAD: Final = 0.5
"""How far from 1 a slope is thought to be before anything is known, as a standard deviation."""
_FARTHEST: Final = 20.0
_UNPENALISED: Final = 1e6


class TrainingError(Exception):
    """The data cannot make a model that the matcher may trust; says what is missing."""


@dataclass(frozen=True)
class Calibrated:
    """Gradient-boosted trees, calibrated on later rows than those that their like was grown on.

    A sigmoid and not an isotonic curve: it is strictly rising, so two pairs that the trees tell
    apart never become a tie, and it is linear in the log-odds.
    """

    trees: HistGradientBoostingClassifier
    slope: float
    intercept: float

    @classmethod
    def fit(cls, trees: HistGradientBoostingClassifier, earlier: Rows, later: Rows) -> Self:
        """Grow trees on all rows, with the slope that trees of the earlier rows need on the later.

        What a few days add to the slope's sigmoid as its level is their weather and mood, not the
        trees' error: carried into the days that follow it makes the calibration worse. So the
        level is that of all rows, and no row is lost to the trees. Raises TrainingError when trees
        of the earlier rows rank the later ones backwards.
        """
        first = clone(trees).fit(*earlier)
        slope = _slope(first, *later)
        rows = np.concatenate([earlier[0], later[0]])
        labels = np.concatenate([earlier[1], later[1]])
        grown = clone(trees).fit(rows, labels)
        return cls(grown, slope, _level(slope * grown.decision_function(rows), labels))

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


def _slope(trees: HistGradientBoostingClassifier, rows: Features, labels: Labels) -> float:
    """The slope of Platt's sigmoid, drawn towards 1 as far as the rows leave it open.

    The mean of a normal prior and the fit's normal approximation, weighted by their precisions.
    """
    raw: NDArray[np.float64] = trees.decision_function(rows)
    fitted = LogisticRegression(C=_UNPENALISED).fit(raw[:, None], labels)
    found, likely = float(fitted.coef_[0, 0]), fitted.predict_proba(raw[:, None])[:, 1]
    weights = likely * (1.0 - likely)
    known = float(weights @ raw**2 - (weights @ raw) ** 2 / weights.sum())
    prior = SLOPE_SPREAD**-2
    slope = (known * found + prior) / (known + prior)
    if slope <= 0:
        raise TrainingError(
            "On the calibration slice the trees rank backwards: what they learnt from the "
            "earlier part does not hold later. Train on a longer log."
        )
    return slope


def _level(log_odds: NDArray[np.float64], labels: Labels) -> float:
    """What to add to log-odds for their mean probability to be the labels' rate."""
    rate = labels.mean()
    level: float = brentq(
        lambda added: expit(log_odds + added).mean() - rate, -_FARTHEST, _FARTHEST
    )
    return level
