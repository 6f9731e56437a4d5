"""From log-odds to points of the score: how far each feature moved it from an average pair's.

The score without weights is p q, p = P(accept), q = P(complete | accepted); an average pair has
p0 q0. Because p q - p0 q0 = (p - p0)(q + q0)/2 + (q - q0)(p + p0)/2, each model's part is shared
among the features by their shares of its log-odds' change (exact tree-path contributions; Saabas
2014, "Interpreting random forests"). Per pair they add up to p q - p0 q0.
"""

import numpy as np
from numpy.typing import NDArray

from models.forest import Changes, Forest
from models.sigmoid import sigmoid


def average_pair(forest: Forest) -> NDArray[np.float64]:
    """For accepting and for completing, the log-odds and the probability of an average pair."""
    log_odds = np.array(forest.averages())
    return np.stack([log_odds, sigmoid(log_odds.astype(np.float32))], axis=1)


def contributions(
    changes: Changes, average: NDArray[np.float64], quantum: float
) -> NDArray[np.float64]:
    """The points (n, features) of changes (2, n, features) in quanta, from `average_pair`."""
    totals = changes.sum(axis=2) * quantum
    before = average[:, 1:]
    after = sigmoid((average[:, :1] + totals).astype(np.float32))
    other = (after + before)[::-1] / 2.0
    moved = np.where(totals == 0.0, 1.0, totals)
    rates = (after - before) * other / moved * quantum
    points: NDArray[np.float64] = changes[0] * rates[0][:, None] + changes[1] * rates[1][:, None]
    return points
