import numpy as np
import pyarrow as pa

from models.dataset import Dataset, empty, joined, split_by_place, split_by_time, together


def test_the_parts_follow_one_another_in_time(dataset: Dataset) -> None:
    split = split_by_time(dataset)
    assert split.train.times.max() < split.calibrate.times.min()
    assert split.calibrate.times.max() < split.test.times.min()
    assert len(split.train) + len(split.calibrate) + len(split.test) == len(dataset)
    assert abs(len(split.train) / len(dataset) - 0.6) < 0.01


def test_offers_of_one_moment_stay_together(dataset: Dataset) -> None:
    hours = pa.array(dataset.times // 3_600_000)
    at = dataset.table.column_names.index("at")
    split = split_by_time(Dataset(dataset.table.set_column(at, "at", hours)))
    assert not set(split.train.times) & set(split.calibrate.times)
    assert not set(split.calibrate.times) & set(split.test.times)


def test_joining_brings_logs_in_order_of_time(dataset: Dataset) -> None:
    even = np.arange(len(dataset)) % 2 == 0
    whole = joined([dataset.take(~even), dataset.take(even)])
    assert (whole.times == dataset.times).all()
    assert (whole.offers == dataset.offers).all()
    assert (whole.features == dataset.features).all()


def test_logs_that_come_together_keep_their_people_apart(dataset: Dataset) -> None:
    two = together([dataset, empty(), dataset])
    assert len(set(two.people)) == 2 * len(set(dataset.people)) == 100
    assert len(set(two.jobs)) == 2 * len(set(dataset.column("job_id")))
    assert (two.times[::2] == dataset.times).all()
    three = together([two, dataset])
    assert sorted(set(three.column("log").tolist())) == [0, 1, 2]
    assert three.table.schema == dataset.table.schema
    split = split_by_time(three)
    assert set(split.learnt.people) <= set(three.people)


def test_nothing_can_be_split() -> None:
    assert len(split_by_time(empty()).test) == 0


def test_a_split_by_place_tests_later_and_elsewhere_only(dataset: Dataset) -> None:
    split = split_by_place(split_by_time(dataset), ["511181-01", "511181-02"])
    learnt = {*split.train.column("station_id"), *split.calibrate.column("station_id")}
    assert learnt == {"511181-00", "511181-03"}
    assert set(split.test.column("station_id")) == {"511181-01", "511181-02"}
    assert split.train.times.max() < split.calibrate.times.min()
    assert split.calibrate.times.max() < split.test.times.min()


def test_what_is_unknown_is_not_learnt_from(dataset: Dataset) -> None:
    nobody = pa.nulls(len(dataset), pa.bool_())
    at = dataset.table.column_names.index("accepted")
    unknown = Dataset(dataset.table.set_column(at, "accepted", nobody))
    assert len(unknown.answered()) == 0
    assert not unknown.finished.any()
    assert len(dataset.answered()) == len(dataset)
