"""From feasible candidates to a ranking: probabilities, value, order, published lines.

value = P(accept | offered) x P(complete | accepted)
        x (1 + waiting_weight x min(1, waited / waiting_full))
        x (1 - claim_penalty) ^ open wage claims of the employer
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.outcomes import Ranked, Reason
from events.values import Policy
from matching.features import FEATURES
from matching.pool import Candidates
from matching.reasons import reasons
from matching.scorer import Best, Scorer, Weights

FIRST: Final = 16
"""Places that are ranked at first; most rankings are never asked for more."""
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
    """Candidates in order of value; equal values in order of id.

    Only as many as are asked for are ranked: the scorer drops whoever cannot come so far.
    """

    def __init__(self, candidates: Candidates, scorer: Scorer, policy: Policy, now: int) -> None:
        self.candidates = candidates
        self._scorer = scorer
        self._policy = policy
        self._now = now
        self._ranked: list[Scored] = []

    def __iter__(self) -> Iterator[Scored]:
        place = 0
        while place < len(self.candidates.ids):
            yield from self.top(max(FIRST, 4 * place))[place:]
            place = len(self._ranked)

    def top(self, size: int) -> list[Scored]:
        """The first `size` places or more, as many as there are."""
        size = min(size, len(self.candidates.ids))
        if len(self._ranked) < size:
            weights = _weights(self.candidates, self._policy, self._now)
            best = self._scorer.best(self.candidates.features, weights, size)
            self._ranked = _in_order(best, self.candidates.ids)
        return self._ranked

    def published(self, size: int, subject: Literal["job", "worker"]) -> tuple[Ranked, ...]:
        """The first `size` lines as they go into `match.ranked`, with reasons."""
        best = self.top(max(size, FIRST))[:size]
        if not best:
            return ()
        features = self.candidates.features[[scored.row for scored in best]]
        why = reasons(features, self._scorer.contributions(features))
        distances = features[:, _DISTANCE].tolist()
        return tuple(
            _line(scored, distance, reason, subject)
            for scored, distance, reason in zip(best, distances, why, strict=True)
        )


def _in_order(best: Best, ids: Sequence[str]) -> list[Scored]:
    columns = (best.values, best.rows, best.p_accept, best.p_complete)
    lists = (column.tolist() for column in columns)
    places = sorted((-value, ids[row], row, p, q) for value, row, p, q in zip(*lists, strict=True))
    return [
        Scored(rank, id, row, -value, p_accept, p_complete)
        for rank, (value, id, row, p_accept, p_complete) in enumerate(places, start=1)
    ]


def _line(
    scored: Scored, distance: float, why: tuple[Reason, ...], subject: Literal["job", "worker"]
) -> Ranked:
    return Ranked(
        rank=scored.rank,
        score=round(scored.value, 6),
        p_accept=round(scored.p_accept, 6),
        p_complete=round(scored.p_complete, 6),
        distance_km=round(distance, 3),
        reasons=why,
        worker_id=scored.id if subject == "job" else None,
        job_id=scored.id if subject == "worker" else None,
    )


def _weights(candidates: Candidates, policy: Policy, now: int) -> Weights:
    # Ufuncs with `out`: NumPy's methods cost more than the few numbers of a worker's ranking.
    waiting = np.subtract(now, candidates.since)
    waiting /= policy.waiting_full_ms
    np.maximum(waiting, 0.0, out=waiting)
    np.minimum(waiting, 1.0, out=waiting)
    waiting *= policy.waiting_weight
    waiting += 1.0
    claims = candidates.features[:, _CLAIMS]
    most = int(np.maximum.reduce(claims, initial=0.0))
    if most == 0:
        return Weights(waiting, np.ones(len(claims)))
    penalty = _powers(1.0 - policy.claim_penalty, most)
    return Weights(waiting, penalty[claims.astype(np.intp)])


def _powers(base: float, most: int) -> NDArray[np.float64]:
    """base^0 .. base^most by multiplication, which rounds the same on every machine."""
    return np.cumprod(np.concatenate([[1.0], np.full(most, base)]))
