"""Whom one would ask: the choices of a town, and what contenders' orders of them are worth.

A choice is the ranking of a job when it is posted: everybody who could be asked, and the truth
about each. It does not play on: what a contender chooses changes nothing in the town, so all of
them choose in the very same states, and what they lose is not drowned in what happens afterwards.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Features = NDArray[np.float32]

FEW: Final = 5.0
MANY: Final = 20.0
"""Candidates a place: up to so many are few, from so many on they are many."""


class Choice(NamedTuple):
    """The n candidates of a job of so many places, with the true P(accept) and P(complete)."""

    places: int
    workers: tuple[str, ...]
    features: Features
    p_accept: Numbers
    p_complete: Numbers

    @property
    def values(self) -> Numbers:
        """P(does the work | asked) of each candidate."""
        return self.p_accept * self.p_complete

    @property
    def is_one(self) -> bool:
        """Whether there is anything to choose: more candidates than places."""
        return len(self.workers) > self.places


class Worth(NamedTuple):
    """What the first of a contender's order are worth, over all choices.

    `value` is the share of places done as expected if one worker is asked a place, `few` and `many`
    what is lost of the best order's value where candidates are few and many. `yes` and `comes` are
    shares of those asked and of those who say yes, `km` the way of those asked, `offers` how many
    must be asked, in order, until as many are expected to come as there are places, for each place;
    whoever runs out of candidates has asked them all.
    """

    value: float
    few: float
    many: float
    yes: float
    comes: float
    km: float
    offers: float


def worth(choices: Sequence[Choice], scores: Sequence[Numbers], km_column: int) -> Worth:
    """The worth of the order of scores (n,), highest first, for each choice that is one."""
    lines = [
        _line(choice, np.argsort(-score, kind="stable"), km_column)
        for choice, score in zip(choices, scores, strict=True)
        if choice.is_one
    ]
    table = np.array(lines)
    places, a_place, value, best, yes, km, offers = table.T
    few, many = a_place <= FEW, a_place >= MANY
    return Worth(
        value=float(value.sum() / places.sum()),
        few=_lost(value[few], best[few]),
        many=_lost(value[many], best[many]),
        yes=float(yes.sum() / places.sum()),
        comes=float(value.sum() / yes.sum()),
        km=float(km.sum() / places.sum()),
        offers=float(offers.sum() / places.sum()),
    )


def split(choices: Sequence[Choice], scores: Numbers) -> list[Numbers]:
    """Scores of all candidates, one after the other, as one array a choice."""
    ends = np.cumsum([len(choice.workers) for choice in choices])[:-1]
    return list(np.split(scores, ends))


def _lost(value: Numbers, best: Numbers) -> float:
    return 1.0 - float(value.sum() / best.sum()) if len(value) else 0.0


def _line(choice: Choice, order: NDArray[np.intp], km_column: int) -> tuple[float, ...]:
    first, values = order[: choice.places], choice.values
    expected = np.cumsum(values[order])
    needed = int(np.searchsorted(expected, choice.places)) + 1
    return (
        choice.places,
        len(order) / choice.places,
        values[first].sum(),
        np.sort(values)[-choice.places :].sum(),
        choice.p_accept[first].sum(),
        choice.features[first, km_column].sum(),
        min(needed, len(order)),
    )
