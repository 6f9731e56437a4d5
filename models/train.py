"""Two models from one log: P(accept | offered) and P(complete | accepted)."""

from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from matching.features import FEATURES, MONOTONE
from models.boosted import Boosted
from models.calibrated import Calibrated, Rows, TrainingError
from models.dataset import Features, Labels, Split
from models.ensemble import Ensemble, Learn, Mean
from models.line import fit_line
from models.stairs import Stairs

RISING: Final = {
    **MONOTONE,
    "acceptance_rate": 1,
    "trade_acceptance_rate": 1,
    "reliability": 1,
    "reachable": 1,
}
"""Besides what every model must respect: a better record never counts against a worker, nor that
they can be reached."""

TOGETHER: Final = (
    ("distance_km", "travel_minutes", "pickup", "same_station", "pay_yuan_day", "pay_over_floor"),
    (
        *("pay_yuan_day", "pay_over_floor", "shift_hours", "shift_days", "hours_to_start"),
        *("meal", "lodging", "daily_settlement", "log_headcount"),
    ),
    (
        *("acceptance_rate", "trade_acceptance_rate", "reliability", "rating", "skill_level"),
        *("days_worked", "worked_before"),
    ),
    ("open_claims",),
    ("public_holiday",),
    ("reachable",),
)
"""Only features of one group may meet on a way down a tree: what a journey is worth against the
pay, what the work is worth against the pay, what somebody has done so far. So no reason depends on
two unlike things at once, and on later days nothing is lost by it.

Offers are not weighted by the inverse of their propensity (`models.evidence.propensity`): clipped
it changed nothing on later days, unclipped it lost.
"""

BOOSTED: Final = {"max_iter": 100, "learning_rate": 0.1, "max_leaf_nodes": 4}
"""As small as loses nothing on later days: twice the leaves cost time and score no better."""

ACCEPT_STRENGTH: Final = 0.03
COMPLETE_STRENGTH: Final = 0.01
"""`models.line.fit_line`: who comes to work is mostly up to the person, so it is shrunk more."""

LEAST_TRAINING_ROWS: Final = 200
LEAST_CALIBRATION_ROWS: Final = 50


def train(split: Split) -> tuple[Calibrated, Calibrated]:
    """The models of acceptance and of completion. The same data gives the same models.

    Raises TrainingError when a part has too few answers, or only one kind of answer.
    """
    train, later = split.train, split.calibrate
    done, later_done = train.take(train.finished), later.take(later.finished)
    with threadpool_limits(limits=1):  # sums in one order, however many cores there are
        accept = _model(
            "accept",
            _acceptance,
            (train.features, train.accepted),
            (later.features, later.accepted),
        )
        complete = _model(
            "complete",
            _completion,
            (done.features, done.completed),
            (later_done.features, later_done.completed),
        )
    return accept, complete


def _model(target: str, learn: Learn, train: Rows, later: Rows) -> Calibrated:
    _check(target, "training", train[1], LEAST_TRAINING_ROWS)
    _check(target, "calibration", later[1], LEAST_CALIBRATION_ROWS)
    return Calibrated.fit(learn, train, later)


def _acceptance(rows: Features, labels: Labels) -> Ensemble:
    return Mean(_boosted(rows, labels), _stairs(rows, labels, ACCEPT_STRENGTH))


def _completion(rows: Features, labels: Labels) -> Ensemble:
    return _stairs(rows, labels, COMPLETE_STRENGTH)


def _stairs(rows: Features, labels: Labels, strength: float) -> Stairs:
    signs = [RISING.get(name, 0) for name in FEATURES]
    return Stairs.of(fit_line(rows, labels, signs, strength), rows)


def _boosted(rows: Features, labels: Labels) -> Boosted:
    unfitted = HistGradientBoostingClassifier(
        **BOOSTED,
        min_samples_leaf=60,
        l2_regularization=1.0,
        early_stopping=False,
        monotonic_cst=[RISING.get(name, 0) for name in FEATURES],
        interaction_cst=[[FEATURES.index(name) for name in group] for group in TOGETHER],
        random_state=0,
    )
    return Boosted.fit(unfitted, rows, labels)


def _check(target: str, part: str, labels: Labels, least: int) -> None:
    if len(labels) < least:
        raise TrainingError("too_few", part=part, target=target, n=len(labels), least=least)
    if len(np.unique(labels)) < 2:
        raise TrainingError("one_kind", part=part, target=target)
