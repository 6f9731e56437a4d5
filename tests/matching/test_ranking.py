"""Order of value, ties and weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from events.values import Policy
from matching.features import FEATURES
from matching.pool import Candidates
from matching.ranking import Ranking
from matching.reasons import REASON_CODES
from matching.scorer import Best, RuleScorer, Weights, best_of_all
from matching.weights import COMPILED, weights, weights_in_python
from tests.town import HOUR, NOW

NO_WEIGHTS = Policy(waiting_weight=0.0, claim_penalty=0.0)


class Given:
    """A scorer that gives the probabilities it was made with."""

    release = "given"

    def __init__(self, p: list[float]) -> None:
        self._p = np.array(p)

    def probabilities(
        self, features: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._p, np.ones(len(self._p))

    def best(self, features: NDArray[np.float32], weights: Weights, count: int) -> Best:
        return best_of_all(*self.probabilities(features), weights, count)

    def contributions(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.zeros(features.shape)


class BySkill(Given):
    """One that looks at skill alone."""

    def contributions(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        effects = np.zeros(features.shape)
        effects[:, FEATURES.index("skill_level")] = -0.1
        effects.flags.writeable = False  # as the compiled trees' are
        return effects


def candidates(count: int, *, claims: int = 0, since: int = NOW) -> Candidates:
    features = np.zeros((count, len(FEATURES)), dtype=np.float32)
    features[:, FEATURES.index("open_claims")] = claims
    ids = [f"W-{number:02}" for number in reversed(range(count))]
    return Candidates(ids, features, np.full(count, float(since)), count, {})


@given(st.lists(st.sampled_from((0.1, 0.5, 0.5, 0.9)), max_size=20))
def test_best_first_and_ties_by_id(p: list[float]) -> None:
    ranking = Ranking(candidates(len(p)), Given(p), NO_WEIGHTS, NOW)
    order = [(-scored.value, scored.id) for scored in ranking]
    assert order == sorted(order)
    assert [scored.rank for scored in ranking] == list(range(1, len(p) + 1))
    published = ranking.published(3, "job", lambda _: True)
    assert [line.worker_id for line in published] == [id for _, id in order[:3]]


def test_of_skill_is_told_only_where_the_job_asks_for_one() -> None:
    """Jobs with no more than an occupation told every worker that they had little practice."""
    ranking = Ranking(candidates(2), BySkill([0.9, 0.5]), NO_WEIGHTS, NOW)
    asked, other = (
        [[reason.code for reason in line.reasons] for line in lines]
        for lines in (
            ranking.published(2, "worker", lambda _: True),
            ranking.published(2, "worker", lambda id: id != "W-01"),
        )
    )
    assert asked == [["unskilled"], ["unskilled"]]
    assert other == [[], ["unskilled"]]


@pytest.mark.parametrize(("hours", "boost"), [(0, 1.0), (84, 1.05), (168, 1.1), (999, 1.1)])
def test_a_long_wait_weighs_a_little(hours: int, boost: float) -> None:
    policy = Policy(waiting_weight=0.1, claim_penalty=0.0)
    since = NOW - hours * HOUR
    (scored,) = Ranking(candidates(1, since=since), Given([0.5]), policy, NOW)
    assert scored.value == pytest.approx(0.5 * boost)


def test_each_open_wage_claim_costs() -> None:
    policy = Policy(waiting_weight=0.0, claim_penalty=0.2)
    (scored,) = Ranking(candidates(1, claims=2), Given([0.5]), policy, NOW)
    assert scored.value == pytest.approx(0.5 * 0.8 * 0.8)


def test_the_rules_score_between_0_and_1_and_explain_themselves() -> None:
    rng = np.random.default_rng(1)
    features = rng.uniform(0, 30, (50, len(FEATURES))).astype(np.float32)
    accept, complete = RuleScorer().probabilities(features)
    assert ((accept > 0) & (accept < 1) & (complete > 0) & (complete < 1)).all()
    assert RuleScorer().contributions(features).shape == features.shape
    assert REASON_CODES


@given(
    st.lists(st.tuples(st.integers(0, 2**41), st.integers(0, 7)), max_size=12),
    st.integers(0, 2**41),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(3_600_000, 31_536_000_000),
)
def test_both_ways_to_weigh_agree_to_the_bit(
    pairs: list[tuple[int, int]], now: int, weight: float, penalty: float, full: int
) -> None:
    features = np.zeros((len(pairs), len(FEATURES)), dtype=np.float32, order="F")
    features[:, FEATURES.index("open_claims")] = [claims for _, claims in pairs]
    since = np.array([float(began) for began, _ in pairs])
    candidates = Candidates([str(n) for n in range(len(pairs))], features, since, len(pairs), {})
    policy = Policy(waiting_weight=weight, claim_penalty=penalty, waiting_full_ms=full)
    assert COMPILED
    ours = weights(candidates, policy, now)
    assert [column.tobytes() for column in ours] == [
        column.tobytes() for column in weights_in_python(candidates, policy, now)
    ]


def test_whoever_asks_for_more_in_the_middle_takes_nothing_from_who_goes_through() -> None:
    """A job that draws by lot looks at everybody while it goes through the best."""
    ranking = Ranking(candidates(60), Given([1 - n / 100 for n in range(60)]), NO_WEIGHTS, NOW)
    seen = []
    for scored in ranking:
        seen.append(scored.rank)
        if scored.rank == 10:
            list(ranking)
    assert seen == list(range(1, 61))
