"""Estimates about everybody who could be asked, against a market whose truth is known."""

import numpy as np
import pyarrow as pa
import pytest

from models.dataset import Dataset
from models.evidence.propensity import inverse_evidence
from tests.models.conftest import dataset_of, draw_rows

SHARE, OTHERS, TURNS = 0.2, 9, 6_000


def with_column(data: Dataset, name: str, values: list[object]) -> Dataset:
    at = data.table.column_names.index(name)
    type = data.table.schema.field(name).type
    return Dataset(data.table.set_column(at, name, pa.array(values, type)))


@pytest.fixture(scope="module")
def explored() -> tuple[Dataset, np.ndarray]:
    """Each turn has ten workers; the first says yes by 0.9, the others by 0.3 on average."""
    random = np.random.default_rng(3)
    by_lot = random.random(TURNS) < SHARE
    chance = np.where(by_lot, random.choice([0.1, 0.5], TURNS), 0.9)
    nothing = np.zeros(TURNS, np.bool_)
    data = dataset_of(
        draw_rows(TURNS, 1),
        random.random(TURNS) < chance,
        nothing,
        nothing,
        1_800_000_000_000 + np.arange(TURNS),
    )
    data = with_column(data, "via", ["exploration" if lot else "ranking" for lot in by_lot])
    propensity = [SHARE / OTHERS if lot else 1 - SHARE for lot in by_lot]
    return with_column(data, "propensity", list(propensity)), chance


def test_the_lot_tells_what_the_ranking_is_worth(
    explored: tuple[Dataset, np.ndarray],
) -> None:
    data, _ = explored
    found = inverse_evidence(data, {}, 100, 0)
    assert found is not None
    assert found.by_rank.low < 0.9 < found.by_rank.high
    assert found.by_lot.low < 0.3 < found.by_lot.high
    assert found.lift is not None
    assert found.lift.low < 3.0 < found.lift.high
    assert found.turns == TURNS


def test_weighed_answers_stand_for_all_who_could_be_asked(
    explored: tuple[Dataset, np.ndarray],
) -> None:
    """A guess of 0.36 is right on average over all ten, and wrong over those who were asked."""
    data, chance = explored
    truth = (0.9 + OTHERS * 0.3) / (1 + OTHERS)
    models = {"average": np.full(TURNS, truth), "right": chance}
    found = inverse_evidence(data, models, 100, 0)
    assert found is not None
    bias = found.models["average"]["bias"]
    assert bias.low < 0.0 < bias.high
    assert abs(truth - data.accepted.mean()) > 0.3
    assert found.models["right"]["log_loss"].value < found.models["average"]["log_loss"].value
    assert found.effective < found.turns / 2


def test_without_a_lot_nothing_is_claimed(dataset: Dataset) -> None:
    assert inverse_evidence(dataset, {}, 20, 0) is None
