"""Order of value, ties, weights and reasons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from events.values import Policy
from matching.features import FEATURES
from matching.pool import Candidates
from matching.ranking import Ranking
from matching.reasons import (
    MOST_REASONS,
    REASON_CODES,
    reasons,
    strongest,
    strongest_in_python,
)
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
    assert [line.worker_id for line in ranking.published(3, "job")] == [id for _, id in order[:3]]


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


def row(**values: float) -> NDArray[np.float32]:
    made = np.zeros((1, len(FEATURES)), dtype=np.float32)
    for name, value in values.items():
        made[0, FEATURES.index(name)] = value
    return made


def effects(**values: float) -> NDArray[np.float64]:
    return row(**values).astype(np.float64)


def test_the_strongest_reasons_come_first_and_small_ones_not_at_all() -> None:
    (found,) = reasons(
        row(distance_km=3, meal=1, pay_over_floor=50),
        effects(distance_km=0.2, travel_minutes=0.1, meal=0.05, pay_over_floor=-0.25, rating=0.001),
    )
    assert [reason.code for reason in found] == ["near", "pay_at_floor", "meal"]
    assert [reason.contribution for reason in found] == pytest.approx([0.3, -0.25, 0.05])
    assert len(found) <= MOST_REASONS


def test_a_record_is_told_as_good_or_bad_only_when_it_is() -> None:
    """Read in fifty cases: rated 4.7 of 5 and "rated low", because the model bends there."""
    assert reasons(row(rating=4.7), effects(rating=-0.1)) == [()]
    assert reasons(row(rating=3.5), effects(rating=0.1)) == [()]
    assert reasons(row(reliability=0.85), effects(reliability=-0.1)) == [()]
    assert reasons(row(acceptance_rate=0.45), effects(acceptance_rate=0.1)) == [()]
    (found,) = reasons(row(rating=3.5), effects(rating=-0.1))
    assert [reason.code for reason in found] == ["poorly_rated"]


def test_far_and_a_long_way_are_one_reason() -> None:
    for km, minutes, code in ((-0.1, -0.2, "long_way"), (-0.2, -0.1, "far")):
        ((reason,),) = reasons(row(), effects(distance_km=km, travel_minutes=minutes))
        assert reason.code == code
        assert reason.contribution == pytest.approx(-0.3)
    (found,) = reasons(row(), effects(distance_km=0.1, travel_minutes=-0.2))
    assert [reason.code for reason in found] == ["long_way", "near"]


def test_what_begins_in_three_days_does_not_begin_soon() -> None:
    assert reasons(row(hours_to_start=72), effects(hours_to_start=0.1)) == [()]
    (found,) = reasons(row(hours_to_start=24), effects(hours_to_start=0.1))
    assert [reason.code for reason in found] == ["soon"]


def test_what_is_not_so_is_no_reason() -> None:
    assert reasons(row(meal=0), effects(meal=-0.5)) == [()]
    assert reasons(row(reliability=0.8), effects(reliability=-0.5)) == [()]
    (found,) = reasons(row(reliability=0.5), effects(reliability=-0.5))
    assert [reason.code for reason in found] == ["unreliable"]


def test_the_rules_score_between_0_and_1_and_explain_themselves() -> None:
    rng = np.random.default_rng(1)
    features = rng.uniform(0, 30, (50, len(FEATURES))).astype(np.float32)
    accept, complete = RuleScorer().probabilities(features)
    assert ((accept > 0) & (accept < 1) & (complete > 0) & (complete < 1)).all()
    assert RuleScorer().contributions(features).shape == features.shape
    assert REASON_CODES


@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_both_ways_to_find_the_strongest_reasons_agree(seed: int, pairs: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (pairs, len(FEATURES))
    features = rng.choice([0.0, 0.5, 0.8, 1.0, 4.0, np.nan, 30.0], shape).astype(np.float32)
    effects = rng.choice([0.0, -0.0, 0.004, 0.005, -0.05, 0.05, 0.2, -0.3], shape)
    assert strongest(features, effects) == strongest_in_python(features, effects)


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


def test_nothing_is_told_of_a_missing_value() -> None:
    effect = effects(distance_km=-0.3, rating=0.2, meal=0.1)
    assert reasons(row(distance_km=np.nan, rating=np.nan, meal=np.nan), effect) == [()]
