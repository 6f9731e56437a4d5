"""Two calibrated tree models as one ONNX graph: one input, one output of log-odds.

The trees are written node by node instead of by a general converter, because a release must score
exactly like its trees: scikit-learn compares float64 thresholds, the graph float32 ones, so each
threshold is rounded down to the largest float32 that decides every float32 input alike. The
calibration is linear in the log-odds and goes into the leaves.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from models.calibrated import Calibrated
from models.onnx_scorer import INPUT, OUTPUT

_OPSETS: Final = (("", 17), ("ai.onnx.ml", 3))
_IR_VERSION: Final = 8


def to_onnx(accept: Calibrated, complete: Calibrated, features: int) -> bytes:
    """The serialized graph: `features` float32 (n, features) to log-odds (n, 2)."""
    targets = ("accept", "complete")
    ensembles = [
        _ensemble(model, to) for model, to in zip((accept, complete), targets, strict=True)
    ]
    graph = helper.make_graph(
        [*ensembles, helper.make_node("Concat", targets, [OUTPUT], axis=1)],
        "gigmatch",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", features])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(targets)])],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="gigmatch")
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    serialized: bytes = model.SerializeToString(deterministic=True)
    return serialized


def round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 not above each float64: x <= both or neither, for any float32 x."""
    nearest = thresholds.astype(np.float32)
    above = nearest.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _ensemble(model: Calibrated, output: str) -> onnx.NodeProto:
    parts = [_tree(nodes, index, model.slope) for index, nodes in enumerate(model.tree_nodes())]
    attributes = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    modes = attributes.pop("nodes_modes")
    return helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        [output],
        name=output,
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        base_values=[model.slope * model.baseline + model.intercept],
        nodes_modes=[bytes(mode) for mode in modes],
        **{name: values.tolist() for name, values in attributes.items()},
    )


def _tree(nodes: NDArray[np.void], index: int, slope: float) -> Mapping[str, NDArray[Any]]:
    """The attributes of one tree. `nodes` are scikit-learn's records, the root first."""
    leaf = nodes["is_leaf"].astype(bool)
    ids = np.arange(len(nodes))
    leaves = ids[leaf]
    zero = np.zeros(len(leaves), np.int64)
    return {
        "nodes_treeids": np.full(len(nodes), index),
        "nodes_nodeids": ids,
        "nodes_featureids": np.where(leaf, 0, nodes["feature_idx"]),
        "nodes_values": np.where(leaf, np.float32(0), round_down(nodes["num_threshold"])),
        "nodes_modes": np.where(leaf, b"LEAF", b"BRANCH_LEQ"),
        "nodes_truenodeids": np.where(leaf, 0, nodes["left"]),
        "nodes_falsenodeids": np.where(leaf, 0, nodes["right"]),
        "nodes_missing_value_tracks_true": np.where(leaf, 0, nodes["missing_go_to_left"]),
        "target_treeids": zero + index,
        "target_nodeids": leaves,
        "target_ids": zero,
        "target_weights": (slope * nodes["value"][leaf]).astype(np.float32),
    }
