"""The trees of a release as plain arrays whose leaves add up exactly.

Leaves, and the log-odds before the first tree, are whole multiples of a power of two, the quantum,
and so small that no sum reaches 2^24 quanta: then float32 additions are exact, in any order, and
ONNX Runtime, the compiled kernel (`models/_trees.c`) and NumPy give the same bits on any machine.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.calibrated import Calibrated, TrainingError

Features = NDArray[np.float32]
Changes = NDArray[np.int32]

EXACT: Final = 2**23
"""Sums stay below half of what float32 holds exactly."""
FINEST: Final = 2.0**-24

_NODE: Final = np.dtype(
    [
        ("feature", np.uint8),
        ("threshold", np.float32),
        ("left", np.uint8),
        ("right", np.uint8),
        ("nan_left", np.uint8),
        ("value", np.int32),
    ]
)
_MOST_NODES: Final = 255


class Forest(msgspec.Struct, frozen=True, kw_only=True):
    """Two ensembles: 0 of accepting, 1 of completing.

    `ensemble` and `count` say for each tree whose it is and how many nodes it has; the other arrays
    have a number a node, tree by tree, each tree's root first. A node with left == right == 0 is a
    leaf. `value` is in quanta: a leaf's log-odds, an inner node's mean over the rows it was trained
    on. `base` are the log-odds of both before the first tree, in quanta.
    """

    quantum: float
    base: tuple[int, int]
    ensemble: bytes
    count: bytes
    feature: bytes
    threshold: bytes
    left: bytes
    right: bytes
    nan_left: bytes
    value: bytes

    def encode(self) -> bytes:
        """The forest as msgpack."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, content: bytes) -> "Forest":
        """A forest from msgpack. Raises msgspec.DecodeError."""
        return _DECODER.decode(content)

    def trees(self) -> list[tuple[int, NDArray[np.void]]]:
        """Each tree as (ensemble, nodes)."""
        nodes = np.empty(len(self.feature), _NODE)
        for name in _NODE.names or ():
            nodes[name] = np.frombuffer(getattr(self, name), _NODE[name])
        ends = np.cumsum(np.frombuffer(self.count, np.uint8))[:-1]
        return list(zip(self.ensemble, np.split(nodes, ends), strict=True))

    def changes(self, rows: Features) -> Changes:
        """What each split on each row's way down added to the expected log-odds.

        (2, n, features) for rows (n, features), in quanta; credited to the feature that was split.
        Per ensemble and row they add up to the row's log-odds less those of the average row.
        """
        found = np.zeros((2, *rows.shape), np.int32)
        every = np.arange(len(rows))
        for ensemble, nodes in self.trees():
            at = np.zeros(len(rows), np.intp)
            while (nodes["left"][at] != 0).any():
                here = nodes[at]
                values = rows[every, here["feature"]]
                missing_left = np.isnan(values) & (here["nan_left"] != 0)
                goes_left = (values <= here["threshold"]) | missing_left
                below = np.where(goes_left, here["left"], here["right"])
                moved = below != 0
                change = np.where(moved, nodes["value"][below] - here["value"], 0)
                np.add.at(found[ensemble], (every, here["feature"]), change)
                at = np.where(moved, below, at)
        return found

    def averages(self) -> tuple[float, float]:
        """The log-odds of both for the average row that the trees were trained on."""
        roots = list(self.base)
        for ensemble, nodes in self.trees():
            roots[ensemble] += int(nodes["value"][0])
        return roots[0] * self.quantum, roots[1] * self.quantum


_DECODER: Final = msgspec.msgpack.Decoder(Forest)


def forest_of(accept: Calibrated, complete: Calibrated) -> Forest:
    """The forest of two fitted models. Raises TrainingError when a tree is too large for it."""
    models = (accept, complete)
    quantum = _quantum(models)
    trees = [
        (ensemble, _tree(nodes, model.slope / quantum))
        for ensemble, model in enumerate(models)
        for nodes in model.tree_nodes()
    ]
    nodes = np.concatenate([tree for _, tree in trees])
    return Forest(
        quantum=quantum,
        base=(_base(accept, quantum), _base(complete, quantum)),
        ensemble=bytes(ensemble for ensemble, _ in trees),
        count=bytes(len(tree) for _, tree in trees),
        **{name: nodes[name].tobytes() for name in _NODE.names or ()},
    )


def round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 not above each float64: x <= both or neither, for any float32 x.

    scikit-learn compares float64 thresholds, the trees of a release float32 ones.
    """
    nearest = thresholds.astype(np.float32)
    above = nearest.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _base(model: Calibrated, quantum: float) -> int:
    return round((model.slope * model.baseline + model.intercept) / quantum)


def _quantum(models: Sequence[Calibrated]) -> float:
    """The finest power of two with which no sum of either model comes near 2^24."""
    largest = max(_largest_sum(model) for model in models)
    return max(FINEST, 2.0 ** math.ceil(math.log2(largest * 1.01 / EXACT)))


def _largest_sum(model: Calibrated) -> float:
    leaves = (nodes["value"][nodes["is_leaf"] == 1] for nodes in model.tree_nodes())
    most = sum(float(np.abs(values).max()) for values in leaves)
    return model.slope * (abs(model.baseline) + most) + abs(model.intercept)


def _tree(nodes: NDArray[Any], scale: float) -> NDArray[np.void]:
    """A tree of scikit-learn's node records, its calibration in the leaves."""
    if len(nodes) > _MOST_NODES:
        raise TrainingError(f"A tree has {len(nodes)} nodes, more than {_MOST_NODES}.")
    leaf = nodes["is_leaf"] == 1
    tree = np.zeros(len(nodes), _NODE)
    tree["feature"] = np.where(leaf, 0, nodes["feature_idx"])
    tree["threshold"] = np.where(leaf, np.float32(0), round_down(nodes["num_threshold"]))
    tree["left"] = np.where(leaf, 0, nodes["left"])
    tree["right"] = np.where(leaf, 0, nodes["right"])
    tree["nan_left"] = np.where(leaf, 0, nodes["missing_go_to_left"])
    tree["value"] = np.rint(_means(nodes) * scale)
    return tree


def _means(nodes: NDArray[Any]) -> NDArray[np.float64]:
    """A leaf's value; an inner node's mean of the leaves below, by the rows that reached them."""
    means: NDArray[np.float64] = nodes["value"].astype(np.float64)
    for at in reversed(range(len(nodes))):  # children come after their parents
        if not nodes["is_leaf"][at]:
            sides = [int(nodes["left"][at]), int(nodes["right"][at])]
            means[at] = np.average(means[sides], weights=nodes["count"][sides])
    return means
