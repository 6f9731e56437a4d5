"""From feasible candidates to a ranking: probabilities, value, order, published lines.

value = P(accept | offered) x P(complete | accepted)
        x (1 + waiting_weight x min(1, waited / waiting_full))
        x (1 - claim_penalty) ^ open wage claims of the employer
"""

from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.outcomes import Ranked
from events.values import Policy
from matching.features import FEATURES
from matching.pool import Candidates
from matching.reasons import reasons
from matching.scorer import Scorer

_DISTANCE = FEATURES.index("distance_km")
_CLAIMS = FEATURES.index("open_claims")


class Scored(NamedTuple):
    """One candidate of a ranking; `row` is their row in the candidates' features."""

    rank: int
    id: str
    row: int
    value: float
    p_accept: float
    p_complete: float


class Ranking:
    """Candidates in order of value; equal values in order of id."""

    def __init__(self, candidates: Candidates, scorer: Scorer, policy: Policy, now: int) -> None:
        self.candidates = candidates
        self._scorer = scorer
        if not candidates.ids:
            self._values = self._p_accept = self._p_complete = np.zeros(0)
            return
        self._p_accept, self._p_complete = scorer.probabilities(candidates.features)
        self._values = _values(candidates, self._p_accept, self._p_complete, policy, now)

    def __iter__(self) -> Iterator[Scored]:
        for rank, row in enumerate(_best_first(self._values, self.candidates.ids), start=1):
            yield Scored(
                rank=rank,
                id=self.candidates.ids[row],
                row=row,
                value=float(self._values[row]),
                p_accept=float(self._p_accept[row]),
                p_complete=float(self._p_complete[row]),
            )

    def published(self, size: int, subject: Literal["job", "worker"]) -> tuple[Ranked, ...]:
        """The first `size` lines as they go into `match.ranked`, with reasons."""
        best = list(islice(self, size))
        if not best:
            return ()
        features = self.candidates.features[[scored.row for scored in best]]
        effects = self._scorer.contributions(features)
        return tuple(
            _line(scored, features[index], effects[index], subject)
            for index, scored in enumerate(best)
        )


def _line(
    scored: Scored,
    features: NDArray[np.float32],
    effects: NDArray[np.float64],
    subject: Literal["job", "worker"],
) -> Ranked:
    return Ranked(
        rank=scored.rank,
        score=round(scored.value, 6),
        p_accept=round(scored.p_accept, 6),
        p_complete=round(scored.p_complete, 6),
        distance_km=round(float(features[_DISTANCE]), 3),
        reasons=reasons(features, effects),
        worker_id=scored.id if subject == "job" else None,
        job_id=scored.id if subject == "worker" else None,
    )


def _values(
    candidates: Candidates,
    p_accept: NDArray[np.float64],
    p_complete: NDArray[np.float64],
    policy: Policy,
    now: int,
) -> NDArray[np.float64]:
    waited = np.minimum(np.maximum((now - candidates.since) / policy.waiting_full_ms, 0.0), 1.0)
    values: NDArray[np.float64] = p_accept * p_complete * (1.0 + policy.waiting_weight * waited)
    claims = candidates.features[:, _CLAIMS]
    if claims.any():
        penalty = _powers(1.0 - policy.claim_penalty, int(claims.max()))
        values *= penalty[claims.astype(np.intp)]
    return values


def _powers(base: float, most: int) -> NDArray[np.float64]:
    """base^0 .. base^most by multiplication, which rounds the same on every machine."""
    return np.cumprod(np.concatenate([[1.0], np.full(most, base)]))


def _best_first(values: NDArray[np.float64], ids: list[str]) -> Iterator[int]:
    order = np.argsort(-values, kind="stable").tolist()
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and values[order[end]] == values[order[begin]]:
            end += 1
        yield from sorted(order[begin:end], key=ids.__getitem__)
        begin = end
