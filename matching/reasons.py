"""Reason codes: a feature's contribution in words a worker understands.

The words themselves are in the translation table, `reason.<code>`.
"""

import math
from importlib.util import find_spec
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.outcomes import Reason
from matching.features import FEATURES
from matching.rounding import rounded
from matching.terms import NEW_TO_TRADE

COMPILED: Final = find_spec("matching._reasons") is not None
MOST_REASONS: Final = 3
_ROUNDING: Final = 1e-6
SMALLEST: Final = 0.005
"""Below half a point of probability a reason says nothing."""


class _Words(NamedTuple):
    """The codes for a feature that helps and that hurts; "" says nothing."""

    helps: str
    hurts: str = ""


_WORDS: Final[dict[str, _Words]] = {
    "distance_km": _Words("near", "far"),
    "travel_minutes": _Words("near", "long_way"),
    "pay_yuan_day": _Words("pay_high"),
    "pay_over_floor": _Words("pay_above_floor", "pay_at_floor"),
    "skill_level": _Words("skilled", "unskilled"),
    "hours_to_start": _Words("soon"),
    "shift_hours": _Words("", "long_shift"),
    "shift_days": _Words("", "many_days"),
    "log_headcount": _Words(""),
    "meal": _Words("meal"),
    "lodging": _Words("lodging"),
    "pickup": _Words("pickup"),
    "daily_settlement": _Words("daily_pay"),
    "acceptance_rate": _Words("accepts_often", "rarely_accepts"),
    "reliability": _Words("reliable", "unreliable"),
    "rating": _Words("well_rated", "poorly_rated"),
    "trade_acceptance_rate": _Words("takes_such_work", "rarely_takes_such_work"),
    "days_worked": _Words("", "worked_many_days"),
    "worked_before": _Words("worked_before"),
    "same_station": _Words("same_station"),
    "open_claims": _Words("", "wage_claims"),
    "public_holiday": _Words("", "on_holiday"),
    "reachable": _Words("", "not_reachable_now"),
}
_ONLY_WHEN_SO: Final = frozenset(
    {
        *("meal", "lodging", "pickup", "daily_settlement", "worked_before", "same_station"),
        "public_holiday",
    }
)
_SOON_HOURS: Final = 48.0
"""Work that begins later does not begin soon, whatever the model makes of it."""
_MANY_DAYS: Final = 3.5
"""Of the last week; on fewer nobody is told that they have worked much."""
_LITTLE_OVER_FLOOR_YUAN: Final = 30.0
"""A day; work that pays more than that above what was asked is not said to pay little above it."""
_WITHOUT_HISTORY: Final = {
    "acceptance_rate": 0.5,
    "reliability": 0.8,
    "rating": 4.0,
    "trade_acceptance_rate": NEW_TO_TRADE,
}
"""What a track record says of somebody who has none (`TrackRecord`): nothing to tell.

A better record than that is never told as a bad one, nor a worse one as good: the model compares
with an average pair, the words with somebody new.
"""

_HELPS: Final = tuple(_WORDS[name].helps for name in FEATURES)
_HURTS: Final = tuple(_WORDS[name].hurts for name in FEATURES)
_KM, _MINUTES = FEATURES.index("distance_km"), FEATURES.index("travel_minutes")
_PAY, _OVER_FLOOR = FEATURES.index("pay_yuan_day"), FEATURES.index("pay_over_floor")


def _told_between(name: str, code: str, *, helps: bool) -> tuple[float, float]:
    """Above and below which values of a feature its words are so; of a missing one nothing is."""
    if code == "":
        return math.inf, -math.inf
    if name in _ONLY_WHEN_SO:
        return _ROUNDING, math.inf
    if name == "reachable":
        return -math.inf, _ROUNDING
    if name == "days_worked":
        return _MANY_DAYS, math.inf
    if name == "pay_over_floor":
        return (_ROUNDING, math.inf) if helps else (-math.inf, _LITTLE_OVER_FLOOR_YUAN)
    if name in _WITHOUT_HISTORY:
        usual = _WITHOUT_HISTORY[name]
        return (usual + _ROUNDING, math.inf) if helps else (-math.inf, usual - _ROUNDING)
    return -math.inf, _SOON_HOURS if name == "hours_to_start" else math.inf


_HELPS_ABOVE, _HELPS_BELOW, _HURTS_ABOVE, _HURTS_BELOW = _TRUTH = np.array(
    [
        [*_told_between(name, helps, helps=True), *_told_between(name, hurts, helps=False)]
        for name, helps, hurts in zip(FEATURES, _HELPS, _HURTS, strict=True)
    ]
).T.copy()
_TRUTH_BYTES: Final = _TRUTH.tobytes()

REASON_CODES: Final = frozenset(code for words in _WORDS.values() for code in words if code)


Strongest = list[list[tuple[int, float]]]
"""For each pair its reasons as (column of the feature, contribution), strongest first."""


def reasons(
    features: NDArray[np.float32], effects: NDArray[np.float64]
) -> list[tuple[Reason, ...]]:
    """The strongest reasons of each pair, strongest first; (n, F) features and contributions.

    Kilometres and minutes are one matter, the way: what they add up to is one reason, in the words
    of the stronger. Nobody is told that a job is near and far. Who asked for no pay is told nothing
    of what they asked for: that contribution is the pay's own.
    """
    return [
        tuple(
            [
                Reason(
                    code=_HELPS[column] if effect > 0 else _HURTS[column],
                    contribution=rounded(effect, 4),
                )
                for column, effect in pair
            ]
        )
        for pair in strongest(features, effects)
    ]


def strongest(features: NDArray[np.float32], effects: NDArray[np.float64]) -> Strongest:
    """The reasons of each pair, at most `MOST_REASONS`; ties by column."""
    if not COMPILED:
        return strongest_in_python(features, effects)
    from matching import _reasons  # noqa: PLC0415 (there only when compiled)

    return _reasons.strongest(
        np.ascontiguousarray(features.T).data,
        np.ascontiguousarray(effects).data,
        len(features),
        _TRUTH_BYTES,
        _KM,
        _MINUTES,
        _PAY,
        _OVER_FLOOR,
        MOST_REASONS,
        SMALLEST,
    )


def strongest_in_python(features: NDArray[np.float32], effects: NDArray[np.float64]) -> Strongest:
    """The same, step by step: the meaning of it, and what runs where nothing is compiled."""
    asked_for_none = features[:, _OVER_FLOOR] == features[:, _PAY]
    effects = effects.copy()
    effects[:, _PAY] += np.where(asked_for_none, effects[:, _OVER_FLOOR], 0.0)
    effects[asked_for_none, _OVER_FLOOR] = 0.0
    helps = (features > _HELPS_ABOVE) & (features < _HELPS_BELOW)
    hurts = (features > _HURTS_ABOVE) & (features < _HURTS_BELOW)
    effects = np.where(np.where(effects > 0, helps, hurts), effects, 0.0)
    km, minutes = effects[:, _KM].copy(), effects[:, _MINUTES].copy()
    by_km = np.abs(km) >= np.abs(minutes)
    effects[:, _KM] = np.where(by_km, km + minutes, 0.0)
    effects[:, _MINUTES] = np.where(by_km, 0.0, km + minutes)
    strength = np.abs(effects)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :MOST_REASONS]
    return [
        [(column, float(effects[row, column])) for column in columns if said[column] >= SMALLEST]
        for row, (columns, said) in enumerate(zip(order.tolist(), strength, strict=True))
    ]
