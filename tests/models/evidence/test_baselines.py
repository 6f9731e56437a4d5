import numpy as np
import pyarrow as pa
import pytest

from models.baselines import TARGETS, Target, baselines, judged, labels
from models.dataset import Dataset, empty, split_by_time, together
from models.decisions import FEATURE_COLUMNS
from models.metrics import metrics


@pytest.mark.parametrize("target", TARGETS)
def test_every_baseline_gives_probabilities(dataset: Dataset, target: Target) -> None:
    split = split_by_time(dataset)
    for name, predict in baselines(target, judged(target, split.train)).items():
        p = predict(split.test)
        assert p.shape == (len(split.test),), name
        assert ((p >= 0) & (p <= 1)).all(), name


def test_who_looks_at_more_guesses_better(dataset: Dataset) -> None:
    split = split_by_time(dataset)
    predictors = baselines("accept", split.train)
    loss = {
        name: metrics(labels("accept", split.test), predict(split.test))["log_loss"]
        for name, predict in predictors.items()
    }
    assert loss["logistic"] < loss["distance"] < loss["constant"]


def test_a_missing_value_is_an_average_one(dataset: Dataset) -> None:
    nothing = np.full(len(dataset), np.nan, np.float32)
    table = dataset.table
    for name in FEATURE_COLUMNS:
        table = table.set_column(table.column_names.index(name), name, pa.array(nothing))
    for name, predict in baselines("accept", dataset).items():
        p = predict(Dataset(table))
        assert np.isfinite(p).all(), name


def test_a_worker_never_seen_is_an_average_one(dataset: Dataset) -> None:
    at = dataset.table.column_names.index("worker_id")
    strangers = pa.array([f"new-{n}" for n in range(len(dataset))])
    popularity = baselines("accept", dataset)["popularity"]
    p = popularity(Dataset(dataset.table.set_column(at, "worker_id", strangers)))
    assert p == pytest.approx(np.full(len(dataset), dataset.accepted.mean()))


def test_who_has_the_same_id_in_another_log_is_somebody_else(dataset: Dataset) -> None:
    """Every simulated town has a W-00001."""
    willing, unwilling = dataset.take(dataset.accepted), dataset.take(~dataset.accepted)
    assert set(willing.column("worker_id")) == set(unwilling.column("worker_id"))
    both = together([willing, unwilling])
    p = baselines("accept", both)["popularity"](both)
    of_first = both.column("log") == 0
    assert p[of_first].min() > p[~of_first].max()


def test_nobody_is_guessed_about_nobody(dataset: Dataset) -> None:
    for predict in baselines("accept", dataset).values():
        assert len(predict(empty())) == 0
