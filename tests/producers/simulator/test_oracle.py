"""The oracle is a scorer like any other, in the engine as it is, and it knows the truth."""

import numpy as np
import pytest

from events.facts import ModelPromoted
from events.outcomes import OfferMade
from gigmatch.dark import DarkTown
from matching.engine import Engine
from matching.features import FEATURES
from matching.scorer import Scorer, Weights, rules_only
from producers.simulator.calendar import DAY_MS
from producers.simulator.oracle import ORACLE, NamingPool, Oracle, Rows
from producers.simulator.simulation import TownSimulation
from tests.town import NOW

TRUTH = {("J-1", "W-1"): (0.9, 0.5), ("J-1", "W-2"): (0.2, 0.9), ("J-1", "W-3"): (0.9, 0.5)}


def oracle() -> Oracle:
    return Oracle(lambda job_id, worker_id, minutes: TRUTH[job_id, worker_id], 30)


def rows() -> Rows:
    features = np.zeros((3, len(FEATURES)), np.float32).view(Rows)
    features.pairs = list(TRUTH)
    return features


def test_it_scores_pairs_not_features() -> None:
    accept, complete = oracle().probabilities(rows())
    assert accept.tolist() == [0.9, 0.2, 0.9]
    assert complete.tolist() == [0.5, 0.9, 0.5]
    ones = np.ones(3)
    best = oracle().best(rows(), Weights(ones, ones), 1)
    assert best.rows.tolist() == [0, 2]


def test_rows_that_say_nothing_of_their_pairs_are_refused() -> None:
    for features in (np.zeros((3, len(FEATURES)), np.float32), rows()[:2], rows().copy()):
        with pytest.raises(TypeError, match="NamingPool"):
            oracle().probabilities(features)


def test_a_town_lives_by_the_truth() -> None:
    simulation = TownSimulation(3, NOW, registered=60)
    truth = Oracle(simulation.chances, 30)

    def open_scorer(release: str) -> Scorer:
        return truth if release == ORACLE else rules_only(release)

    town = DarkTown(simulation, Engine(0, 1, open_scorer, make_pool=NamingPool), NOW)
    promotion = ModelPromoted(release=ORACLE)
    happenings = [*town.publish(promotion, "p", "/test", NOW), *town.run(NOW + 2 * DAY_MS)]
    offers = [
        emission.outcome
        for happening in happenings
        for emission in happening.step.emissions
        if isinstance(emission.outcome, OfferMade)
    ]
    assert len(offers) > 10
    assert {offer.model for offer in offers} == {ORACLE}
    # Whom the clerk calls cannot answer at night: 0 is the truth.
    assert all(0 <= offer.p_accept < 1 for offer in offers)
    assert len({offer.p_accept for offer in offers}) > len(offers) / 2
