"""Reason codes: a feature's contribution in words a worker understands.

The words themselves are in the translation table, `reason.<code>`.
"""

from importlib.util import find_spec
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.outcomes import Reason
from matching.features import FEATURES

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
_SILENT_AT: Final = np.array(
    [0.0 if name in _ONLY_WHEN_SO else _WITHOUT_HISTORY.get(name, np.nan) for name in FEATURES]
)
_SPEAKS: Final = np.array([[code != "" for code in codes] for codes in (_HELPS, _HURTS)])
_SILENT_BYTES: Final = _SILENT_AT.tobytes()
_SPEAKS_BYTES: Final = (_SPEAKS[0].tobytes(), _SPEAKS[1].tobytes())
_KM, _MINUTES = FEATURES.index("distance_km"), FEATURES.index("travel_minutes")

REASON_CODES: Final = frozenset(code for words in _WORDS.values() for code in words if code)


Strongest = list[list[tuple[int, float]]]
"""For each pair its reasons as (column of the feature, contribution), strongest first."""


def reasons(
    features: NDArray[np.float32], effects: NDArray[np.float64]
) -> list[tuple[Reason, ...]]:
    """The strongest reasons of each pair, strongest first; (n, F) features and contributions.

    Kilometres and minutes that both help are one reason, near.
    """
    return [
        tuple(
            Reason(
                code=_HELPS[column] if effect > 0 else _HURTS[column],
                contribution=round(effect, 4),
            )
            for column, effect in pair
        )
        for pair in strongest(features, effects)
    ]


def strongest(features: NDArray[np.float32], effects: NDArray[np.float64]) -> Strongest:
    """The reasons of each pair, at most `MOST_REASONS`; ties by column."""
    if not COMPILED:
        return strongest_in_python(features, effects)
    from matching import _reasons  # noqa: PLC0415 (there only when compiled)

    return _reasons.strongest(
        np.ascontiguousarray(features).data,
        np.ascontiguousarray(effects).data,
        len(features),
        _SILENT_BYTES,
        *_SPEAKS_BYTES,
        _KM,
        _MINUTES,
        MOST_REASONS,
        _ROUNDING,
        SMALLEST,
    )


def strongest_in_python(features: NDArray[np.float32], effects: NDArray[np.float64]) -> Strongest:
    """The same, step by step: the meaning of it, and what runs where nothing is compiled."""
    effects = np.where(np.abs(features - _SILENT_AT) <= _ROUNDING, 0.0, effects)
    both = np.minimum(effects[:, _KM], effects[:, _MINUTES]) > 0
    minutes = np.where(both, effects[:, _MINUTES], 0.0)
    effects[:, _KM] += minutes
    effects[:, _MINUTES] -= minutes
    strength = np.where(np.where(effects > 0, *_SPEAKS), np.abs(effects), 0.0)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :MOST_REASONS]
    return [
        [(column, float(effects[row, column])) for column in columns if said[column] >= SMALLEST]
        for row, (columns, said) in enumerate(zip(order.tolist(), strength, strict=True))
    ]
