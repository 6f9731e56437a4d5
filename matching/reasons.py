"""Reason codes: a feature's contribution in words a worker understands.

The words themselves are in the translation table, `reason.<code>`.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.outcomes import Reason
from matching.features import FEATURES

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
    "worked_before": _Words("worked_before"),
    "same_station": _Words("same_station"),
    "open_claims": _Words("", "wage_claims"),
}
_ONLY_WHEN_SO: Final = frozenset(
    {"meal", "lodging", "pickup", "daily_settlement", "worked_before", "same_station"}
)
_SOON_HOURS: Final = 48.0
"""Work that begins later does not begin soon, whatever the model makes of it."""
_WITHOUT_HISTORY: Final = {"acceptance_rate": 0.5, "reliability": 0.8, "rating": 4.0}
"""What a track record says of somebody who has none (`state.TrackRecord`): nothing to tell.

A better record than that is never told as a bad one, nor a worse one as good: the model compares
with an average pair, the words with somebody new.
"""

_HELPS: Final = tuple(_WORDS[name].helps for name in FEATURES)
_HURTS: Final = tuple(_WORDS[name].hurts for name in FEATURES)
_SILENT_AT: Final = np.array(
    [0.0 if name in _ONLY_WHEN_SO else _WITHOUT_HISTORY.get(name, np.nan) for name in FEATURES]
)
_SPEAKS: Final = np.array([[code != "" for code in codes] for codes in (_HURTS, _HELPS)])
_KM, _MINUTES = FEATURES.index("distance_km"), FEATURES.index("travel_minutes")
_HOURS: Final = FEATURES.index("hours_to_start")
_HISTORY: Final = [FEATURES.index(name) for name in _WITHOUT_HISTORY]

REASON_CODES: Final = frozenset(code for words in _WORDS.values() for code in words if code)


def reasons(
    features: NDArray[np.float32], effects: NDArray[np.float64]
) -> list[tuple[Reason, ...]]:
    """The strongest reasons of each pair, strongest first; (n, F) features and contributions.

    Kilometres and minutes that both help are one reason, near; when both hurt, the stronger of far
    and a long way stands for both.
    """
    effects = np.where(_is_untrue(features, effects), 0.0, effects)
    km, minutes = effects[:, _KM].copy(), effects[:, _MINUTES].copy()
    one_reason = km * minutes > 0
    by_km = (km > 0) | (km <= minutes)
    effects[:, _KM] = np.where(one_reason, np.where(by_km, km + minutes, 0.0), km)
    effects[:, _MINUTES] = np.where(one_reason, np.where(by_km, 0.0, km + minutes), minutes)
    strength = np.where(np.where(effects > 0, _SPEAKS[1], _SPEAKS[0]), np.abs(effects), 0.0)
    strongest = np.argsort(-strength, axis=1, kind="stable")[:, :MOST_REASONS]
    lines = zip(strongest.tolist(), effects.tolist(), strength.tolist(), strict=True)
    return [_words(*line) for line in lines]


def _is_untrue(features: NDArray[np.float32], effects: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where the words of an effect would say what is not so, or nothing."""
    untrue: NDArray[np.bool_] = np.abs(features - _SILENT_AT) <= _ROUNDING
    better = features[:, _HISTORY] - _SILENT_AT[_HISTORY]
    untrue[:, _HISTORY] |= better * effects[:, _HISTORY] < 0.0
    untrue[:, _HOURS] |= (features[:, _HOURS] > _SOON_HOURS) & (effects[:, _HOURS] > 0.0)
    return untrue


def _words(strongest: list[int], effects: list[float], strength: list[float]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code=_HELPS[column] if effects[column] > 0 else _HURTS[column],
            contribution=round(effects[column], 4),
        )
        for column in strongest
        if strength[column] >= SMALLEST
    )
