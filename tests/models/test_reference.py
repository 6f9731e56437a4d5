import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features import FEATURES
from matching.scorer import Features
from models.reference import counts, reference_of, stability_index
from tests.models.conftest import Draw

MEAL, PAY, LEVEL = (FEATURES.index(name) for name in ("meal", "pay_yuan_day", "skill_level"))


def test_each_feature_has_its_kind_and_range(draw: Draw) -> None:
    reference = reference_of(draw(2_000, 1))
    assert tuple(one.name for one in reference) == FEATURES
    assert [reference[column].kind for column in (MEAL, PAY, LEVEL)] == ["flag", "number", "whole"]
    assert (reference[LEVEL].low, reference[LEVEL].high) == (0.0, 3.0)


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 60), st.just(len(FEATURES))),
        elements=st.floats(-1000, 1000, width=32) | st.just(float("nan")),
    )
)
def test_every_row_is_in_one_bin_and_the_same_rows_have_not_moved(rows: Features) -> None:
    for column, one in enumerate(reference_of(rows)):
        found = counts(one, rows[:, column])
        assert found.sum() == len(rows)
        assert sum(one.shares) + one.missing == pytest.approx(1)
        assert stability_index(one, found) == pytest.approx(0, abs=1e-9)


def test_other_people_are_seen_and_the_same_people_are_not(draw: Draw) -> None:
    pay = reference_of(draw(5_000, 1))[PAY]
    again = draw(5_000, 2)[:, PAY]
    assert stability_index(pay, counts(pay, again)) < 0.02
    assert stability_index(pay, counts(pay, again + np.float32(100))) > 0.25


def test_a_category_never_seen_before_counts(draw: Draw) -> None:
    level = reference_of(draw(5_000, 1))[LEVEL]
    values = draw(5_000, 2)[:, LEVEL]
    values[:1_000] = 9.0
    assert stability_index(level, counts(level, values)) > 0.25


def test_values_that_are_missing_now_count(draw: Draw) -> None:
    pay = reference_of(draw(5_000, 1))[PAY]
    values = draw(5_000, 2)[:, PAY]
    values[:1_000] = np.nan
    assert stability_index(pay, counts(pay, values)) > 0.25


def test_a_feature_never_known_has_one_empty_bin() -> None:
    one = reference_of(np.full((3, len(FEATURES)), np.nan, np.float32))[PAY]
    assert (one.edges, one.shares, one.missing) == ((), (0.0,), 1.0)
