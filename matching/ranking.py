"""From feasible candidates to a ranking: probabilities, value, order, published lines.

value = P(accept | offered) x P(complete | accepted) x waiting x trust   (`matching.weights`)
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Final, Literal, NamedTuple

from events.outcomes import Ranked, Reason
from events.values import Policy
from matching.features import FEATURES
from matching.pool import Candidates
from matching.reasons import reasons
from matching.rounding import rounded
from matching.scorer import Best, Scorer
from matching.weights import weights

FIRST: Final = 16
"""Places that are ranked at first; most rankings are never asked for more."""
_DISTANCE = FEATURES.index("distance_km")
_SKILL = FEATURES.index("skill_level")

AsksSkill = Callable[[str], bool]
"""Whether the job of a pair asks for a skill, by the id of the candidate."""


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
            # Whoever is given these may ask for more meanwhile: what was ranked first stays first.
            part = self.top(max(FIRST, 4 * place))[place:]
            yield from part
            place += len(part)

    def top(self, size: int) -> list[Scored]:
        """The first `size` places or more, as many as there are."""
        size = min(size, len(self.candidates.ids))
        if len(self._ranked) < size:
            weighed = weights(self.candidates, self._policy, self._now)
            best = self._scorer.best(self.candidates.features, weighed, size)
            self._ranked = _in_order(best, self.candidates.ids)
        return self._ranked

    def published(
        self, size: int, subject: Literal["job", "worker"], asks_skill: AsksSkill
    ) -> tuple[Ranked, ...]:
        """The first `size` lines as they go into `match.ranked`, with reasons.

        Where a job asks for no skill everybody has the level of a beginner in what it asks for:
        the model weighs that, and nobody is told that they have little practice.
        """
        best = self.top(max(size, FIRST))[:size]
        if not best:
            return ()
        features = self.candidates.features
        if len(features) > 1:  # taken a column a feature, as the scorer and the reasons read them
            features = features.T.take([scored.row for scored in best], axis=1).T
        effects = self._scorer.contributions(features)
        untold = [row for row, scored in enumerate(best) if not asks_skill(scored.id)]
        if untold:
            effects = effects.copy()
            effects[untold, _SKILL] = 0.0
        why = reasons(features, effects)
        distances = features[:, _DISTANCE].tolist()
        return tuple(map(_line, best, distances, why, repeat(subject)))


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
        score=rounded(scored.value, 6),
        p_accept=rounded(scored.p_accept, 6),
        p_complete=rounded(scored.p_complete, 6),
        distance_km=rounded(distance, 3),
        reasons=why,
        worker_id=scored.id if subject == "job" else None,
        job_id=scored.id if subject == "worker" else None,
    )
