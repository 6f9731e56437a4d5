"""Reasons: the strongest, true in words, and each matter once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from events.texts import LANGUAGES, text
from matching.features import FEATURES
from matching.reasons import MOST_REASONS, REASON_CODES, reasons, strongest, strongest_in_python

OPPOSITES = (
    {"near", "far", "long_way"},
    {"pay_above_floor", "pay_at_floor"},
    {"skilled", "unskilled"},
    {"accepts_often", "rarely_accepts"},
    {"reliable", "unreliable"},
    {"well_rated", "poorly_rated"},
    {"takes_such_work", "rarely_takes_such_work"},
)
"""Of each of these a worker is told one at most."""


def row(**values: float) -> NDArray[np.float32]:
    made = np.zeros((1, len(FEATURES)), dtype=np.float32)
    for name, value in values.items():
        made[0, FEATURES.index(name)] = value
    return made


def effects(**values: float) -> NDArray[np.float64]:
    return row(**values).astype(np.float64)


def test_the_strongest_reasons_come_first_and_small_ones_not_at_all() -> None:
    (found,) = reasons(
        row(distance_km=3, meal=1, pay_over_floor=20),
        effects(distance_km=0.2, travel_minutes=0.1, meal=0.05, pay_over_floor=-0.25, rating=0.001),
    )
    assert [reason.code for reason in found] == ["near", "pay_at_floor", "meal"]
    assert [reason.contribution for reason in found] == pytest.approx([0.3, -0.25, 0.05])
    assert len(found) <= MOST_REASONS


def test_a_record_is_told_as_good_or_bad_only_when_it_is() -> None:
    """Read in fifty cases: rated 4.7 of 5 and "rated low", because the model bends there."""
    assert reasons(row(rating=4.7), effects(rating=-0.1)) == [()]
    assert reasons(row(rating=3.5), effects(rating=0.1)) == [()]
    assert reasons(row(reliability=0.85), effects(reliability=-0.1)) == [()]
    assert reasons(row(acceptance_rate=0.45), effects(acceptance_rate=0.1)) == [()]
    (found,) = reasons(row(rating=3.5), effects(rating=-0.1))
    assert [reason.code for reason in found] == ["poorly_rated"]


def test_who_asked_for_no_pay_is_not_told_that_they_get_more_than_that() -> None:
    asked = row(pay_yuan_day=180, pay_over_floor=60)
    asked_for_none = row(pay_yuan_day=180, pay_over_floor=180)
    moved = effects(pay_yuan_day=0.1, pay_over_floor=0.2)
    assert [one.code for one in reasons(asked, moved)[0]] == ["pay_above_floor", "pay_high"]
    ((reason,),) = reasons(asked_for_none, moved)
    assert reason.code == "pay_high"
    assert reason.contribution == pytest.approx(0.3)


def test_what_pays_far_more_than_asked_is_not_said_to_pay_little_more() -> None:
    for over, codes in ((20, ["pay_at_floor"]), (40, [])):
        (found,) = reasons(row(pay_yuan_day=200, pay_over_floor=over), effects(pay_over_floor=-0.1))
        assert [one.code for one in found] == codes


def test_far_and_a_long_way_are_one_reason() -> None:
    for km, minutes, code in ((-0.1, -0.2, "long_way"), (-0.2, -0.1, "far")):
        ((reason,),) = reasons(row(), effects(distance_km=km, travel_minutes=minutes))
        assert reason.code == code
        assert reason.contribution == pytest.approx(-0.3)


@pytest.mark.parametrize(
    ("km", "minutes", "code"),
    [(0.1, -0.25, "long_way"), (-0.25, 0.1, "far"), (-0.1, 0.25, "near"), (0.25, -0.1, "near")],
)
def test_a_way_that_is_near_and_far_is_what_it_comes_to(
    km: float, minutes: float, code: str
) -> None:
    """A line said "near home, rather far away": few minutes for many kilometres."""
    ((reason,),) = reasons(row(), effects(distance_km=km, travel_minutes=minutes))
    assert reason.code == code
    assert reason.contribution == pytest.approx(km + minutes)


def test_what_begins_in_three_days_does_not_begin_soon() -> None:
    assert reasons(row(hours_to_start=72), effects(hours_to_start=0.1)) == [()]
    (found,) = reasons(row(hours_to_start=24), effects(hours_to_start=0.1))
    assert [reason.code for reason in found] == ["soon"]


def test_what_is_not_so_is_no_reason() -> None:
    assert reasons(row(meal=0), effects(meal=-0.5)) == [()]
    assert reasons(row(reliability=0.8), effects(reliability=-0.5)) == [()]
    (found,) = reasons(row(reliability=0.5), effects(reliability=-0.5))
    assert [reason.code for reason in found] == ["unreliable"]


def test_a_holiday_and_who_cannot_be_reached_are_told_only_when_it_is_so() -> None:
    against = effects(public_holiday=-0.2, reachable=-0.1)
    assert reasons(row(public_holiday=0, reachable=1), against) == [()]
    (found,) = reasons(row(public_holiday=1, reachable=0), against)
    assert [reason.code for reason in found] == ["on_holiday", "not_reachable_now"]
    assert reasons(row(public_holiday=0, reachable=1), effects(reachable=0.3)) == [()]


VALUES = st.floats(-1, 1, allow_subnormal=False)
EFFECTS = arrays(np.float64, (1, len(FEATURES)), elements=VALUES)
PAIRS = arrays(np.float32, (1, len(FEATURES)), elements=st.sampled_from([0.0, 0.5, 1.0, 4.5, 30.0]))


@given(PAIRS, EFFECTS)
def test_no_two_reasons_of_a_pair_contradict_or_repeat_each_other(
    features: NDArray[np.float32], effects: NDArray[np.float64]
) -> None:
    (found,) = reasons(features, effects)
    codes = {reason.code for reason in found}
    assert all(len(codes & opposite) <= 1 for opposite in OPPOSITES)
    for language in LANGUAGES:
        assert len({text(f"reason.{code}", language) for code in codes}) == len(found)


def test_the_opposites_are_reasons_that_there_are() -> None:
    assert set().union(*OPPOSITES) <= REASON_CODES


@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_both_ways_to_find_the_strongest_reasons_agree(seed: int, pairs: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (pairs, len(FEATURES))
    features = rng.choice([0.0, 0.5, 0.8, 1.0, 4.0, np.nan, 30.0], shape).astype(np.float32)
    effects = rng.choice([0.0, -0.0, 0.004, 0.005, -0.05, 0.05, 0.2, -0.3], shape)
    assert strongest(features, effects) == strongest_in_python(features, effects)


def test_nothing_is_told_of_a_missing_value() -> None:
    effect = effects(distance_km=-0.3, rating=0.2, meal=0.1)
    assert reasons(row(distance_km=np.nan, rating=np.nan, meal=np.nan), effect) == [()]
