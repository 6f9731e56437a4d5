"""Estimates of another way of choosing, where the truth is known."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from models.alternatives import Asked, Decision, Option
from models.dataset import Dataset
from models.off_policy import WhatIf, rewards_of, what_if

GOOD, POOR = 0.8, 0.3

Rewards = dict[str, dict[str, float]]


def market(
    count: int, explore: float, *, claims: float = GOOD, seed: int = 1
) -> tuple[list[Decision], Rewards]:
    """Jobs that ask one of two: `new` says yes with GOOD, `old` with POOR probability.

    The market asked `old`, with the share `explore` the other one; the other way always asks
    `new`. The release at work says that `new` accepts with probability `claims`.
    """
    random = np.random.default_rng(seed)
    options = {"new": Option("new", claims, 0.9), "old": Option("old", POOR, 0.9)}
    decisions, accepted = [], []
    for number in range(count):
        explored = random.random() < explore
        name, propensity = ("new", explore) if explored else ("old", 1 - explore)
        accepted.append(random.random() < (GOOD if explored else POOR))
        asked = Asked(f"O{number}", options[name], propensity if explore else None)
        decisions.append(Decision(f"J{number // 2}", (asked,), (options["new"],), 0.5))
    return decisions, answers(accepted)


def answers(accepted: Sequence[bool]) -> Rewards:
    known = {f"O{number}": float(yes) for number, yes in enumerate(accepted)}
    return {"accept": known, "complete": known}


def value(found: WhatIf, name: str, target: str = "accept") -> float:
    one = found.estimates[target][name]
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.value <= one.high
    return one.value


def test_with_exploration_all_estimators_find_the_truth() -> None:
    found = what_if(*market(6_000, explore=0.2))
    for name in ("ips", "snips", "dr"):
        assert value(found, name) == pytest.approx(GOOD, abs=0.06)
    assert value(found, "recorded") == pytest.approx(0.2 * GOOD + 0.8 * POOR, abs=0.03)
    assert value(found, "difference") > 0.3
    (warning,) = found.warnings
    assert "of the new choices were never observed: the estimates rest on few" in warning["en"]


def test_of_several_offers_each_is_judged_given_those_before_it() -> None:
    """Weighed as a set, they were worth more than everybody's yes."""
    random = np.random.default_rng(3)
    truth = {"a": 0.2, "b": 0.5, "c": 0.8}
    options = {name: Option(name, 0.5, 0.9) for name in truth}
    explore, accepted = 0.3, list[bool]()
    decisions = []
    for number in range(6_000):
        asked: list[Asked] = []
        for _ in range(2):
            best, *others = [name for name in truth if name not in {one.option.id for one in asked}]
            explores = random.random() < explore
            name = str(random.choice(others)) if explores else best
            propensity = explore / len(others) if explores else 1 - explore
            asked.append(Asked(f"O{len(accepted)}", options[name], propensity))
            accepted.append(random.random() < truth[name])
        chosen = (options["c"], options["b"])
        decisions.append(Decision(f"J{number}", tuple(asked), chosen, 0.5))
    found = what_if(decisions, answers(accepted))
    c_first = explore / 2
    worth = (truth["c"] + c_first * truth["b"] + (1 - c_first) * truth["c"]) / 2
    for name in ("ips", "snips", "dr"):
        assert value(found, name) == pytest.approx(worth, abs=0.05)


@pytest.mark.parametrize("claims", [0.05, 0.99])
def test_the_doubly_robust_estimate_outlives_a_model_that_is_wrong(claims: float) -> None:
    found = what_if(*market(6_000, explore=0.3, claims=claims))
    assert value(found, "dr") == pytest.approx(GOOD, abs=0.06)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(20):
        one = what_if(*market(300, explore=0.3, seed=seed)).estimates["accept"]["snips"]
        assert one.low is not None
        assert one.high is not None
        covered += one.low <= GOOD <= one.high
    assert covered >= 17


def test_the_same_choices_are_worth_what_was_observed() -> None:
    decisions, data = market(500, explore=0.0)
    same = [one._replace(chosen=(one.asked[0].option,), overlap=1.0) for one in decisions]
    found = what_if(same, data)
    assert value(found, "ips") == value(found, "snips") == value(found, "recorded")
    assert value(found, "dr") == pytest.approx(value(found, "recorded"))
    assert (found.changes.offers_differing, found.changes.ranking_overlap) == (0, 1)
    assert found.support.never_observed == 0
    assert found.support.effective_sample_size == 500


def test_without_support_it_says_so_and_claims_nothing() -> None:
    found = what_if(*market(500, explore=0.0))
    assert found.estimates["accept"]["snips"].value is None
    assert found.estimates["accept"]["ips"].value == 0
    assert found.support.observed == 0
    assert found.support.never_observed == 1
    missing, support, size = found.warnings
    assert missing["en"].startswith(
        "500 offers do not say how probable they were: taken as certain"
    )
    assert "Let the policy explore" in support["en"]
    assert "the effective sample size is 0 offers" in size["en"]


def test_nothing_recorded_is_no_error() -> None:
    found = what_if([], answers([]))
    assert found.changes.decisions == 0
    assert all(one.value is None for one in found.estimates["complete"].values())


def test_offers_whose_answer_is_unknown_are_left_out() -> None:
    decisions, data = market(400, explore=0.5)
    known = {target: dict(list(all_of.items())[:300]) for target, all_of in data.items()}
    every, some = what_if(decisions, data), what_if(decisions, known)
    assert (
        value(some, "recorded")
        == what_if(decisions[:300], known).estimates["accept"]["recorded"].value
    )
    assert every.support == some.support


def test_offers_withdrawn_by_chance_bias_nothing_where_choices_are_rare() -> None:
    """Each that agreed stood for ten new choices, and was taken out of them as one."""
    decisions, data = market(30_000, explore=0.1)
    random = np.random.default_rng(5)
    answered = {id for id in data["accept"] if random.random() > 0.4}
    known = {
        target: {id: reward for id, reward in of_all.items() if id in answered}
        for target, of_all in data.items()
    }
    found = what_if(decisions, known)
    for name in ("ips", "snips", "dr"):
        assert value(found, name) == pytest.approx(GOOD, abs=0.05)


def test_a_no_counts_for_work_done_when_the_work_is_over() -> None:
    """The noes of work that lies ahead, without the yeses to it, made a mean that was too low."""
    answers_of_three = Dataset(
        pa.table(
            {
                "offer_id": ["early", "late", "came"],
                "accepted": [False, False, True],
                "completed": pa.array([None, None, True], pa.bool_()),
                "is_over": [False, True, True],
            }
        )
    )
    rewards = rewards_of(answers_of_three, "0/")
    assert rewards["accept"] == {"0/early": 0.0, "0/late": 0.0, "0/came": 1.0}
    assert rewards["complete"] == {"0/late": 0.0, "0/came": 1.0}
