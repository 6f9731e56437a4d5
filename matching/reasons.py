"""Reason codes: a feature's contribution in words a worker understands.

The words themselves are in the translation table, `reason.<code>`.
"""

from collections import defaultdict
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
_WITHOUT_HISTORY: Final = {"acceptance_rate": 0.5, "reliability": 0.8, "rating": 4.0}
"""What a track record says of somebody who has none (`state.TrackRecord`): nothing to tell."""

_HELPS: Final = tuple(_WORDS[name].helps for name in FEATURES)
_HURTS: Final = tuple(_WORDS[name].hurts for name in FEATURES)
_SILENT_AT: Final = tuple(
    0.0 if name in _ONLY_WHEN_SO else _WITHOUT_HISTORY.get(name) for name in FEATURES
)

REASON_CODES: Final = frozenset(code for words in _WORDS.values() for code in words if code)


def reasons(features: NDArray[np.float32], effects: NDArray[np.float64]) -> tuple[Reason, ...]:
    """The strongest reasons of one pair, strongest first; (F,) features and contributions."""
    total: defaultdict[str, float] = defaultdict(float)
    values = features.tolist()
    for index, effect in enumerate(effects.tolist()):
        code = _HELPS[index] if effect > 0 else _HURTS[index]
        silent_at = _SILENT_AT[index]
        if code and (silent_at is None or abs(values[index] - silent_at) > _ROUNDING):
            total[code] += effect
    strongest = sorted(total.items(), key=lambda item: (-abs(item[1]), item[0]))[:MOST_REASONS]
    return tuple(
        Reason(code=code, contribution=round(effect, 4))
        for code, effect in strongest
        if abs(effect) >= SMALLEST
    )
