"""How many to invite: the open offers of a job as a sum of uncertain answers, computed exactly.

Each open offer is a coin: with P(accept) the worker says yes, with P(accept) x P(complete) they
also come, and a crew counts all its places. The number of places taken is then Poisson-binomial
(a sum of independent unequal coins), and its distribution up to the places wanted follows by adding
one offer after the other (Hong, "On computing the distribution function for the Poisson binomial
distribution", 2013, section 2.2). Only + - x: the same bits on every machine.

The best workers are invited until P(those who say yes and come cover the open places) reaches
`Policy.fill_confidence`. No-shows make this more than the acceptances need; since a job never has
more bookings than places, whoever says yes beyond them is refused, and that annoys. So the next is
not invited either once their yes would find no place with more than `Policy.refusal_risk`.

Places that are booked already are not part of the sum: a booked worker's absence cannot be covered
by a second booking, it is covered by offering the place again when it becomes known in time.
"""

from math import fsum

import numpy as np
from numpy.typing import NDArray


class Plan:
    """What the open offers of a job with `places` open places (at least 1) will come to."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._offered = 0
        # Row 0: places of those who come, row 1: of those who say yes; column: how many.
        self._taken = np.zeros((2, places))
        self._taken[:, 0] = 1.0
        self._confidence: float | None = None
        self._refusals: dict[int, float] = {}
        """By places. Both are asked of every job of a worker's ranking, and seldom change."""

    def add(self, p_accept: float, p_complete: float, places: int) -> None:
        """Count one more open offer of so many places."""
        yes = np.array(((p_accept * p_complete,), (p_accept,)))
        taken = self._taken * (1.0 - yes)
        if places < self._places:
            taken[:, places:] += self._taken[:, :-places] * yes
        self._taken = taken
        self._offered += places
        self._confidence = None
        self._refusals = {}  # a copy keeps its own

    @property
    def confidence(self) -> float:
        """P(those who say yes and come cover all open places)."""
        if self._offered < self._places:
            return 0.0
        if self._confidence is None:
            self._confidence = _rest(self._taken[0])
        return self._confidence

    def refusal(self, places: int) -> float:
        """P(a yes for so many places, after those of all offers so far, finds too few left)."""
        room = self._places - places
        if self._offered <= room:
            return 0.0
        refusal = self._refusals.get(places)
        if refusal is None:
            refusal = self._refusals[places] = _rest(self._taken[1, : room + 1])
        return refusal


def _rest(probabilities: NDArray[np.float64]) -> float:
    """One less a sum, rounded once."""
    return max(0.0, 1.0 - fsum(probabilities.tolist()))
