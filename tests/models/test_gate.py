"""What the gate lets through, and what it says about the rest."""

from pathlib import Path

import numpy as np
import pytest

from matching.features import FEATURES
from matching.scorer import Best, Features, Probabilities, RuleScorer, Scorer, Weights, best_of_all
from models.dataset import Dataset
from models.gate import Judged, Reason, judge
from models.group_audit import GroupAudit
from models.manifest import Manifest
from models.registry import Registry
from tests.models.conftest import dataset_of

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
    assert any(said["en"].startswith(reason) for said in verdict.reasons)


def test_too_few_later_offers_prove_nothing(later: Dataset) -> None:
    few = later.take(np.arange(len(later)) < 150)
    (reason,) = judge(few, Truth(), RuleScorer()).reasons
    assert "150 offers with a known answer" in reason["en"]
    assert "give a longer or a newer log" in reason["en"]
    assert "邀约有 150 条" in reason["zh-CN"]


def test_an_audit_may_refuse(later: Dataset) -> None:
    seen: list[Judged] = []

    no = {"zh-CN": "今天不行", "en": "not today"}

    def audit(judged: Judged) -> list[Reason]:
        seen.append(judged)
        return [no]

    assert judge(later, Truth(), RuleScorer(), [audit]).reasons == (no,)
    assert len(seen[0].data) == len(later)


def test_a_group_that_is_promised_too_much_is_an_unfair_release(later: Dataset) -> None:
    audit = GroupAudit({f"W-{n}": ("younger", "older")[n % 2] for n in range(50)})
    assert judge(later, Truth(), RuleScorer(), [audit]).passed
    accepted = later.accepted & (np.arange(len(later)) % 4 != 1)
    unlucky = dataset_of(later.features, accepted, later.completed, later.finished, later.times)
    truth = Truth().probabilities(later.features)
    assert audit(Judged(unlucky, truth, truth)) == []  # no worse than the release at work
    knew = accepted.astype(np.float64)
    (reason,) = audit(Judged(unlucky, truth, (knew, knew)))
    assert reason["en"].startswith("group older: expected acceptance")
    assert reason["zh-CN"].startswith("older 组：预计应邀")


def test_an_audit_that_has_looked_at_nobody_does_not_pass(later: Dataset) -> None:
    """As when a spreadsheet has taken the zeros from the ids."""
    verdict = judge(later, Truth(), RuleScorer(), [GroupAudit({"1": "older", "2": "younger"})])
    (reason,) = verdict.reasons
    assert reason["en"].startswith("no group has 200 offers")


def test_a_trained_release_passes_beside_the_rules(
    registry: Registry, built: tuple[Manifest, dict[str, bytes]], later: Dataset, tmp_path: Path
) -> None:
    release = registry.add(*built)
    verdict = judge(later, registry.open(release), RuleScorer())
    assert verdict.figures["log_loss_accept"].high < 0
    assert (verdict.at_work, verdict.rows) == ("rules:v1", len(later))
