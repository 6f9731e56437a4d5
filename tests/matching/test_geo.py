"""Distances: right to the metre, and the same number by every path."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.geo import (
    EARTH_RADIUS_KM,
    chord_limit,
    km,
    km_between,
    squared_chord,
    unit_vector,
)

LAT = st.floats(18, 53)
LON = st.floats(74, 135)


def haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The textbook formula, for comparison."""
    (phi, theta), (phi2, theta2) = (tuple(map(math.radians, point)) for point in (a, b))
    h = math.sin((phi2 - phi) / 2) ** 2
    h += math.cos(phi) * math.cos(phi2) * math.sin((theta2 - theta) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


@given(LAT, LON, st.floats(-4, 4), st.floats(-4, 4))
def test_it_agrees_with_haversine_to_the_metre(
    lat: float, lon: float, north: float, east: float
) -> None:
    there = (lat + north, lon + east)
    found = km_between(unit_vector(lat, lon), unit_vector(*there))
    assert found == pytest.approx(haversine((lat, lon), there), abs=0.001, rel=1e-5)


@given(st.lists(st.tuples(LAT, LON), min_size=1, max_size=20), LAT, LON)
def test_vector_and_scalar_give_the_same_bits_in_both_directions(
    places: list[tuple[float, float]], lat: float, lon: float
) -> None:
    points = np.array([unit_vector(*place) for place in places])
    centre = unit_vector(lat, lon)
    vector = km(squared_chord(points[:, 0], points[:, 1], points[:, 2], *centre))
    for place, distance in zip(places, vector.tolist(), strict=True):
        assert km_between(unit_vector(*place), centre) == distance
        assert km_between(centre, unit_vector(*place)) == distance


@given(st.floats(0.1, 2000))
def test_the_limit_of_a_radius_is_that_radius(radius: float) -> None:
    a = unit_vector(30.0, 104.0)
    inside = unit_vector(30.0 + math.degrees(radius * 0.999 / EARTH_RADIUS_KM), 104.0)
    outside = unit_vector(30.0 + math.degrees(radius * 1.001 / EARTH_RADIUS_KM), 104.0)
    assert squared_chord(*a, *inside) <= chord_limit(radius) < squared_chord(*a, *outside)
