"""Fitted models as the trees of a release. The scorers need neither them nor scikit-learn."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.calibrated import Calibrated, TrainingError
from models.forest import EXACT, FINEST, NODE, Forest

_MOST_NODES: Final = 255


def forest_of(accept: Calibrated, complete: Calibrated) -> Forest:
    """The forest of two fitted models. Raises TrainingError when a tree is too large for it."""
    models = (accept, complete)
    quantum = _quantum(models)
    trees = [
        (ensemble, _tree(nodes, model.slope / quantum))
        for ensemble, model in enumerate(models)
        for nodes in model.ensemble.tree_nodes()
    ]
    nodes = np.concatenate([tree for _, tree in trees])
    return Forest(
        quantum=quantum,
        base=(_base(accept, quantum), _base(complete, quantum)),
        ensemble=bytes(ensemble for ensemble, _ in trees),
        count=bytes(len(tree) for _, tree in trees),
        **{name: nodes[name].tobytes() for name in NODE.names or ()},
    )


def round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 not above each float64: x <= both or neither, for any float32 x.

    scikit-learn compares float64 thresholds, the trees of a release float32 ones.
    """
    nearest = thresholds.astype(np.float32)
    above = nearest.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _base(model: Calibrated, quantum: float) -> int:
    return round((model.slope * model.ensemble.baseline + model.intercept) / quantum)


def _quantum(models: Sequence[Calibrated]) -> float:
    """The finest power of two with which no sum of either model comes near 2^24."""
    largest = max(_largest_sum(model) for model in models)
    return max(FINEST, 2.0 ** math.ceil(math.log2(largest * 1.01 / EXACT)))


def _largest_sum(model: Calibrated) -> float:
    leaves = (nodes["value"][nodes["is_leaf"] == 1] for nodes in model.ensemble.tree_nodes())
    most = sum(float(np.abs(values).max()) for values in leaves)
    return model.slope * (abs(model.ensemble.baseline) + most) + abs(model.intercept)


def _tree(nodes: NDArray[Any], scale: float) -> NDArray[np.void]:
    """A tree of raw node records (`models.ensemble`), its calibration in the leaves."""
    if len(nodes) > _MOST_NODES:
        raise TrainingError("large_tree", n=len(nodes), most=_MOST_NODES)
    leaf = nodes["is_leaf"] == 1
    tree = np.zeros(len(nodes), NODE)
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
