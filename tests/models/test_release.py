import msgspec
import numpy as np
import pyarrow as pa
import pytest

from matching.features import FEATURES
from models import manifest as manifests
from models.calibrated import TrainingError
from models.dataset import Dataset
from models.forest import Forest
from models.manifest import Manifest
from models.onnx_scorer import OnnxScorer
from models.registry import FOREST_FILE, MODEL_FILE
from models.release import build, exported, probes, prove_promises

Built = tuple[Manifest, dict[str, bytes]]


def test_the_same_data_gives_the_same_release(dataset: Dataset, built: Built) -> None:
    manifest, files = build(dataset, built[0].trained_on.logs, built[0].trained_on.text)
    assert manifests.encode(manifest) == manifests.encode(built[0])
    assert files == built[1]


def test_a_release_knows_more_than_the_baselines(built: Built) -> None:
    """But not than a logistic regression: these made-up people decide by one."""
    for evidence in built[0].metrics.values():
        others = {"constant", "distance", "pay", "rules", "popularity"}
        assert set(evidence.baselines) == {*others, "logistic"}
        for name in others:
            assert evidence.model["log_loss"] < evidence.baselines[name]["log_loss"], name


def test_a_release_says_what_it_was_trained_on(dataset: Dataset, built: Built) -> None:
    trained_on = built[0].trained_on
    rows = trained_on.train_rows, trained_on.calibrate_rows, trained_on.test_rows
    assert sum(rows) == len(dataset)
    assert trained_on.days == pytest.approx(len(dataset) / 1440, abs=0.01)
    assert trained_on.text == "made-up rows of the tests"


def test_no_protected_attribute_is_a_feature() -> None:
    protected = ("sex", "gender", "age", "birth", "ethnic", "religion", "disab", "hukou")
    assert not [name for name in FEATURES if name.startswith(protected)]


def test_work_that_never_ends_is_refused(dataset: Dataset) -> None:
    at = dataset.table.column_names.index("completed")
    is_late = np.arange(len(dataset)) >= len(dataset) - 1_500
    unknown = pa.array(dataset.completed, mask=~dataset.finished | is_late)
    late = Dataset(dataset.table.set_column(at, "completed", unknown))
    with pytest.raises(TrainingError, match="no finished work"):
        build(late, (), "nothing finished")


def test_a_forest_that_breaks_a_promise_is_refused(dataset: Dataset, built: Built) -> None:
    sound = Forest.decode(built[1][FOREST_FILE])
    rows = probes(dataset.features)
    prove_promises(OnnxScorer("", built[1][MODEL_FILE], sound), rows)
    values = np.frombuffer(sound.value, np.int32)
    broken = msgspec.structs.replace(sound, value=(-values).tobytes())
    with pytest.raises(TrainingError, match=r"a better .* lowers a probability"):
        prove_promises(OnnxScorer("", exported(broken)[MODEL_FILE], broken), rows)
