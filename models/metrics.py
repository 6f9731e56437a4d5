"""How good probabilities are on offers that the model never saw."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from models.dataset import Labels
from models.manifest import Metrics

Probabilities = NDArray[np.float64]

ECE_BINS: Final = 10
CHANCE_DRAWS: Final = 200


def metrics(labels: Labels, probabilities: Probabilities) -> Metrics:
    """AUC, log loss, Brier score and expected calibration error, rounded to 5 places.

    AUC is 0.5 when all labels are the same. `ece_chance` is the calibration error that a perfect
    model would have on as few rows: an error is never less than chance makes it.
    """
    both = len(np.unique(labels)) == 2
    return {
        "auc": round(float(roc_auc_score(labels, probabilities)) if both else 0.5, 5),
        "log_loss": round(float(log_loss(labels, probabilities, labels=[False, True])), 5),
        "brier": round(float(brier_score_loss(labels, probabilities)), 5),
        "ece": round(calibration_error(labels, probabilities), 5),
        "ece_chance": round(chance_error(probabilities), 5),
    }


def calibration_error(labels: Labels, probabilities: Probabilities) -> float:
    """Mean distance of predicted from observed rates over bins with equal numbers of rows."""
    order = np.argsort(probabilities, kind="stable")
    gaps = [
        abs(float(probabilities[rows].sum()) - float(labels[rows].sum()))
        for rows in np.array_split(order, ECE_BINS)
    ]
    return sum(gaps) / len(labels)


def chance_error(probabilities: Probabilities) -> float:
    """The calibration error to be expected if all probabilities (n,) were true. Fixed seed."""
    random = np.random.default_rng(0)
    ordered = np.sort(probabilities)
    gaps = np.zeros(CHANCE_DRAWS)
    for rows in np.array_split(ordered, ECE_BINS):
        happened = (random.random((CHANCE_DRAWS, len(rows))) < rows).sum(axis=1)
        gaps += np.abs(happened - rows.sum())
    return float(gaps.mean()) / len(probabilities)
