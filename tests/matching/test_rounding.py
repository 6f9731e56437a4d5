"""Rounded numbers are those of Python's `round`, to the bit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.rounding import rounded

DIGITS = st.integers(0, 8)


@given(st.floats(), DIGITS)
def test_every_number_is_rounded_as_python_does(value: float, digits: int) -> None:
    assert repr(rounded(value, digits)) == repr(round(value, digits))


@given(st.floats(-100, 100), DIGITS)
def test_so_is_what_rankings_are_made_of(value: float, digits: int) -> None:
    assert repr(rounded(value, digits)) == repr(round(value, digits))


@given(st.integers(-(10**10), 10**10), DIGITS, st.integers(-3, 3))
def test_so_is_what_lies_at_a_half(whole: int, digits: int, steps: int) -> None:
    value = (whole + 0.5) / 10.0**digits
    for _ in range(abs(steps)):
        value = math.nextafter(value, math.copysign(math.inf, steps))
    assert repr(rounded(value, digits)) == repr(round(value, digits))


@pytest.mark.parametrize("value", [-0.0, -1e-9, 0.5, 1.5, 2.5, 2.675, 1e9, -1e22])
def test_so_are_zeros_halves_and_large_numbers(value: float) -> None:
    for digits in range(7):
        assert repr(rounded(value, digits)) == repr(round(value, digits))
