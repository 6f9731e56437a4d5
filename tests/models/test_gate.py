"""What the gate lets through, and what it says about the rest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching.features import FEATURES
from matching.scorer import Best, Features, Probabilities, RuleScorer, Scorer, Weights, best_of_all
from models.dataset import Dataset
from models.gate import Judged, judge
from models.group_audit import GroupAudit
from models.manifest import Manifest
from models.registry import Registry

DISTANCE, OVER_FLOOR, RELIABILITY = (
    FEATURES.index(name) for name in ("distance_km", "pay_over_floor", "reliability")
)


class Truth:
    """Knows the probabilities that `draw_dataset` draws from, and may bend them."""

    def __init__(self, release: str = "truth", accept: float = 0.0, complete: float = 0.0) -> None:
        self.release = release
        self._shift = accept, complete

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        rows = features.astype(float)
        likes = 1.0 - 0.1 * rows[:, DISTANCE] + 0.01 * rows[:, OVER_FLOOR]
        comes = 3.0 * rows[:, RELIABILITY] - 0.03 * rows[:, DISTANCE]
        accept, complete = (
            1 / (1 + np.exp(-(x + shift)))
            for x, shift in zip((likes, comes), self._shift, strict=True)
        )
        return accept, complete

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        return best_of_all(*self.probabilities(features), weights, count)

    def contributions(self, features: Features) -> Probabilities:
        return np.zeros(features.shape)


class Coin(Truth):
    """Scores everybody the same."""

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        return np.full(len(features), 0.5), np.full(len(features), 0.8)


def test_a_better_candidate_passes(later: Dataset) -> None:
    verdict = judge(later, Truth(), RuleScorer())
    assert verdict.passed, verdict.reasons
    assert verdict.figures["log_loss"].high < 0
    assert verdict.figures["value"].low > 0
    assert verdict.calibration["accept"] < 0.01


def test_the_same_model_is_not_worse_than_itself(later: Dataset) -> None:
    assert judge(later, Truth(), Truth()).passed


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (Coin(), "log loss of what became of the offers"),
        (Coin(), "work done among the better half"),
        (Truth(accept=1.0), "calibration error of accept"),
        (Truth(complete=-2.0), "log loss of complete"),
    ],
)
def test_a_worse_candidate_is_refused_with_reasons(
    later: Dataset, candidate: Scorer, reason: str
) -> None:
    verdict = judge(later, candidate, Truth())
    assert not verdict.passed
    assert any(said.startswith(reason) for said in verdict.reasons)


def test_too_few_later_offers_prove_nothing(later: Dataset) -> None:
    few = later.take(np.arange(len(later)) < 150)
    (reason,) = judge(few, Truth(), RuleScorer()).reasons
    assert "150 offers with a known answer" in reason
    assert "give a longer or a newer log" in reason


def test_cancellations_of_work_that_goes_on_do_not_count(later: Dataset) -> None:
    """Of work to come only the failures are known by the log's end."""
    features = later.features.copy()
    last = np.arange(len(later)) >= 3_000
    features[last, FEATURES.index("hours_to_start")] = 300
    failed = replace(later, features=features, completed=later.completed & ~last)
    assert judge(failed, Truth(), RuleScorer()).passed


def test_an_audit_may_refuse(later: Dataset) -> None:
    seen: list[Judged] = []

    def audit(judged: Judged) -> list[str]:
        seen.append(judged)
        return ["not today"]

    assert judge(later, Truth(), RuleScorer(), [audit]).reasons == ("not today",)
    assert len(seen[0].data) == len(later)


def test_a_group_that_is_promised_too_much_is_an_unfair_release(later: Dataset) -> None:
    workers = {offer: f"W{row % 2}" for row, offer in enumerate(later.offers.tolist())}
    groups = {"W0": "younger", "W1": "older"}
    audit = GroupAudit(groups, workers)
    assert judge(later, Truth(), RuleScorer(), [audit]).passed
    odd = np.arange(len(later)) % 2 == 1
    unlucky = replace(later, accepted=later.accepted & ~(odd & (np.arange(len(later)) % 4 == 1)))
    truth = Truth().probabilities(later.features)
    assert audit(Judged(unlucky, later.finished, truth, truth)) == []  # no worse than at work
    knew = unlucky.accepted.astype(np.float64)
    (reason,) = audit(Judged(unlucky, later.finished, truth, (knew, knew)))
    assert reason.startswith("group older: expected acceptance")


def test_a_trained_release_passes_beside_the_rules(
    registry: Registry, built: tuple[Manifest, dict[str, bytes]], later: Dataset, tmp_path: Path
) -> None:
    release = registry.add(*built)
    verdict = judge(later, registry.open(release), RuleScorer())
    assert verdict.figures["log_loss_accept"].high < 0
    assert (verdict.at_work, verdict.rows) == ("rules:v1", 4_000)
