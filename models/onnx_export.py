"""A forest as one ONNX graph: one input, one output of log-odds.

The trees are written node by node instead of by a general converter, because a release must score
exactly like its trees. Leaves are exact in float32 (`models.forest`), so their sum has the same
bits in whatever order a runtime adds them.
"""

from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from models.forest import Forest
from models.onnx_scorer import INPUT, OUTPUT

_OPSETS: Final = (("", 17), ("ai.onnx.ml", 3))
_IR_VERSION: Final = 8
_TARGETS: Final = ("accept", "complete")


def to_onnx(forest: Forest, features: int) -> bytes:
    """The serialized graph: `features` float32 (n, features) to log-odds (n, 2)."""
    ensembles = [_ensemble(forest, number, name) for number, name in enumerate(_TARGETS)]
    graph = helper.make_graph(
        [*ensembles, helper.make_node("Concat", _TARGETS, [OUTPUT], axis=1)],
        "gigmatch",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", features])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(_TARGETS)])],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="gigmatch")
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    serialized: bytes = model.SerializeToString(deterministic=True)
    return serialized


def _ensemble(forest: Forest, number: int, output: str) -> onnx.NodeProto:
    trees = [nodes for ensemble, nodes in forest.trees() if ensemble == number]
    parts = [_tree(nodes, index, forest.quantum) for index, nodes in enumerate(trees)]
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
        base_values=[forest.base[number] * forest.quantum],
        nodes_modes=[bytes(mode) for mode in modes],
        **{name: values.tolist() for name, values in attributes.items()},
    )


def _tree(nodes: NDArray[np.void], index: int, quantum: float) -> dict[str, NDArray[Any]]:
    """The attributes of one tree."""
    leaf = nodes["left"] == 0
    ids = np.arange(len(nodes))
    leaves = ids[leaf]
    zero = np.zeros(len(leaves), np.int64)
    return {
        "nodes_treeids": np.full(len(nodes), index),
        "nodes_nodeids": ids,
        "nodes_featureids": nodes["feature"],
        "nodes_values": nodes["threshold"],
        "nodes_modes": np.where(leaf, b"LEAF", b"BRANCH_LEQ"),
        "nodes_truenodeids": nodes["left"],
        "nodes_falsenodeids": nodes["right"],
        "nodes_missing_value_tracks_true": nodes["nan_left"],
        "target_treeids": zero + index,
        "target_nodeids": leaves,
        "target_ids": zero,
        "target_weights": (nodes["value"][leaf] * quantum).astype(np.float32),
    }
