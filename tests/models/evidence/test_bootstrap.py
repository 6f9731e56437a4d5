import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from models.evidence.bootstrap import Bootstrap, auc, calibration_error, figure, metrics
from models.metrics import calibration_error as plain_calibration_error

JOBS = np.array([f"J-{n // 4}" for n in range(200)])


def market(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    p = random.random(len(JOBS)).round(2)
    return random.random(len(JOBS)) < p, p


def test_the_first_replicate_is_the_data_as_it_is() -> None:
    truth, p = market(1)
    found = metrics(truth, p, Bootstrap(JOBS, 20, 0).rows)
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    assert found["auc"][0] == pytest.approx(roc_auc_score(truth, p))
    assert found["log_loss"][0] == pytest.approx(log_loss(truth, inside))
    assert found["brier"][0] == pytest.approx(brier_score_loss(truth, p))
    assert found["ece"][0] == pytest.approx(plain_calibration_error(truth, p))
    assert found["bias"][0] == pytest.approx(p.mean() - truth.mean())


@given(st.integers(0, 500))
def test_weights_count_rows_as_often_as_they_say(seed: int) -> None:
    truth, p = market(seed)
    weights = np.random.default_rng(seed).integers(0, 4, (1, len(p))).astype(float)
    again = np.repeat(np.arange(len(p)), weights[0].astype(int))
    found = metrics(truth, p, weights)
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    assert found["auc"][0] == pytest.approx(roc_auc_score(truth[again], p[again]))
    assert found["log_loss"][0] == pytest.approx(log_loss(truth[again], inside[again]))


def test_jobs_are_drawn_whole() -> None:
    weights = Bootstrap(JOBS, 30, 7).rows
    by_job = weights.reshape(31, -1, 4)
    assert (by_job == by_job[:, :, :1]).all()
    assert (weights.sum(axis=1) == len(JOBS)).all()
    assert (weights[0] == 1).all()


def test_the_same_seed_draws_the_same() -> None:
    assert (Bootstrap(JOBS, 30, 7).rows == Bootstrap(JOBS, 30, 7).rows).all()
    assert (Bootstrap(JOBS, 30, 7).rows != Bootstrap(JOBS, 30, 8).rows).any()


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(100):
        values = np.random.default_rng(seed).normal(0.5, 1.0, 120)
        jobs = np.arange(len(values))
        weights = Bootstrap(jobs, 200, seed).rows
        found = figure(weights @ values / weights.sum(axis=1))
        held += found.low <= 0.5 <= found.high
    assert 88 <= held <= 99


def test_one_kind_of_answer_has_no_ranking_to_judge() -> None:
    ones = np.ones(3, np.bool_)
    assert np.isnan(auc(ones, np.array([0.1, 0.2, 0.3]), np.ones((1, 3)))[0])


def test_a_sure_and_right_guess_has_no_calibration_error() -> None:
    truth = np.array([True, False] * 30)
    assert calibration_error(truth, truth.astype(float), np.ones((1, 60)))[0] == 0.0
