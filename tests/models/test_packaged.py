"""The release that comes with the project."""

import numpy as np
import pytest

from gigmatch.settings import PACKAGED_RELEASES
from matching.features import FEATURES
from matching.scorer import RULES
from models.manifest import Manifest
from models.registry import Registry
from models.train import RISING

SMALL = 2_000_000


@pytest.fixture(scope="module")
def packaged() -> Registry:
    return Registry(PACKAGED_RELEASES)


@pytest.fixture(scope="module")
def manifest(packaged: Registry) -> Manifest:
    return packaged.manifest(packaged.newest())


def test_it_opens_here_with_the_scores_it_was_released_with(packaged: Registry) -> None:
    assert packaged.newest() != RULES
    for info in packaged.releases():
        assert packaged.open(info.release).release == info.release


def test_it_is_small() -> None:
    files = [path for path in PACKAGED_RELEASES.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < SMALL


def test_it_says_that_nobody_in_it_is_real(manifest: Manifest) -> None:
    assert "SIMULATED, no real people" in manifest.trained_on.text


def test_it_knows_more_than_the_baselines(manifest: Manifest) -> None:
    accept, complete = manifest.metrics["accept"], manifest.metrics["complete"]
    for baseline in accept.baselines.values():
        assert accept.model["log_loss"] < baseline["log_loss"]
    # Of coming a logistic regression knows as much: 0.3903 against 0.3918.
    for name, baseline in complete.baselines.items():
        assert name == "logistic" or complete.model["log_loss"] < baseline["log_loss"]


def test_its_probabilities_are_those_that_come_true(manifest: Manifest) -> None:
    assert manifest.metrics["accept"].model["ece"] < 0.02
    complete = manifest.metrics["complete"].model
    assert complete["ece"] - complete["ece_chance"] < 0.02


def test_it_says_how_its_features_looked_in_training(manifest: Manifest) -> None:
    assert tuple(feature.name for feature in manifest.reference) == FEATURES
    assert "CARD.md" in manifest.files


@pytest.mark.parametrize("name", sorted(RISING))
def test_better_terms_never_lower_a_score(
    packaged: Registry, manifest: Manifest, name: str
) -> None:
    scorer = packaged.open(packaged.newest())
    for row in manifest.golden.rows():
        rows = np.tile(row, (400, 1))
        rows[:, FEATURES.index(name)] = np.linspace(-1, 400, 400) * RISING[name]
        for probabilities in scorer.probabilities(rows):
            assert (np.diff(probabilities) >= 0).all()
