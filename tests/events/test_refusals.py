"""Refused promotions are known by what the markets answered."""

import msgspec
import pytest

from events.facts import Fact, ModelPromoted
from events.refusals import Refusals, is_refusal, promotes, read_refusals
from matching.engine import Engine
from matching.scorer import rules_only
from tests.matching.scenario import JOB, WORKER
from tests.town import NOW
from tests.worlds import record_of

A = f"sha256:{'a' * 64}"


def test_the_answers_say_which_promotions_were_refused() -> None:
    engine = Engine(0, 1, rules_only)
    promotions = ModelPromoted(release=A), ModelPromoted(release="rules:v1")
    facts: list[Fact] = [WORKER, JOB, *promotions, JOB]
    emissions = [
        emission
        for offset, fact in enumerate(facts)
        for emission in engine.step(record_of(fact, offset)).emissions
    ]
    outcomes = [
        record_of(emission.outcome, number, id=emission.id, time=NOW)
        for number, emission in enumerate(emissions)
    ]
    refused = [outcome for outcome in outcomes if is_refusal(outcome)]
    assert len(refused) == 1
    found = read_refusals(outcomes)
    assert found.offsets == {2}
    assert found.up_to == max(int(emission.id.split("-")[1]) for emission in emissions)


@pytest.mark.parametrize("structured", [False, True])
def test_a_promotion_is_known_and_nothing_else_is_one(structured: bool) -> None:
    assert promotes(record_of(ModelPromoted(release=A), 0, structured=structured))
    assert not promotes(record_of(JOB, 0, structured=structured))
    broken = msgspec.structs.replace(record_of(ModelPromoted(release=A), 0), value=b"{")
    assert not promotes(broken)


def test_what_is_no_outcome_of_ours_says_nothing() -> None:
    assert read_refusals([record_of(JOB, 0, id="somebody's")]) == Refusals()
