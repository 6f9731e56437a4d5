"""The plan of offers: equal to counting every case, and never past its two bounds."""

import copy
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.plan import Plan

Coin = tuple[float, float, int]
"""P(accept), P(complete), places."""

COINS = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 4)), min_size=0, max_size=7
)


def plan_of(places: int, coins: list[Coin]) -> Plan:
    plan = Plan(places)
    for coin in coins:
        plan.add(*coin)
    return plan


def tail(at_least: int, coins: list[tuple[float, int]]) -> float:
    """P(places taken >= at_least), by looking at every combination of answers."""
    total = 0.0
    for said in product((False, True), repeat=len(coins)):
        chance = 1.0
        for yes, (p, _) in zip(said, coins, strict=True):
            chance *= p if yes else 1.0 - p
        if sum(places for yes, (_, places) in zip(said, coins, strict=True) if yes) >= at_least:
            total += chance
    return total


@given(st.integers(1, 6), COINS, st.integers(1, 4))
def test_both_chances_equal_a_count_of_all_cases(places: int, coins: list[Coin], more: int) -> None:
    plan = plan_of(places, coins)
    come = [(accept * complete, size) for accept, complete, size in coins]
    yes = [(accept, size) for accept, _, size in coins]
    assert plan.confidence == pytest.approx(tail(places, come), abs=1e-12)
    if more <= places:
        assert plan.refusal(more) == pytest.approx(tail(places - more + 1, yes), abs=1e-12)


@given(st.integers(1, 6), COINS, st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 4)))
def test_one_more_offer_never_lowers_either_chance(
    places: int, coins: list[Coin], one: Coin
) -> None:
    before, after = plan_of(places, coins), plan_of(places, [*coins, one])
    assert after.confidence >= before.confidence - 1e-12
    assert after.refusal(1) >= before.refusal(1) - 1e-12


def test_nobody_is_enough_for_nothing() -> None:
    plan = Plan(2)
    assert (plan.confidence, plan.refusal(1), plan.refusal(2)) == (0.0, 0.0, 0.0)


def test_a_hundred_places_are_close_to_the_normal_distribution() -> None:
    """130 coins of 0.8: mean 104, deviation 4.56; P(at least 100) is about 0.84."""
    plan = plan_of(100, [(0.8, 1.0, 1)] * 130)
    assert plan.confidence == pytest.approx(0.837, abs=0.005)
    assert plan.confidence == plan.refusal(1)


def test_a_crew_takes_all_its_places_or_none() -> None:
    plan = plan_of(5, [(0.5, 0.5, 4)])
    assert plan.confidence == 0.0
    assert plan.refusal(1) == 0.0
    assert plan.refusal(2) == 0.5
    plan.add(0.5, 0.5, 1)
    assert plan.confidence == 0.0625


@given(first=COINS, more=COINS, places=st.integers(1, 5))
def test_a_copy_that_goes_on_changes_nothing_of_the_plan_it_was_taken_of(
    first: list[Coin], more: list[Coin], places: int
) -> None:
    """A round tries out on a copy how many offers a job lacks."""
    plan = plan_of(places, first)
    going_on = copy.copy(plan)
    for coin in more:
        going_on.add(*coin)
    assert going_on.refusal(1) == plan_of(places, [*first, *more]).refusal(1)
    assert plan.refusal(1) == plan_of(places, first).refusal(1)
    assert plan.confidence == plan_of(places, first).confidence
