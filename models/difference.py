"""How two releases differ: what they look at, what they learnt from, how they score."""

from typing import Any, Final

import msgspec
import numpy as np

from matching.scorer import Probabilities, Scorer
from models.forest import Forest
from models.manifest import Features, Manifest, Metrics
from models.registry import FOREST_FILE

_BEST_SHARE: Final = 0.1


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One release: its size, what it learnt from, and how good it was on its own last slice."""

    release: str
    sequence: int
    text: str
    data: str
    logs: tuple[str, ...]
    days: float
    rows: int
    bytes: int
    trees: int
    leaves: int
    metrics: dict[str, Metrics]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How the second scores rows that the first scores too: P(accept) x P(complete).

    `agreement` is the rank correlation (Spearman), `best_in_common` the share of the first's best
    tenth that is among the second's.
    """

    rows: int
    shift: float
    mean_difference: float
    largest_difference: float
    agreement: float
    best_in_common: float


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two releases side by side; `features` are those that only one of them has."""

    sides: tuple[Side, Side]
    features: tuple[str, ...]
    scores: Scores


def side(release: str, manifest: Manifest, files: dict[str, bytes]) -> Side:
    """What a release is, from its manifest and its files."""
    on, trees = manifest.trained_on, Forest.decode(files[FOREST_FILE]).trees()
    return Side(
        release=release,
        sequence=manifest.sequence,
        text=on.text,
        data=on.data,
        logs=tuple(log.sha256 for log in on.logs),
        days=on.days,
        rows=on.train_rows + on.calibrate_rows + on.test_rows,
        bytes=sum(map(len, files.values())),
        trees=len(trees),
        leaves=sum(int((nodes["left"] == nodes["right"]).sum()) for _, nodes in trees),
        metrics={target: evidence.model for target, evidence in manifest.metrics.items()},
    )


def scores(first: Scorer, second: Scorer, rows: Features) -> Scores:
    """How two releases score rows (n, F), n >= 1."""
    ours, theirs = (np.multiply(*scorer.probabilities(rows)) for scorer in (first, second))
    change = theirs - ours
    best = max(1, round(_BEST_SHARE * len(rows)))
    return Scores(
        rows=len(rows),
        shift=round(float(change.mean()), 6),
        mean_difference=round(float(np.abs(change).mean()), 6),
        largest_difference=round(float(np.abs(change).max()), 6),
        agreement=round(_agreement(ours, theirs), 6),
        best_in_common=round(len(_best(ours, best) & _best(theirs, best)) / best, 6),
    )


def golden_rows(*manifests: Manifest) -> Features:
    """The golden batches of releases as one, (n, F)."""
    return np.concatenate([manifest.golden.rows() for manifest in manifests])


def _best(values: Probabilities, count: int) -> set[int]:
    return set(np.argsort(-values, kind="stable")[:count].tolist())


def _agreement(ours: Probabilities, theirs: Probabilities) -> float:
    """Spearman's rank correlation, ties with their mean rank; 1 where one of them is constant."""
    ranks = [_ranks(values) for values in (ours, theirs)]
    if any(np.ptp(one) == 0 for one in ranks):
        return 1.0
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values: Probabilities) -> Any:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]
