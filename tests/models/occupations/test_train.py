"""Training: the same bytes from the same data, and honest cross-validation."""

import os

import numpy as np
import pytest
from scipy.sparse import csr_array

from models.occupations.corpus import Labelled, classification, names, station_words, titles
from models.occupations.model import Model, load
from models.occupations.ridge import Doubles, Ridge
from models.occupations.train import groups, train

LONG = bool(os.environ.get("GIGMATCH_LONG"))
SOME = 300


@pytest.fixture(scope="module")
def small() -> Model:
    return train(titles()[:SOME], names()[:SOME])


def test_the_same_data_gives_the_same_bytes(small: Model) -> None:
    assert train(titles()[:SOME], names()[:SOME]).encode() == small.encode()


def test_other_data_gives_another_model(small: Model) -> None:
    assert train(titles()[1 : SOME + 1], names()[:SOME]).trained_on != small.trained_on


@pytest.mark.soak
def test_the_packaged_model_is_what_its_data_gives() -> None:
    """The short form trains nothing, and compares what the packaged model says it learnt."""
    packaged = load()
    assert packaged.figures.titles == len(titles())
    assert packaged.figures.groups == len(groups(titles()))
    assert packaged.codes == tuple(entry.code for entry in classification())
    if LONG:
        assert train(titles(), names(), station_words()).encode() == packaged.encode()


def test_titles_that_differ_only_in_noise_are_one_group() -> None:
    labelled = [Labelled(text, "1") for text in ("焊工", "急招焊工（双休）", "保安", "电焊工")]
    assert groups(labelled) == [[0, 1], [2], [3]]


def test_leaving_a_group_out_is_training_without_it() -> None:
    random = np.random.default_rng(3)
    rows: Doubles = random.random((30, 12)) * (random.random((30, 12)) < 0.4)
    classes = np.arange(30) % 4
    weights = np.where(np.arange(30) < 20, 1.0, 0.5)
    left_out = [2, 5, 11]
    kept = np.setdiff1d(np.arange(30), left_out)
    without = Ridge(csr_array(rows[kept]), classes[kept], weights[kept], 0.7)
    found = Ridge(csr_array(rows), classes, weights, 0.7).without(left_out)
    np.testing.assert_allclose(found, rows[left_out] @ without.weights(), atol=1e-9)


def test_ridge_weights_solve_the_normal_equations() -> None:
    random = np.random.default_rng(4)
    rows: Doubles = random.random((20, 6))
    classes, weights = np.arange(20) % 3, random.random(20) + 0.5
    targets = np.eye(3)[classes]
    left = (rows.T * weights) @ rows + 0.3 * np.eye(6)
    expected = np.linalg.solve(left, (rows.T * weights) @ targets)
    found = Ridge(csr_array(rows), classes, weights, 0.3).weights()
    np.testing.assert_allclose(found, expected, atol=1e-8)
