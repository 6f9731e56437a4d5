"""What a model has to beat: plain ways to guess an answer, fitted on the same rows."""

from collections.abc import Callable
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from matching.features import FEATURES
from matching.scorer import RuleScorer
from models.dataset import Dataset, Labels

Probabilities = NDArray[np.float64]
Predictor = Callable[[Dataset], Probabilities]
Target = Literal["accept", "complete"]

TARGETS: Final[tuple[Target, ...]] = ("accept", "complete")
PRIOR_ANSWERS: Final = 10.0
"""How many answers of an average worker everybody begins with, in `popularity`."""


def labels(target: Target, data: Dataset) -> Labels:
    """What is to be guessed, for rows of `judged`."""
    return data.accepted if target == "accept" else data.completed


def judged(target: Target, data: Dataset) -> Dataset:
    """The rows whose outcome is known: answered offers, or accepted ones that are over."""
    return data.take(data.known if target == "accept" else data.finished)


def baselines(target: Target, train: Dataset) -> dict[str, Predictor]:
    """Fitted on the rows of `judged`: base rate, one feature, the rules, all features, habit.

    A missing value counts as the average one, a worker never seen as an average worker.
    """
    return {
        "constant": _constant(target, train),
        "distance": _logistic(target, train, ("distance_km",)),
        "pay": _logistic(target, train, ("pay_yuan_day",)),
        "rules": _rules(target),
        "popularity": _popularity(target, train),
        "logistic": _logistic(target, train, FEATURES),
    }


def _constant(target: Target, train: Dataset) -> Predictor:
    rate = float(labels(target, train).mean())
    return lambda data: np.full(len(data), rate)


def _logistic(target: Target, train: Dataset, names: tuple[str, ...]) -> Predictor:
    columns = [FEATURES.index(name) for name in names]
    model: Any = make_pipeline(
        SimpleImputer(keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=1_000),
    ).fit(train.features[:, columns].astype(np.float64), labels(target, train))

    def predict(data: Dataset) -> Probabilities:
        if not len(data):
            return np.zeros(0)
        rows = data.features[:, columns].astype(np.float64)
        found: Probabilities = model.predict_proba(rows)[:, 1]
        return found

    return predict


def _rules(target: Target) -> Predictor:
    """The market's rules as they are (`matching.scorer`): what scores before any model."""

    def predict(data: Dataset) -> Probabilities:
        p_accept, p_complete = RuleScorer().probabilities(data.features)
        chosen = p_accept if target == "accept" else p_complete
        return np.nan_to_num(chosen, nan=0.5)

    return predict


def _popularity(target: Target, train: Dataset) -> Predictor:
    """How often this worker has said yes, or come, before: who is asked, whatever the job."""
    yes = labels(target, train)
    rate = float(yes.mean())
    ids, index = np.unique(train.people, return_inverse=True)
    good = np.bincount(index, yes) + PRIOR_ANSWERS * rate
    rates = dict(zip(ids.tolist(), good / (np.bincount(index) + PRIOR_ANSWERS), strict=True))
    return lambda data: np.array([rates.get(id, rate) for id in data.people.tolist()], float)
