"""The types of the compiled weights."""

from typing import Any

from numpy import dtype, float32, float64, ndarray

def weights(
    since: ndarray[Any, dtype[float64]],
    claims: ndarray[Any, dtype[float32]],
    now: int,
    full: float,
    weight: float,
    trust: float,
    /,
) -> bytes: ...
