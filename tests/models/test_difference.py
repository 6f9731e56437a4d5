import msgspec
import numpy as np
import pytest

from matching.scorer import RuleScorer
from models.difference import golden_rows, scores, side
from models.forest import Forest
from models.manifest import Manifest
from models.registry import FOREST_FILE, Registry
from tests.models.conftest import Draw
from tests.models.test_gate import Coin, Truth

Built = tuple[Manifest, dict[str, bytes]]


def test_a_release_does_not_differ_from_itself(draw: Draw) -> None:
    found = scores(Truth(), Truth(), draw(500, 1))
    assert (found.shift, found.mean_difference, found.largest_difference) == (0, 0, 0)
    assert (found.agreement, found.best_in_common) == (1, 1)


def test_a_bent_release_has_shifted_and_orders_nearly_alike(draw: Draw) -> None:
    found = scores(Truth(), Truth(accept=1.0), draw(500, 1))
    assert found.shift == found.mean_difference > 0.05
    assert found.agreement > 0.9


def test_against_a_coin_order_says_nothing(draw: Draw) -> None:
    assert scores(Truth(), Coin(), draw(500, 1)).agreement == 1.0
    assert scores(Truth(), RuleScorer(), draw(500, 1)).agreement < 0.9


def test_a_side_tells_size_data_and_figures(registry: Registry, built: Built) -> None:
    release = registry.add(*built)
    manifest, files = registry.manifest(release), registry.files(release)
    found = side(release, manifest, files)
    trees = Forest.decode(files[FOREST_FILE]).trees()
    assert found.trees == len(trees)
    assert found.leaves == sum((len(nodes) + 1) // 2 for _, nodes in trees)
    assert found.bytes == sum(map(len, files.values()))
    assert found.data == manifest.trained_on.data
    assert found.rows == 6_000
    assert found.metrics["accept"] == manifest.metrics["accept"].model


def test_golden_rows_of_both_are_taken(built: Built) -> None:
    manifest, _ = built
    twice = golden_rows(manifest, msgspec.structs.replace(manifest, sequence=7))
    assert np.array_equal(twice[:24], manifest.golden.rows(), equal_nan=True)
    assert twice.shape[0] == 48


def test_ranks_of_ties_are_their_mean(draw: Draw) -> None:
    rows = np.repeat(draw(50, 1), 2, axis=0)
    assert scores(Truth(), Truth(accept=0.5), rows).agreement == pytest.approx(
        scores(Truth(), Truth(accept=0.5), draw(50, 1)).agreement, abs=1e-3
    )
