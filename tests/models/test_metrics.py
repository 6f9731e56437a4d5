import numpy as np
import pytest

from matching.features import FEATURES
from models.metrics import baselines, calibration_error, metrics


def test_perfect_calibration_has_no_error() -> None:
    labels = np.array([False, True] * 50)
    assert calibration_error(labels, np.full(100, 0.5)) == pytest.approx(0.0)


def test_calibration_error_is_the_mean_gap() -> None:
    labels = np.zeros(100, np.bool_)
    assert calibration_error(labels, np.full(100, 0.2)) == pytest.approx(0.2)


def test_a_ranking_that_is_right_has_auc_one() -> None:
    labels = np.array([False, False, True, True])
    assert metrics(labels, np.array([0.1, 0.2, 0.8, 0.9]))["auc"] == 1.0


def test_labels_of_one_kind_have_no_ranking_to_judge() -> None:
    assert metrics(np.ones(4, np.bool_), np.full(4, 0.9))["auc"] == 0.5


def test_the_constant_baseline_knows_only_the_base_rate() -> None:
    random = np.random.default_rng(2)
    rows = random.random((200, len(FEATURES))).astype(np.float32)
    labels = rows[:, FEATURES.index("distance_km")] < random.random(200)
    found = baselines((rows, labels), (rows, labels))
    assert found["constant"]["auc"] == 0.5
    assert found["distance"]["auc"] > 0.7
