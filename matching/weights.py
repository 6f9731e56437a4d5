"""What policy makes of pairs beside their chances: a long wait, and trust in the employer.

waiting = 1 + waiting_weight x min(1, waited / waiting_full)
trust   = (1 - claim_penalty) ^ open wage claims of the employer
"""

from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from events.values import Policy
from matching.features import FEATURES
from matching.pool import Candidates
from matching.scorer import Weights

COMPILED: Final = find_spec("matching._weights") is not None
_CLAIMS: Final = FEATURES.index("open_claims")

if COMPILED:
    from matching import _weights


def weights(candidates: Candidates, policy: Policy, now: int) -> Weights:
    """The weights of each pair at a time, UTC ms."""
    if not COMPILED:
        return weights_in_python(candidates, policy, now)
    made = _weights.weights(
        np.ascontiguousarray(candidates.since),
        np.ascontiguousarray(candidates.features[:, _CLAIMS]),
        now,
        policy.waiting_full_ms,
        policy.waiting_weight,
        1.0 - policy.claim_penalty,
    )
    waiting, trust = np.frombuffer(made).reshape(2, -1)
    return Weights(waiting, trust)


def weights_in_python(candidates: Candidates, policy: Policy, now: int) -> Weights:
    """The same, step by step: the meaning of it, and what runs where nothing is compiled."""
    waited = np.clip((now - candidates.since) / policy.waiting_full_ms, 0.0, 1.0)
    claims = candidates.features[:, _CLAIMS]
    penalty = _powers(1.0 - policy.claim_penalty, int(claims.max(initial=0.0)))
    return Weights(waited * policy.waiting_weight + 1.0, penalty[claims.astype(np.intp)])


def _powers(base: float, most: int) -> NDArray[np.float64]:
    """base^0 .. base^most by multiplication, which rounds the same on every machine."""
    return np.cumprod(np.concatenate([[1.0], np.full(most, base)]))
