import numpy as np

from models.dataset import Dataset, empty, joined, split_by_time


def test_the_parts_follow_one_another_in_time(dataset: Dataset) -> None:
    split = split_by_time(dataset)
    assert split.train.times.max() < split.calibrate.times.min()
    assert split.calibrate.times.max() < split.test.times.min()
    assert len(split.train) + len(split.calibrate) + len(split.test) == len(dataset)
    assert abs(len(split.train) / len(dataset) - 0.6) < 0.01


def test_offers_of_one_moment_stay_together(dataset: Dataset) -> None:
    together = dataset.take(np.ones(len(dataset), np.bool_))
    together.times[:] = together.times // 3_600_000
    split = split_by_time(together)
    assert not set(split.train.times) & set(split.calibrate.times)
    assert not set(split.calibrate.times) & set(split.test.times)


def test_joining_brings_logs_in_order_of_time(dataset: Dataset) -> None:
    even = np.arange(len(dataset)) % 2 == 0
    whole = joined([dataset.take(~even), dataset.take(even)])
    assert (whole.times == dataset.times).all()
    assert (whole.offers == dataset.offers).all()
    assert (whole.features == dataset.features).all()


def test_nothing_can_be_split() -> None:
    assert len(split_by_time(empty()).test) == 0
