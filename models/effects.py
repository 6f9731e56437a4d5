"""What each feature does to the score: a small table per feature, made once, read in no time.

The effect of a value is the partial dependence of P(accept) x P(complete): the mean score of a
background of real pairs when all of them get that value, less the mean over the values that occur.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Scores = NDArray[np.float64]

BINS: Final = 16


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """For each feature its rising bin edges and, one more than edges, the effect in each bin.

    A value belongs to the bin after the last edge below it. Effects are in probability points.
    """

    edges: tuple[tuple[float, ...], ...]
    effects: tuple[tuple[float, ...], ...]


class EffectTable:
    """`Effects` as arrays of one width, for whole batches."""

    def __init__(self, effects: Effects) -> None:
        width = max(map(len, effects.effects))
        self._edges = np.full((len(effects.edges), width - 1), np.inf)
        self._effects = np.zeros((len(effects.effects), width))
        for row, (edges, values) in enumerate(zip(effects.edges, effects.effects, strict=True)):
            self._edges[row, : len(edges)] = edges
            self._effects[row, : len(values)] = values
        self._rows = np.arange(len(effects.edges))

    def of(self, features: Features) -> NDArray[np.float64]:
        """The effects (n, F) of features (n, F); 0 where a value is missing."""
        bins = (features[:, :, None] > self._edges).sum(axis=2)
        found: NDArray[np.float64] = self._effects[self._rows, bins]
        found[np.isnan(features)] = 0.0
        return found


def measure(score: Callable[[Features], Scores], background: Features, values: Features) -> Effects:
    """The effects of a score over a background (b, F), binned by the values (n, F) that occur."""
    columns = range(values.shape[1])
    pairs = [_measure_one(score, background, values, column) for column in columns]
    return Effects(
        edges=tuple(edges for edges, _ in pairs), effects=tuple(effects for _, effects in pairs)
    )


def _measure_one(
    score: Callable[[Features], Scores], background: Features, values: Features, column: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    present = values[:, column]
    present = np.sort(present[~np.isnan(present)])
    if not len(present):
        return (), (0.0,)
    edges = _edges(present)
    bins = np.searchsorted(edges, present, side="left")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    middles = [present[bins == index][count // 2] for index, count in enumerate(counts)]
    means = np.array([_mean_score(score, background, column, middle) for middle in middles])
    effects = means - (means @ counts) / counts.sum()
    return tuple(edges.tolist()), tuple(effects.round(6).tolist())


def _edges(present: Features) -> NDArray[np.float64]:
    """At most BINS - 1 edges between distinct values, every bin non-empty."""
    picks = present[np.linspace(0, len(present) - 1, BINS + 1)[1:-1].astype(int)]
    distinct = np.unique(present)
    if len(distinct) <= BINS:
        picks = distinct[:-1]
    return np.unique(picks[picks < present[-1]]).astype(np.float64)


def _mean_score(
    score: Callable[[Features], Scores], background: Features, column: int, value: np.float32
) -> float:
    rows = background.copy()
    rows[:, column] = value
    return float(score(rows).mean())
