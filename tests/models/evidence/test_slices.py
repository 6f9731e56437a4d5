import numpy as np
import pytest

from models.dataset import Dataset
from models.evidence.slices import season, slices

DAY = 86_400_000


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (1_772_294_399_000, "winter"),  # 2026-02-28 23:59:59 in China
        (1_772_294_400_000, "spring"),  # a second later
        (1_782_835_200_000, "summer"),
        (1_791_648_000_000, "autumn"),
    ],
)
def test_a_season_begins_with_a_month_in_china(at: int, expected: str) -> None:
    assert season(at) == expected


def test_every_kind_covers_all_offers_once(dataset: Dataset) -> None:
    covered: dict[str, np.ndarray] = {}
    for part in slices(dataset):
        covered[part.kind] = covered.get(part.kind, np.zeros(len(dataset))) + part.rows
    assert set(covered) == {"season", "station", "occupation", "worker", "employer"}
    assert all((rows == 1).all() for rows in covered.values())


def test_an_offer_without_an_occupation_is_not_lost(dataset: Dataset) -> None:
    names = {part.name for part in slices(dataset) if part.kind == "occupation"}
    assert names == {"(none)", "5-01-02-02", "4-09-08-01"}
