import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features import FEATURES
from models.calibrated import Calibrated
from models.dataset import Dataset, split_by_time
from models.ensemble import RAW_NODE
from models.forest import Forest
from models.forest_export import forest_of, round_down
from models.onnx_export import to_onnx
from models.onnx_scorer import INPUT, OUTPUT, OnnxScorer
from models.release import EXPORT_TOLERANCE, probes
from models.train import train

Pair = tuple[Calibrated, Calibrated]


@pytest.fixture(scope="module")
def models(dataset: Dataset) -> Pair:
    return train(split_by_time(dataset))


@pytest.fixture(scope="module")
def forest(models: Pair) -> Forest:
    return forest_of(*models)


@pytest.fixture(scope="module")
def graph(forest: Forest) -> bytes:
    return to_onnx(forest, len(FEATURES))


def test_ten_thousand_random_rows_score_as_by_the_learners_own_code(
    models: Pair, forest: Forest, graph: bytes, dataset: Dataset
) -> None:
    rows = probes(dataset.features)
    assert len(rows) == 10_000
    assert np.isnan(rows).any()
    exported = OnnxScorer("", graph, forest).probabilities(rows)
    for model, probabilities in zip(models, exported, strict=True):
        assert np.abs(probabilities - model.probabilities(rows)).max() < EXPORT_TOLERANCE


def test_values_right_at_every_threshold_take_the_same_branch(
    models: Pair, forest: Forest, graph: bytes
) -> None:
    scorer = OnnxScorer("", graph, forest)
    for which, model in enumerate(models):
        nodes = np.concatenate(
            [tree[list(RAW_NODE.names or ())] for tree in model.ensemble.tree_nodes()]
        )
        splits = nodes[nodes["is_leaf"] == 0]
        near = round_down(splits["num_threshold"])
        rows = np.zeros((3 * len(splits), len(FEATURES)), np.float32)
        at = np.arange(len(splits))
        rows[at, splits["feature_idx"]] = near
        rows[len(splits) + at, splits["feature_idx"]] = np.nextafter(near, np.float32(np.inf))
        rows[2 * len(splits) + at, splits["feature_idx"]] = splits["num_threshold"]
        difference = scorer.probabilities(rows)[which] - model.probabilities(rows)
        assert np.abs(difference).max() < EXPORT_TOLERANCE


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6, width=32))
def test_a_rounded_threshold_decides_every_float32_alike(threshold: float, value: float) -> None:
    rounded = round_down(np.array([threshold]))[0]
    for x in (np.float32(value), np.float32(threshold), np.nextafter(rounded, np.float32(np.inf))):
        assert (float(x) <= threshold) == (x <= rounded)


def test_the_graph_has_one_input_and_one_output(graph: bytes) -> None:
    model = onnx.load_from_string(graph)
    assert [value.name for value in model.graph.input] == [INPUT]
    assert [value.name for value in model.graph.output] == [OUTPUT]


def test_the_same_models_export_to_the_same_bytes(models: Pair, graph: bytes) -> None:
    assert to_onnx(forest_of(*models), len(FEATURES)) == graph
