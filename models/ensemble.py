"""What a learner finds: raw log-odds that are a baseline and a sum of trees."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.dataset import Features, Labels

Nodes = NDArray[Any]
"""The node records of one tree, root first, parents before their children; see RAW_NODE."""

RAW_NODE: Final = np.dtype(
    [
        ("value", np.float64),
        ("count", np.uint32),
        ("feature_idx", np.intp),
        ("num_threshold", np.float64),
        ("missing_go_to_left", np.uint8),
        ("left", np.uint32),
        ("right", np.uint32),
        ("is_leaf", np.uint8),
    ]
)
"""As scikit-learn's trees have them, which have some more: a leaf's value in log-odds, the rows of
training below, and for an inner node its split: left when value <= num_threshold."""


class Ensemble(Protocol):
    """Raw log-odds of rows: `baseline` and what each tree adds."""

    @property
    def baseline(self) -> float:
        """The raw log-odds before the first tree."""

    def log_odds(self, rows: Features) -> NDArray[np.float64]:
        """The raw log-odds (n,) of rows (n, F), by other code than that which walks the trees."""

    def tree_nodes(self) -> list[Nodes]:
        """The node records of each tree."""


Learn = Callable[[Features, Labels], Ensemble]
"""Fits rows (n, F) to labels (n,); the same rows give the same ensemble."""


@dataclass(frozen=True)
class Mean:
    """The mean of two ensembles' log-odds, as one ensemble of all their trees."""

    one: Ensemble
    other: Ensemble

    @property
    def baseline(self) -> float:
        """See `Ensemble.baseline`."""
        return (self.one.baseline + self.other.baseline) / 2

    def log_odds(self, rows: Features) -> NDArray[np.float64]:
        """See `Ensemble.log_odds`."""
        return (self.one.log_odds(rows) + self.other.log_odds(rows)) / 2

    def tree_nodes(self) -> list[Nodes]:
        """See `Ensemble.tree_nodes`."""
        return [_halved(nodes) for part in (self.one, self.other) for nodes in part.tree_nodes()]


def _halved(nodes: Nodes) -> Nodes:
    half = nodes.copy()
    half["value"] /= 2
    return half
