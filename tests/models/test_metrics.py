import numpy as np
import pytest

from models.metrics import calibration_error, chance_error, metrics


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


def test_chance_alone_makes_the_error_of_a_true_model_on_few_rows() -> None:
    random = np.random.default_rng(3)
    for rows in (200, 5_000):
        p = random.uniform(0.1, 0.9, rows)
        errors = [calibration_error(random.random(rows) < p, p) for _ in range(200)]
        assert chance_error(p) == pytest.approx(np.mean(errors), rel=0.1)


def test_where_everything_is_certain_chance_makes_no_error() -> None:
    assert chance_error(np.array([0.0, 1.0] * 40)) == 0.0
