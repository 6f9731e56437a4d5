"""From a data set to a release: train, export, prove the export, measure, describe."""

import hashlib
from importlib.metadata import version
from typing import Final

import msgspec
import numpy as np

from matching.features import FEATURES
from models.baselines import TARGETS, Probabilities, Target, baselines, judged, labels
from models.calibrated import Calibrated, TrainingError
from models.card import card
from models.dataset import Dataset, Split, split_by_time
from models.forest import Forest
from models.forest_export import forest_of
from models.manifest import (
    SCHEMA,
    Evidence,
    Features,
    LogSource,
    Manifest,
    TrainedOn,
    golden,
)
from models.metrics import metrics
from models.onnx_export import to_onnx
from models.onnx_scorer import OnnxScorer
from models.reference import reference_of
from models.registry import CARD_FILE, FOREST_FILE, MODEL_FILE
from models.train import RISING, train

EXPORT_TOLERANCE: Final = 1e-5
"""Most that a probability of the graph may differ from that of the learners' own code."""
PROBE_ROWS: Final = 10_000
GOLDEN_ROWS: Final = 24
DAY_MS: Final = 86_400_000

_LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn")


Files = dict[str, bytes]


def build(data: Dataset, logs: tuple[LogSource, ...], text: str) -> tuple[Manifest, Files]:
    """A candidate of a data set: its manifest (sequence 0) and its files by name.

    Raises TrainingError when the data does not suffice or the exported graph is not the model.
    """
    data = data.answered()
    split = split_by_time(data)
    accept, complete = train(split)
    forest = forest_of(accept, complete)
    files = exported(forest)
    scorer = OnnxScorer("", files[MODEL_FILE], forest)
    probed = probes(data.features)
    _prove(scorer, accept, complete, probed)
    prove_promises(scorer, probed)
    found = evidence(scorer, split)
    rows = _golden_rows(split.test.features)
    manifest = Manifest(
        schema=SCHEMA,
        sequence=0,
        features=FEATURES,
        files={},
        trained_on=_trained_on(data, split, logs, text),
        metrics=found,
        versions={name: version(name) for name in _LIBRARIES},
        golden=golden(rows, *scorer.probabilities(rows)),
        reference=reference_of(split.learnt.features),
    )
    files[CARD_FILE] = card(manifest).encode()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return msgspec.structs.replace(manifest, files=hashes), files


def fingerprint(data: Dataset) -> str:
    """The sha256 of what is learnt from: equal for equal data, whatever files it came from."""
    digest = hashlib.sha256()
    for name in ("offers", "times", "features", "accepted", "completed", "finished"):
        column = np.ascontiguousarray(getattr(data, name))
        digest.update(f"{name} {column.dtype.str} {column.shape}\n".encode())
        digest.update(column.tobytes())
    return digest.hexdigest()


def exported(forest: Forest) -> Files:
    """The model files of a forest: for the kernel, and for anything that reads ONNX."""
    return {FOREST_FILE: forest.encode(), MODEL_FILE: to_onnx(forest, len(FEATURES))}


def probes(features: Features) -> Features:
    """Rows that no log holds: every column drawn by itself, some values missing. Fixed seed."""
    random = np.random.default_rng(0)
    rows = np.empty((PROBE_ROWS, features.shape[1]), np.float32)
    for column in range(features.shape[1]):
        rows[:, column] = random.choice(features[:, column], PROBE_ROWS)
    rows[random.random(rows.shape) < 0.02] = np.nan
    return rows


def evidence(scorer: OnnxScorer, split: Split) -> dict[str, Evidence]:
    """How both models do on the last slice of time."""
    guesses = dict(zip(TARGETS, scorer.probabilities(split.test.features), strict=True))
    if not split.test.finished.any():
        raise TrainingError("nothing_finished")
    return {target: _evidence(target, guess, split) for target, guess in guesses.items()}


def _evidence(target: Target, guess: Probabilities, split: Split) -> Evidence:
    test = judged(target, split.test)
    truth = labels(target, test)
    rows = split.test.known if target == "accept" else split.test.finished
    others = baselines(target, judged(target, split.learnt))
    return Evidence(
        rows=len(test),
        base_rate=round(float(truth.mean()), 5),
        model=metrics(truth, guess[rows]),
        baselines={name: metrics(truth, predict(test)) for name, predict in others.items()},
    )


def _prove(scorer: OnnxScorer, accept: Calibrated, complete: Calibrated, rows: Features) -> None:
    exported = scorer.probabilities(rows)
    for target, ours, model in zip(TARGETS, exported, (accept, complete), strict=True):
        worst = float(np.abs(ours - model.probabilities(rows)).max())
        if worst > EXPORT_TOLERANCE:
            raise TrainingError("export_differs", target=target, worst=f"{worst:.1e}")


def prove_promises(scorer: OnnxScorer, rows: Features) -> None:
    """Raise TrainingError when better terms or a better record lower a probability of rows."""
    before = scorer.probabilities(rows)
    for name, sign in RISING.items():
        better = rows.copy()
        column = better[:, FEATURES.index(name)]
        column[:] = sign * np.maximum(sign * column, sign * column[::-1])
        comparable = ~np.isnan(column)
        for target, was, now in zip(TARGETS, before, scorer.probabilities(better), strict=True):
            if (now < was)[comparable].any():
                raise TrainingError("promise_broken", target=target, feature=name)


def _golden_rows(features: Features) -> Features:
    """Real rows spread over the test part, one of them with nothing known."""
    rows = _spread(features, GOLDEN_ROWS)
    rows[-1] = np.nan
    return rows


def _spread(features: Features, count: int) -> Features:
    picks = np.linspace(0, len(features) - 1, min(count, len(features))).astype(int)
    rows: Features = features[picks]
    return rows


def _trained_on(data: Dataset, split: Split, logs: tuple[LogSource, ...], text: str) -> TrainedOn:
    return TrainedOn(
        text=text,
        logs=logs,
        days=round(sum(log.last - log.first for log in logs) / DAY_MS, 2),
        train_rows=len(split.train),
        calibrate_rows=len(split.calibrate),
        test_rows=len(split.test),
        data=fingerprint(data),
        tested_from=int(split.test.times[0]),
    )
