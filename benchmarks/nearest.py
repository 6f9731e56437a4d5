"""Distance only, as most of what is in use: a scorer that knows nothing but how far it is."""

import hashlib
from typing import Final

import numpy as np

from matching.features import FEATURES
from matching.scorer import Best, Features, Probabilities, Weights, best_of_all

NEAREST: Final = f"sha256:{hashlib.sha256(b'nearest first').hexdigest()}"
"""Its release id; no folder of a registry has it."""

AT_THE_DOOR: Final = 0.8
A_KM: Final = -0.05
"""Log-odds of a yes: near the rates of the simulated town, so that as many are asked as there."""
COMES: Final = 0.88

_DISTANCE: Final = FEATURES.index("distance_km")


class NearestScorer:
    """Implements `matching.scorer.Scorer`: the nearer, the better, and nothing else counts."""

    release: str = NEAREST

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`."""
        distance = features[:, _DISTANCE].astype(np.float64)
        accept = 1.0 / (1.0 + np.exp(-(AT_THE_DOOR + A_KM * distance)))
        return accept, np.full(len(features), COMES)

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`."""
        return best_of_all(*self.probabilities(features), weights, count)

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`: all of it is distance, from that of a pair at the door."""
        effects = np.zeros(features.shape)
        accept, complete = self.probabilities(features)
        effects[:, _DISTANCE] = (accept - 1.0 / (1.0 + np.exp(-AT_THE_DOOR))) * complete
        return effects
