"""Distances in which scalar, vector and compiled code agree to the bit.

A place becomes a unit vector once; after that only +, -, x and square root are used, which IEEE
754 rounds exactly everywhere. Trigonometry per pair (haversine) would not agree: NumPy's vector
sine differs between processors. The vector itself is made with the C library's sine and cosine,
whose last bit is not the same in every library: of some 0.15 % of all coordinates a component
differs. Features are float32, in which none of 360,000 distances did; but a place at the very edge
of somebody's reach may be inside it by one C library and outside by another, so whoever replays a
log to the byte does it with the library that made it, as the container image does.
"""

import math
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the earth (IUGG)."""

Vector = tuple[float, float, float]
Number = TypeVar("Number", float, NDArray[np.float64])


def unit_vector(lat: float, lon: float) -> Vector:
    """A WGS-84 place in degrees as a point on the unit sphere."""
    phi, theta = math.radians(lat), math.radians(lon)
    return (math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi))


def squared_chord(ax: Number, ay: Number, az: Number, bx: float, by: float, bz: float) -> Number:
    """The squared straight-line distance of points on the unit sphere."""
    dx, dy, dz = ax - bx, ay - by, az - bz
    return dx * dx + dy * dy + dz * dz


def chord_limit(distance_km: float) -> float:
    """The squared chord of a distance in km: what `squared_chord` may be at most."""
    half = math.sin(min(distance_km / EARTH_RADIUS_KM, math.pi) / 2)
    return 4 * half * half


def km(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle distance in km of squared chords (n,).

    The first terms of 2 asin(c / 2) = c (1 + c^2 / 24 + 3 c^4 / 640 + ...); the error is below
    1 mm up to 500 km and below 1 km across China.
    """
    series = 1.0 + squared * (1.0 / 24.0 + squared * (3.0 / 640.0))
    return np.sqrt(squared) * series * EARTH_RADIUS_KM


def km_between(a: Vector, b: Vector) -> float:
    """Great-circle distance in km, the same number as `km` gives."""
    return float(km(np.array([squared_chord(*a, *b)]))[0])
