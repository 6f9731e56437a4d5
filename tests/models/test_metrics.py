import numpy as np
import pytest

from models.metrics import calibration_error, metrics


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
