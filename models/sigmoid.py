"""Log-odds to probabilities, the same number on every machine.

`exp` differs in its last bits between processors and libraries, and a replay of the log must give
the same bytes anywhere. So the curve is a table whose entries are multiples of 2^-32, read with a
straight line between them: only +, -, x and casts that IEEE 754 rounds exactly. The entries lie
far from rounding ties, so every sound `exp` gives the same table. The line never falls where the
log-odds rise: at t = 1 it meets the next entry exactly.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

LIMIT: Final = 16.0
"""Log-odds beyond this (1 in 9 million) give the probability at the limit."""
STEPS: Final = 512
"""Entries of the table to a unit of log-odds; the line is within 1e-7 of the curve."""
QUANTUM: Final = 2.0**-32


def _table() -> NDArray[np.float64]:
    points = [step / STEPS - LIMIT for step in range(round(2 * LIMIT * STEPS) + 1)]
    return np.array([round(1 / (1 + math.exp(-x)) / QUANTUM) * QUANTUM for x in points])


CURVE: Final = _table()
"""Probabilities at the entries, from -LIMIT to LIMIT."""
_RISES: Final = np.append(np.diff(CURVE), 0.0)


def sigmoid(log_odds: NDArray[np.float32]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) of finite log-odds, within 1e-7."""
    scaled = log_odds.astype(np.float64)
    scaled += LIMIT
    np.maximum(scaled, 0.0, out=scaled)
    np.minimum(scaled, 2 * LIMIT, out=scaled)
    scaled *= STEPS
    index = scaled.astype(np.int64)
    scaled -= index
    scaled *= _RISES[index]
    scaled += CURVE[index]
    return scaled
