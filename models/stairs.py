"""A straight line as trees: for each feature one tree, a staircase along it.

So a regression becomes part of a release without a second kind of model: the kernel, ONNX, the
search for the best and the reasons know trees only. A stair is level where rows of training are
many and close together, so little is lost (measured: `docs/model-card.md`).
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.dataset import Features
from models.ensemble import RAW_NODE, Nodes
from models.line import Line, Numbers

STEPS: Final = 32
"""Most steps of a staircase: as many as a tree has leaves in the kernel."""


@dataclass(frozen=True)
class Stair:
    """A step function of one feature: step i of k + 1 goes up to and with `cuts[i]`, (k,).

    `heights` are log-odds and `counts` rows of training, (k + 1,); a missing value is on step
    `missing`.
    """

    feature: int
    cuts: NDArray[np.float32]
    heights: Numbers
    counts: NDArray[np.intp]
    missing: int

    @classmethod
    def along(cls, line: Line, feature: int, values: NDArray[np.float32]) -> Self:
        """What a line says of a feature, seen from its centre: a step is the mean of its rows."""
        known = values[~np.isnan(values)]
        cuts = _cuts(known)
        steps = np.searchsorted(cuts, known)
        counts = np.bincount(steps, minlength=len(cuts) + 1)
        sums = np.bincount(steps, known - line.centre[feature], minlength=len(cuts) + 1)
        return cls(
            feature=feature,
            cuts=cuts,
            heights=line.slopes[feature] * sums / np.maximum(counts, 1),
            counts=counts,
            missing=int(np.searchsorted(cuts, np.float32(line.centre[feature]))),
        )

    def height(self, values: NDArray[np.float32]) -> Numbers:
        """The log-odds (n,) of values (n,)."""
        steps = np.where(np.isnan(values), self.missing, np.searchsorted(self.cuts, values))
        found: Numbers = self.heights[steps]
        return found

    def nodes(self) -> Nodes:
        """The same as a tree, as flat as it can be."""
        nodes = np.zeros(2 * len(self.heights) - 1, RAW_NODE)
        below = [(0, 0, len(self.heights))]
        free = 1
        while below:
            at, low, high = below.pop()
            nodes[at]["count"] = self.counts[low:high].sum()
            if high - low == 1:
                nodes[at]["is_leaf"], nodes[at]["value"] = 1, self.heights[low]
                continue
            middle = (low + high) // 2
            nodes[at]["feature_idx"] = self.feature
            nodes[at]["num_threshold"] = self.cuts[middle - 1]
            nodes[at]["missing_go_to_left"] = self.missing < middle
            nodes[at]["left"], nodes[at]["right"] = free, free + 1
            below += [(free, low, middle), (free + 1, middle, high)]
            free += 2
        return nodes


@dataclass(frozen=True)
class Stairs:
    """Implements `models.ensemble.Ensemble` for a line: a staircase for each feature."""

    baseline: float
    stairs: tuple[Stair, ...]

    @classmethod
    def of(cls, line: Line, rows: Features) -> Self:
        """A line as stairs that are finest where its rows of training (n, F) are."""
        columns = enumerate(rows.T)
        return cls(line.level, tuple(Stair.along(line, at, column) for at, column in columns))

    def log_odds(self, rows: Features) -> Numbers:
        """See `Ensemble.log_odds`."""
        heights = [stair.height(rows[:, stair.feature]) for stair in self.stairs]
        found: Numbers = self.baseline + np.sum(heights, axis=0)
        return found

    def tree_nodes(self) -> list[Nodes]:
        """See `Ensemble.tree_nodes`."""
        return [stair.nodes() for stair in self.stairs]


def _cuts(known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where steps end: between values that are few, else after as many rows each."""
    values = np.unique(known)
    if len(values) <= STEPS:
        return (values[1:] + values[:-1]) / np.float32(2)
    shares = np.arange(1, STEPS) / STEPS
    ends = np.unique(np.quantile(known, shares, method="lower"))
    cuts: NDArray[np.float32] = ends[ends < values[-1]]
    return cuts
