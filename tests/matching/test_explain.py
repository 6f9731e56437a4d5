"""Explanations agree with the rankings they explain."""

import pytest

from events.outcomes import MatchRanked
from matching.explain import explain_job, explain_pair
from tests.matching.scenario import Scenario


def test_a_feasible_pair_is_explained_by_its_line_in_the_ranking() -> None:
    town = Scenario()
    for number in range(5):
        town.available(f"W-{number}", max_distance_km=10.0 + number)
    town.posted()
    (ranked,) = town.said(MatchRanked)
    assert explain_job(town.market, "J-1").ranking == ranked.ranking
    for line in ranked.ranking:
        assert line.worker_id is not None
        told = explain_pair(town.market, "J-1", line.worker_id)
        assert told.scored is not None
        assert (told.rank, told.scored.score) == (line.rank, line.score)
        assert told.scored.reasons == line.reasons


def test_an_absent_worker_is_explained_by_every_constraint_they_fail() -> None:
    town = Scenario()
    town.available("W-1", pay_floor_fen_day=20_000, skills=())
    town.posted()
    told = explain_pair(town.market, "J-1", "W-1")
    assert not told.feasible
    assert [(failure.code, failure.by) for failure in told.failures] == [
        ("skill", None),
        ("pay_floor", 50.0),
    ]


def test_who_is_not_there_cannot_be_explained() -> None:
    town = Scenario()
    town.posted()
    with pytest.raises(KeyError):
        explain_pair(town.market, "J-1", "W-1")
    with pytest.raises(KeyError):
        explain_job(town.market, "J-9")
