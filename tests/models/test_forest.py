"""Every path through any forest gives the same bits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models._trees import MOST_LEAVES
from models.contributions import average_pair
from models.forest import EXACT, Forest
from models.onnx_export import to_onnx
from models.onnx_scorer import OnnxScorer
from models.registry import FOREST_FILE
from models.tree_scorer import TreeScorer

FEATURES = 4
Node = dict[str, float]


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    """A random tree, parents before children."""
    nodes: list[Node] = [{}]
    unsplit = [0]
    for _ in range(draw(st.integers(0, MOST_LEAVES - 1))):
        at = unsplit.pop(draw(st.integers(0, len(unsplit) - 1)))
        children = [len(nodes), len(nodes) + 1]
        nodes[at] = {
            "feature": draw(st.integers(0, FEATURES - 1)),
            "threshold": draw(st.sampled_from((-1.0, 0.0, 0.5, 1.0, float("inf")))),
            "left": children[0],
            "right": children[1],
            "nan_left": draw(st.integers(0, 1)),
        }
        nodes += [{}, {}]
        unsplit += children
    for node in nodes:
        node["value"] = draw(st.integers(-9_000, 9_000))
    return nodes


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    """A tree for each ensemble, and perhaps some more."""
    more = draw(st.lists(st.tuples(st.integers(0, 1), trees()), max_size=3))
    drawn = [(0, draw(trees())), (1, draw(trees())), *more]
    nodes = [node for _, tree in drawn for node in tree]

    def column(name: str, kind: Any) -> bytes:
        return np.array([node.get(name, 0) for node in nodes], kind).tobytes()

    return Forest(
        quantum=2.0**-12,
        base=(draw(st.integers(-5_000, 5_000)), draw(st.integers(-5_000, 5_000))),
        ensemble=bytes(ensemble for ensemble, _ in drawn),
        count=bytes(len(tree) for _, tree in drawn),
        feature=column("feature", np.uint8),
        threshold=column("threshold", np.float32),
        left=column("left", np.uint8),
        right=column("right", np.uint8),
        nan_left=column("nan_left", np.uint8),
        value=column("value", np.int32),
    )


VALUES = np.array([-2.0, -1.0, 0.0, 0.25, 0.5, 1.0, 3.0, np.inf, -np.inf, np.nan], np.float32)


@given(forests(), st.integers(1, 130), st.integers(0, 2**32 - 1), st.integers(1, len(VALUES)))
def test_the_kernel_onnx_runtime_and_numpy_agree_bit_by_bit(
    forest: Forest, size: int, seed: int, kinds: int
) -> None:
    chosen = np.random.default_rng(seed).integers(0, kinds, (size, FEATURES))
    rows = np.asfortranarray(VALUES[chosen])
    compiled = TreeScorer("", forest, FEATURES)
    plain = OnnxScorer("", to_onnx(forest, FEATURES), forest)
    both = zip(compiled.probabilities(rows), plain.probabilities(rows), strict=True)
    assert all(ours.tobytes() == theirs.tobytes() for ours, theirs in both)
    points = compiled.contributions(rows)
    assert points.tobytes() == plain.contributions(rows).tobytes()
    accept, complete = plain.probabilities(rows)
    average = average_pair(forest)[:, 1]
    assert np.abs(points.sum(axis=1) - accept * complete + average[0] * average[1]).max() < 1e-6


def test_leaves_of_a_trained_forest_add_up_exactly(built: tuple[Any, dict[str, bytes]]) -> None:
    forest = Forest.decode(built[1][FOREST_FILE])
    for ensemble in (0, 1):
        most = sum(
            int(np.abs(nodes["value"][nodes["left"] == 0]).max())
            for whose, nodes in forest.trees()
            if whose == ensemble
        )
        assert abs(forest.base[ensemble]) + most < 2 * EXACT


SOUND = Forest(
    quantum=1.0,
    base=(0, 0),
    ensemble=b"\x00",
    count=b"\x03",
    feature=bytes(3),
    threshold=bytes(12),
    left=b"\x01\x00\x00",
    right=b"\x02\x00\x00",
    nan_left=bytes(3),
    value=bytes(12),
)


@pytest.mark.parametrize(
    "broken",
    [
        {"left": b"\x00\x00\x00"},
        {"right": b"\x09\x00\x00"},
        {"feature": b"\x09\x00\x00"},
        {"threshold": b""},
        {"ensemble": b"\x02"},
        {"count": b"\x02"},
        {  # both ways from the first node lead to the second
            "count": b"\x05",
            "feature": bytes(5),
            "threshold": bytes(20),
            "left": b"\x01\x02\x00\x00\x00",
            "right": b"\x01\x03\x00\x00\x00",
            "nan_left": bytes(5),
            "value": bytes(20),
        },
    ],
)
def test_trees_that_the_kernel_cannot_run_are_refused(broken: dict[str, bytes]) -> None:
    TreeScorer("", SOUND, FEATURES)
    fields = {name: getattr(SOUND, name) for name in Forest.__struct_fields__}
    with pytest.raises(ValueError, match="not trees that this kernel can run"):
        TreeScorer("", Forest(**{**fields, **broken}), FEATURES)
