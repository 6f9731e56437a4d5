import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.sigmoid import LIMIT, QUANTUM, STEPS, sigmoid

log_odds = st.floats(-40, 40, width=32)


def curve(x: float) -> float:
    return 1 / (1 + math.exp(-max(-LIMIT, min(LIMIT, x))))


@given(log_odds)
def test_it_is_the_logistic_curve(x: float) -> None:
    assert abs(sigmoid(np.array([x], np.float32))[0] - curve(x)) < 2e-7


@given(log_odds, log_odds)
def test_higher_log_odds_never_give_a_lower_probability(a: float, b: float) -> None:
    low, high = sigmoid(np.array(sorted((a, b)), np.float32))
    assert low <= high


def test_neighbouring_floats_never_fall_at_the_joints_of_the_table() -> None:
    joints = (np.arange(1, 2 * LIMIT * STEPS) / STEPS - LIMIT).astype(np.float32)
    before = np.nextafter(joints, np.float32(-np.inf))
    after = np.nextafter(joints, np.float32(np.inf))
    assert (sigmoid(before) <= sigmoid(joints)).all()
    assert (sigmoid(joints) <= sigmoid(after)).all()


def test_no_entry_is_near_a_rounding_tie_so_every_machine_has_the_same_table() -> None:
    points = [step / STEPS - LIMIT for step in range(round(2 * LIMIT * STEPS) + 1)]
    parts = [math.modf(curve(x) / QUANTUM)[0] for x in points]
    assert min(abs(part - 0.5) for part in parts) > 2.0**-18  # 8 times what 2 ulp can move


def test_no_rows_give_no_probabilities() -> None:
    assert sigmoid(np.zeros(0, np.float32)).shape == (0,)
