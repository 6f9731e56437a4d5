"""What scores a pair, and the rules that score when no model has been promoted."""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES

Features = NDArray[np.float32]
Probabilities = NDArray[np.float64]

RULES: Final = "rules:v1"


class Weights(NamedTuple):
    """What policy makes of a pair, (n,) each: value = P(accept) x P(complete) x waiting x trust."""

    waiting: Probabilities
    trust: Probabilities

    def values(self, p_accept: Probabilities, p_complete: Probabilities) -> Probabilities:
        """The values (n,); the products in this order, which every scorer keeps."""
        return p_accept * p_complete * self.waiting * self.trust


class Best(NamedTuple):
    """The rows whose values are at least the k-th best, in no particular order, (m,) each."""

    rows: NDArray[np.intp]
    p_accept: Probabilities
    p_complete: Probabilities
    values: Probabilities

    @classmethod
    def none(cls) -> "Best":
        """Of no rows."""
        return cls(np.zeros(0, np.intp), np.zeros(0), np.zeros(0), np.zeros(0))


def best_of_all(
    p_accept: Probabilities, p_complete: Probabilities, weights: Weights, count: int
) -> Best:
    """The best `count` rows, and those equal to the last of them, of rows scored to the end."""
    values = weights.values(p_accept, p_complete)
    if len(values) <= count:
        return Best(np.arange(len(values)), p_accept, p_complete, values)
    kth = np.partition(values, len(values) - count)[len(values) - count]
    rows = np.flatnonzero(values >= kth)
    return Best(rows, p_accept[rows], p_complete[rows], values[rows])


class Scorer(Protocol):
    """Probabilities of pairs. Must be deterministic: equal rows give equal numbers anywhere."""

    @property
    def release(self) -> str:
        """The release id that every match names."""
        ...

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """P(accept | offered) and P(complete | accepted), each (n,), of (n, len(FEATURES)) rows."""
        ...

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """The best `count` rows, and all that equal the last of them; count >= 1.

        Exactly what scoring every row to the end and sorting would give.
        """
        ...

    def contributions(self, features: Features) -> Probabilities:
        """How far each feature moves the score from an average pair's: (n, len(FEATURES)).

        In points of P(accept) x P(complete), additive; a display of the model, not an input to
        the score.
        """
        ...


OpenScorer = Callable[[str], Scorer]
"""A scorer by release id; raises KeyError for a release that is not in the registry."""


class MissingReleaseError(Exception):
    """A release that scores by the log is not in this registry: nobody may go on without it.

    Every other node did score with it, so another answer would be two answers.
    """

    def __init__(self, release: str) -> None:
        super().__init__(
            f"Model release {release} was at work and is not in the registry here: bring its "
            "folder back from where it was trained or from another node (GIGMATCH_RELEASES), then "
            "start again. To score by rules from now on, where a node still has it: gigmatch model "
            "promote rules:v1"
        )
        self.release = release


class RuleScorer:
    """Plain rules: nearer, better paid, better skilled and more reliable is better."""

    release: str = RULES

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`."""
        part = _parts(features)
        accept = 0.2 + part["distance_km"] + part["pay_over_floor"] + part["acceptance_rate"]
        complete = 0.5 + part["reliability"] + part["skill_level"]
        return np.clip(accept, 0.01, 0.99), np.clip(complete, 0.01, 0.99)

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`."""
        return best_of_all(*self.probabilities(features), weights, count)

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`."""
        effects = np.zeros(features.shape)
        for name, part in _parts(features).items():
            effects[:, FEATURES.index(name)] = part - _AVERAGE[name]
        return effects


_AVERAGE: Final = {
    "distance_km": 0.25,
    "pay_over_floor": 0.05,
    "acceptance_rate": 0.1,
    "reliability": 0.32,
    "skill_level": 0.05,
}


def _parts(features: Features) -> dict[str, Probabilities]:
    column = {name: features[:, FEATURES.index(name)].astype(np.float64) for name in _AVERAGE}
    return {
        "distance_km": 0.4 / (1.0 + column["distance_km"] / 10.0),
        "pay_over_floor": 0.2 * np.clip(column["pay_over_floor"] / 100.0, 0.0, 1.0),
        "acceptance_rate": 0.2 * column["acceptance_rate"],
        "reliability": 0.4 * column["reliability"],
        "skill_level": 0.1 * column["skill_level"] / 3.0,
    }


def rules_only(release: str) -> Scorer:
    """An `OpenScorer` that knows nothing but the rules."""
    if release != RULES:
        raise KeyError(release)
    return RuleScorer()
