from pathlib import Path

import numpy as np
import pytest

from matching.scorer import RuleScorer, rules_only
from models.calibrated import TrainingError
from models.dataset import Dataset, split_by_place, split_by_time
from models.evidence.judge import MODEL, Judgement, judge
from models.evidence.propensity import inverse_evidence
from models.metrics import metrics
from models.registry import Registry
from models.sources import read_all


@pytest.fixture(scope="module")
def judgement(dataset: Dataset) -> Judgement:
    return judge(dataset, RuleScorer(), replicates=30, seed=0)


def test_only_the_last_fifth_is_judged(dataset: Dataset, judgement: Judgement) -> None:
    test = split_by_time(dataset).test
    assert judgement.judged_offers == len(test) == len(dataset) // 5
    assert (judgement.first, judgement.last) == (test.times[0], test.times[-1])
    assert judgement.targets["complete"].rows == test.finished.sum() < len(test)


def test_figures_are_those_of_the_plain_metrics(dataset: Dataset, judgement: Judgement) -> None:
    test = split_by_time(dataset).test
    p, _ = RuleScorer().probabilities(test.features)
    expected = metrics(test.accepted, p)
    found = judgement.targets["accept"].models[MODEL]
    del expected["ece_chance"]  # an interval says more
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=2e-5)
    assert found["auc"].low < found["auc"].value < found["auc"].high


def test_the_rules_as_a_release_and_as_a_baseline_are_one(judgement: Judgement) -> None:
    for target in judgement.targets.values():
        assert target.models[MODEL] == target.models["rules"]
    assert judgement.order[MODEL] == judgement.order["rules"]


def test_a_trained_release_beats_the_rules(
    dataset: Dataset, registry: Registry, release: str
) -> None:
    found = judge(dataset, registry.open(release), replicates=30, seed=0)
    models = found.targets["accept"].models
    assert models[MODEL]["log_loss"].high < models["rules"]["log_loss"].low
    assert found.order[MODEL]["ndcg_at_10"].value > found.order["constant"]["ndcg_at_10"].value


def test_the_curve_has_all_rows_once(judgement: Judgement) -> None:
    for evidence in judgement.targets.values():
        assert sum(point.rows for point in evidence.curve) == evidence.rows
        expected = [point.expected for point in evidence.curve]
        assert expected == sorted(expected)


def test_a_part_with_too_few_rows_has_no_figures(judgement: Judgement) -> None:
    new = next(part for part in judgement.slices if part.name.startswith("new"))
    assert new.offers < 100
    assert (new.targets, new.order) == ({}, {})
    assert any(part.targets for part in judgement.slices)


def test_other_places_are_judged_on_stations_that_were_left_out(judgement: Judgement) -> None:
    held = [station for place in judgement.places for station in place.stations]
    assert sorted(held) == [f"511181-0{number}" for number in range(4)]
    for place in judgement.places:
        assert place.model["log_loss"].value < place.constant["log_loss"].value


def test_the_constant_of_other_places_knows_what_the_recipe_learnt_from(
    dataset: Dataset, judgement: Judgement
) -> None:
    for place in judgement.places:
        parts = split_by_place(split_by_time(dataset), place.stations)
        rate, truth = parts.learnt.accepted.mean(), parts.test.accepted.mean()
        assert abs(rate - parts.train.accepted.mean()) > 1e-4
        assert place.constant["bias"].value == pytest.approx(rate - truth, abs=2e-5)


def test_the_same_seed_gives_the_same_judgement(dataset: Dataset, judgement: Judgement) -> None:
    assert judge(dataset, RuleScorer(), replicates=30, seed=0) == judgement
    assert judge(dataset, RuleScorer(), replicates=30, seed=1) != judgement


def test_too_little_to_judge_is_said(dataset: Dataset) -> None:
    few = dataset.take(np.arange(len(dataset)) < 60)
    with pytest.raises(TrainingError, match=r"hold \d+ with a known answer to .* Give longer logs"):
        judge(few, RuleScorer(), replicates=30, seed=0)


def test_offers_by_lot_are_told_apart(log: Path) -> None:
    data = read_all([log], 1, rules_only)[0].answered()
    p, _ = RuleScorer().probabilities(data.features)
    inverse = inverse_evidence(data, {"rules": p}, 30, 0)
    assert inverse is not None
    by_lot = data.column("via") == "exploration"
    assert 0 < inverse.by_lot_offers == by_lot.sum() < inverse.turns < len(data)
    assert inverse.models["rules"]["log_loss"].low < inverse.models["rules"]["log_loss"].high
