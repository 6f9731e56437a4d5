import numpy as np
import pytest

from models.calibrated import Calibrated, TrainingError
from models.dataset import Dataset, split_by_time
from models.train import train


def test_calibration_keeps_the_order_of_the_trees(dataset: Dataset) -> None:
    for model in train(split_by_time(dataset)):
        raw = model.trees.decision_function(dataset.features)
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


def test_trees_that_rank_backwards_are_refused(dataset: Dataset) -> None:
    accept, _ = train(split_by_time(dataset))
    with pytest.raises(TrainingError, match="rank backwards"):
        Calibrated.fit(accept.trees, dataset.features, ~dataset.accepted)
