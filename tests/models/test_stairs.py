"""A straight line as trees: within a step of the line, and never against its slope."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibrated import Calibrated
from models.dataset import Features
from models.forest_export import forest_of
from models.line import Line
from models.onnx_export import to_onnx
from models.onnx_scorer import OnnxScorer
from models.stairs import STEPS, Stair, Stairs
from models.tree_scorer import TreeScorer

LINE = Line(0.3, np.array([1.0, 0.4, 20.0]), np.array([-0.05, 2.0, 0.0]))


@st.composite
def columns(draw: st.DrawFn) -> Features:
    """Three features of training rows: crowded or spread, of few values or many, some missing."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    count, kinds = draw(st.integers(1, 300)), draw(st.integers(1, 200))
    rows = random.exponential(5.0, (count, 3)).round(draw(st.integers(0, 3)))
    rows = rows[random.integers(0, min(kinds, count), count)]
    rows[random.random(rows.shape) < draw(st.sampled_from((0.0, 0.1, 1.0)))] = np.nan
    return rows.astype(np.float32)


@given(columns())
def test_within_what_it_was_trained_on_a_stair_is_off_by_less_than_its_step(
    rows: Features,
) -> None:
    for stair in Stairs.of(LINE, rows).stairs:
        values = rows[:, stair.feature]
        known = np.sort(values[~np.isnan(values)])
        exact = LINE.slopes[stair.feature] * (known - LINE.centre[stair.feature])
        step = np.searchsorted(stair.cuts, known)
        for number in np.unique(step):
            here = exact[step == number]
            off = np.abs(here - stair.height(known[step == number]))
            assert off.max() <= np.ptp(here) + 1e-9
        assert len(stair.heights) <= STEPS


@given(columns(), st.floats(-1e6, 1e6, width=32), st.floats(0, 1e6, width=32))
def test_a_stair_goes_the_way_of_its_slope(rows: Features, value: float, more: float) -> None:
    for stair in Stairs.of(LINE, rows).stairs:
        low, high = stair.height(np.array([value, value + more], np.float32))
        assert (high - low) * np.sign(LINE.slopes[stair.feature]) >= 0


@settings(max_examples=30)
@given(columns())
def test_as_trees_the_stairs_are_the_same_function_in_the_kernel_and_in_onnx(
    rows: Features,
) -> None:
    stairs = Stairs.of(LINE, rows)
    model = Calibrated(stairs, slope=1.1, intercept=-0.2)
    forest = forest_of(model, model)
    ends = np.stack([np.resize(np.append(stair.cuts, 0), 40) for stair in stairs.stairs], axis=1)
    above = np.nextafter(ends, np.float32(np.inf))
    odd = np.full((3, 3), [[np.nan], [np.inf], [-np.inf]])
    probes = np.concatenate([rows, ends, above, odd]).astype(np.float32)
    kernel = TreeScorer("", forest, 3).probabilities(probes)[0]
    onnx = OnnxScorer("", to_onnx(forest, 3), forest).probabilities(probes)[0]
    assert kernel.tobytes() == onnx.tobytes()
    assert np.abs(kernel - model.probabilities(probes)).max() < 1e-5


def test_a_missing_value_stands_on_the_step_of_the_average() -> None:
    values = np.arange(100, dtype=np.float32)
    stair = Stair.along(Line(0.0, np.array([20.0]), np.array([1.0])), 0, values)
    missing, average = stair.height(np.array([np.nan, 20.0], np.float32))
    assert missing == average
    assert abs(missing) < 100 / STEPS


def test_nothing_known_is_one_level_step() -> None:
    stair = Stair.along(LINE, 1, np.full(5, np.nan, np.float32))
    assert stair.heights.tolist() == [0.0]
    assert stair.nodes()["is_leaf"].tolist() == [1]


@pytest.mark.parametrize("count", [STEPS, STEPS + 1, 5_000])
def test_few_values_have_a_step_each_and_many_share_as_many_rows(count: int) -> None:
    stair = Stair.along(LINE, 0, np.arange(count, dtype=np.float32))
    assert len(stair.heights) == STEPS
    assert stair.counts.sum() == count
    assert np.ptp(stair.counts) <= 1
