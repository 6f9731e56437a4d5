import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.dataset import Features, Labels
from models.line import fit_line

SIGNS = (1, -1, 0, 0)


def answers(seed: int, slopes: tuple[float, ...], count: int = 400) -> tuple[Features, Labels]:
    """Rows of four features of unlike size, and answers drawn by a line."""
    random = np.random.default_rng(seed)
    rows = (random.normal(size=(count, 4)) * (1.0, 10.0, 0.1, 1.0) + (0, 50, 0, 0)).astype("f4")
    log_odds = (rows - rows.mean(axis=0)) @ np.array(slopes)
    return rows, random.random(count) < 1 / (1 + np.exp(-log_odds))


def test_where_no_sign_is_in_the_way_it_is_the_usual_regression() -> None:
    rows, labels = answers(1, (1.0, -0.1, 4.0, 0.0))
    line = fit_line(rows, labels, SIGNS, 0.1)
    usual = LogisticRegression(C=0.1, tol=1e-8, max_iter=1_000)
    theirs = usual.fit(StandardScaler().fit_transform(rows.astype(float)), labels)
    assert line.slopes == pytest.approx(theirs.coef_[0] / rows.astype(float).std(axis=0), rel=1e-3)
    assert line.level == pytest.approx(theirs.intercept_[0], abs=1e-3)


@settings(max_examples=10)
@given(st.integers(0, 2**16), st.tuples(*[st.floats(-3, 3)] * 2))
def test_slopes_keep_their_signs_whatever_the_answers(seed: int, slopes: tuple[float, ...]) -> None:
    rows, labels = answers(seed, (*slopes, 0.0, 1.0))
    line = fit_line(rows, labels, SIGNS, 1.0)
    assert line.slopes[0] >= 0 >= line.slopes[1]


def test_what_is_missing_counts_as_the_average() -> None:
    rows, labels = answers(2, (1.0, 0.0, 0.0, 0.0))
    rows[::7, 1], rows[:, 2] = np.nan, np.nan
    line = fit_line(rows, labels, SIGNS, 1.0)
    known, missing = rows[1:2].copy(), rows[1:2].copy()
    known[0, 1], missing[0, 1] = np.nanmean(rows[:, 1].astype(float)), np.nan
    assert line.slopes[2] == 0
    assert line.log_odds(known) == pytest.approx(line.log_odds(missing), abs=1e-6)
