import numpy as np
import pytest

from matching.features import FEATURES
from models.calibrated import Calibrated, TrainingError
from models.dataset import Dataset, Features, Labels, split_by_time
from models.ensemble import Ensemble
from models.line import fit_line
from models.stairs import Stairs
from models.train import TOGETHER, train


def test_calibration_keeps_the_order(dataset: Dataset) -> None:
    for model in train(split_by_time(dataset)):
        raw = model.ensemble.log_odds(dataset.features)
        by_raw = model.probabilities(dataset.features)[np.argsort(raw)]
        assert model.slope > 0
        assert (np.diff(by_raw) >= 0).all()


def test_too_few_offers_are_refused_with_their_number(dataset: Dataset) -> None:
    few = split_by_time(dataset.take(np.arange(len(dataset)) < 100))
    with pytest.raises(TrainingError, match=r"training part has 60 offers .* 200 are needed"):
        train(few)


def test_answers_of_one_kind_are_refused(dataset: Dataset) -> None:
    everyone = dataset.take(dataset.accepted)
    with pytest.raises(TrainingError, match="Every acceptance of the training part is the same"):
        train(split_by_time(everyone))


def unbound(rows: Features, labels: Labels) -> Ensemble:
    """A quick learner."""
    return Stairs.of(fit_line(rows, labels, [0] * len(FEATURES), 1.0), rows)


def test_what_ranks_backwards_is_refused(dataset: Dataset) -> None:
    rows = dataset.features, dataset.accepted
    with pytest.raises(TrainingError, match="ranks backwards"):
        Calibrated.fit(unbound, rows, (dataset.features, ~dataset.accepted))


def test_the_level_is_that_of_all_that_was_learnt_from(dataset: Dataset) -> None:
    split = split_by_time(dataset)
    accept, _ = train(split)
    expected = accept.probabilities(split.learnt.features).mean()
    assert expected == pytest.approx(split.learnt.accepted.mean(), abs=1e-9)


def test_a_slope_that_few_rows_leave_open_stays_near_one(dataset: Dataset) -> None:
    rows = np.arange(len(dataset))
    earlier, later = dataset.take(rows < 400), dataset.take((rows >= 400) & (rows < 410))
    model = Calibrated.fit(
        unbound, (earlier.features, earlier.accepted), (later.features, ~later.accepted)
    )
    assert 0.0 < model.slope < 1.5


def test_only_features_of_one_group_meet_on_a_way_down(dataset: Dataset) -> None:
    groups = [{FEATURES.index(name) for name in group} for group in TOGETHER]
    met = set()
    for model in train(split_by_time(dataset)):
        for nodes in model.ensemble.tree_nodes():
            ways = [(0, frozenset[int]())]
            while ways:
                at, above = ways.pop()
                if nodes["is_leaf"][at]:
                    assert any(above <= group for group in groups), above
                    met.add(above)
                    continue
                here = above | {int(nodes["feature_idx"][at])}
                ways += [(int(nodes[side][at]), here) for side in ("left", "right")]
    assert max(map(len, met)) > 1


def test_every_feature_is_in_a_group() -> None:
    assert {name for group in TOGETHER for name in group} == set(FEATURES)
