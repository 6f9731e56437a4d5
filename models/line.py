"""A logistic regression that is shrunk, and whose coefficients keep to what is promised.

Few answers are read with caution: coefficients are drawn towards zero, so those that many rows do
not support stay small (the ridge; le Cessie and van Houwelingen 1992, "Ridge Estimators in Logistic
Regression"). scikit-learn's has no bounds on signs; the objective here is its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.dataset import Features, Labels

Numbers = NDArray[np.float64]

_BOUNDS: Final = {-1: (None, 0.0), 0: (None, None), 1: (0.0, None)}
_PRECISE: Final = {"maxiter": 2_000, "ftol": 1e-13, "gtol": 1e-7}


@dataclass(frozen=True)
class Line:
    """Log-odds = level + slopes . (row - centre), all (F,); a missing value is the centre's."""

    level: float
    centre: Numbers
    slopes: Numbers

    def log_odds(self, rows: Features) -> Numbers:
        """The log-odds (n,) of rows (n, F)."""
        found: Numbers = self.level + np.nan_to_num(rows - self.centre) @ self.slopes
        return found


def fit_line(rows: Features, labels: Labels, signs: Sequence[int], strength: float) -> Line:
    """The line of least log loss over rows and labels, with slopes of the given signs (F,).

    0 is either sign. `strength` is scikit-learn's C, for standardised features: the smaller, the
    closer to zero; the level is free.
    """
    imputer, scaler = SimpleImputer(keep_empty_features=True), StandardScaler()
    scaled = make_pipeline(imputer, scaler).fit_transform(rows.astype(np.float64))
    sides = np.where(labels, 1.0, -1.0)

    def loss(parameters: Numbers) -> tuple[float, Numbers]:
        level, weights = parameters[0], parameters[1:]
        margins = sides * (scaled @ weights + level)
        pulls = -sides * expit(-margins)
        worth = np.logaddexp(0.0, -margins).sum() + weights @ weights / (2.0 * strength)
        return worth, np.append(pulls.sum(), pulls @ scaled + weights / strength)

    bounds = [_BOUNDS[0], *(_BOUNDS[sign] for sign in signs)]
    start = np.zeros(len(bounds))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_PRECISE)
    return Line(float(found.x[0]), scaler.mean_, found.x[1:] / scaler.scale_)
