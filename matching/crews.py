"""Filling places with crews and single workers: which of them together fill the most.

Asking the best one after the other can leave places that no crew fits into any more. Where crews
are among the candidates, those are asked first who together fill the most places and, of such
choices, are worth the most: a knapsack, solved exactly by dynamic programming over the places
(Bellman 1957), in order of rank, so that equal choices are decided by it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

MOST_CANDIDATES: Final = 200
"""The best candidates that are looked at, and the bound on the work."""


def best_fill(candidates: Sequence[tuple[int, float]], room: int) -> list[int]:
    """Which (places, value) together fill the most of `room` places, then are worth the most.

    A value counts for each place. Gives indexes, rising; candidates are in order of rank.
    """
    items = list(candidates[:MOST_CANDIDATES])
    worth = np.full(room + 1, -np.inf)
    worth[0] = 0.0
    taken = np.zeros((len(items), room + 1), dtype=np.bool_)
    for index, (places, value) in enumerate(items):
        if places > room:
            continue
        with_it = worth[: room + 1 - places] + places * value
        better = with_it > worth[places:]
        taken[index, places:] = better
        worth[places:] = np.where(better, with_it, worth[places:])
    filled = int(np.flatnonzero(worth > -np.inf)[-1])
    chosen = []
    for index in reversed(range(len(items))):
        if taken[index, filled]:
            chosen.append(index)
            filled -= items[index][0]
    return chosen[::-1]
