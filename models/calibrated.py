"""One ensemble with its calibration: log-odds = slope x raw + intercept, slope > 0."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from gigmatch.errors import SaidError, in_each_language
from models.dataset import Features, Labels
from models.ensemble import Ensemble, Learn

Rows = tuple[Features, Labels]
"""Features (n, F) and labels (n,)."""

SLOPE_SPREAD: Final = 0.5
"""How far from 1 a slope is thought to be before anything is known, as a standard deviation."""
_FARTHEST: Final = 20.0
_UNPENALISED: Final = 1e6


class TrainingError(SaidError):
    """The data cannot make a model that the matcher may trust; says what is missing."""

    def __init__(self, what: str, **details: object) -> None:
        """`what` is its name in the translation table, as are those of a `part` and a `target`."""
        named = {
            name: in_each_language(f"training.{name}.{details[name]}")
            for name in ("part", "target")
            if name in details
        }
        super().__init__(f"training.{what}", **details | named)


@dataclass(frozen=True)
class Calibrated:
    """An ensemble, calibrated on later rows than those that its like was fitted to.

    A sigmoid and not an isotonic curve: it is strictly rising, so two pairs that the trees tell
    apart never become a tie, and it is linear in the log-odds.
    """

    ensemble: Ensemble
    slope: float
    intercept: float

    @classmethod
    def fit(cls, learn: Learn, earlier: Rows, later: Rows) -> Self:
        """Learn from all rows, with the slope that what the earlier rows teach needs on the later.

        What a few days add to the slope's sigmoid as its level is their weather and mood, not the
        trees' error: carried into the days that follow it makes the calibration worse. So the
        level is that of all rows, and no row is lost to the trees. Raises TrainingError when what
        the earlier rows teach ranks the later ones backwards.
        """
        slope = _slope(learn(*earlier), *later)
        rows = np.concatenate([earlier[0], later[0]])
        labels = np.concatenate([earlier[1], later[1]])
        learnt = learn(rows, labels)
        return cls(learnt, slope, _level(slope * learnt.log_odds(rows), labels))

    def probabilities(self, rows: Features) -> NDArray[np.float64]:
        """The calibrated probability of the positive class, (n,), by the learners' own code."""
        log_odds = self.slope * self.ensemble.log_odds(rows) + self.intercept
        probabilities: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-log_odds))
        return probabilities


def _slope(ensemble: Ensemble, rows: Features, labels: Labels) -> float:
    """The slope of Platt's sigmoid, drawn towards 1 as far as the rows leave it open.

    The mean of a normal prior and the fit's normal approximation, weighted by their precisions.
    """
    raw = ensemble.log_odds(rows)
    fitted = LogisticRegression(C=_UNPENALISED).fit(raw[:, None], labels)
    found, likely = float(fitted.coef_[0, 0]), fitted.predict_proba(raw[:, None])[:, 1]
    weights = likely * (1.0 - likely)
    known = float(weights @ raw**2 - (weights @ raw) ** 2 / weights.sum())
    prior = SLOPE_SPREAD**-2
    slope = (known * found + prior) / (known + prior)
    if slope <= 0:
        raise TrainingError("backwards")
    return slope


def _level(log_odds: NDArray[np.float64], labels: Labels) -> float:
    """What to add to log-odds for their mean probability to be the labels' rate."""
    rate = labels.mean()
    level: float = brentq(
        lambda added: expit(log_odds + added).mean() - rate, -_FARTHEST, _FARTHEST
    )
    return level
