"""A trained model as plain arrays in one file, named by its sha256 and refused when it is not that.

Weights are whole numbers, and so are the features: scores are sums of products of integers, the
same on any machine.
"""

import hashlib
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from events.phrases import translated
from gigmatch.errors import SaidError, in_each_language
from models.occupations.grams import grams

RELEASE: Final = Path(__file__).parent / "release"
SUFFIX: Final = ".msgpack"
SHORT_LIST: Final = 5

Doubles = NDArray[np.float64]


class OccupationModelError(SaidError):
    """The model is not there, or not what its name says."""


class Ranked(NamedTuple):
    """The best classes of a title, best first, and how sure the first one is (0 to 1)."""

    classes: list[int]
    confidence: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What cross-validation said at training: shares of titles, each judged without its group."""

    titles: int
    groups: int
    top1: float
    top5: float
    answered: float
    answered_right: float


class Model(msgspec.Struct, frozen=True, kw_only=True, dict=True, forbid_unknown_fields=True):
    """Sparse weights, run by run: those of `runs[i]` are `starts[i]` to `starts[i + 1]`.

    `rarity` (uint8) weighs the runs in a title, `unknown` any other run; `starts` is uint32,
    `classes` uint16, `weights` int8, all little-endian. A score is a sum of rarity x weight x
    `scale`, over the length of the title's vector of all its runs. `raw` and `confidences` are the
    knots of the calibration; below `threshold` of confidence the answer is a short list.
    """

    trained_on: str
    runs: tuple[str, ...]
    rarity: bytes
    unknown: int
    starts: bytes
    classes: bytes
    weights: bytes
    scale: float
    codes: tuple[str, ...]
    names: tuple[str, ...]
    raw: tuple[float, ...]
    confidences: tuple[float, ...]
    threshold: float
    figures: Figures

    @cached_property
    def index(self) -> dict[str, int]:
        """Each run's place."""
        return {run: place for place, run in enumerate(self.runs)}

    @cached_property
    def arrays(self) -> tuple[NDArray[np.int64], ...]:
        """`rarity`, `starts`, `classes` and `weights`."""
        kinds = ("u1", "<u4", "<u2", "i1")
        parts = (self.rarity, self.starts, self.classes, self.weights)
        return tuple(
            np.frombuffer(part, kind).astype(np.int64)
            for part, kind in zip(parts, kinds, strict=True)
        )

    def scores(self, title: str) -> Doubles:
        """One for each class; all zero when nothing of the title is known."""
        rarity, starts, classes, weights = self.arrays
        runs = grams(title)
        known = [self.index[run] for run in runs if run in self.index]
        if not known:
            return np.zeros(len(self.codes))
        spans = [slice(starts[run], starts[run + 1]) for run in known]
        sums = np.bincount(
            np.concatenate([classes[span] for span in spans]),
            np.concatenate(
                [rarity[run] * weights[span] for run, span in zip(known, spans, strict=True)]
            ),
            minlength=len(self.codes),
        )
        length = np.sqrt(np.sum(rarity[known] ** 2) + (len(runs) - len(known)) * self.unknown**2)
        return np.asarray(sums * (self.scale / length))

    def rank(self, title: str) -> Ranked:
        """The best classes that anything in the title speaks for, at most five."""
        scores = self.scores(title)
        best = [int(c) for c in np.argsort(-scores, kind="stable")[:SHORT_LIST] if scores[c] > 0]
        if not best:
            return Ranked([], 0.0)
        second = scores[best[1]] if len(best) > 1 else 0.0
        return Ranked(best, self.confidence(raw_confidence(scores[best[0]], second)))

    def confidence(self, raw: float) -> float:
        """How often such an answer was right in cross-validation."""
        return round(float(np.interp(raw, self.raw, self.confidences)), 3)

    def encode(self) -> bytes:
        """The file's bytes."""
        return msgspec.msgpack.encode(self)


def raw_confidence(first: float, second: float) -> float:
    """High when the best score is high and far from the second; not yet a probability."""
    return round(float(2 * first - second), 3)


def save(model: Model, folder: Path = RELEASE) -> Path:
    """Write a model under its hash; the one that was there goes."""
    content = model.encode()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"*{SUFFIX}"):
        old.unlink()
    path = folder / f"{hashlib.sha256(content).hexdigest()}{SUFFIX}"
    path.write_bytes(content)
    return path


def load(folder: Path = RELEASE) -> Model:
    """The model of a folder. Raises OccupationModelError."""
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if len(found) != 1:
        raise _error("number", folder=folder, n=len(found))
    content = found[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != found[0].stem:
        raise _error("changed", file=found[0])
    try:
        model = msgspec.msgpack.decode(content, type=Model)
    except msgspec.DecodeError as error:
        raise _error("unreadable", file=found[0], why=translated(str(error))) from None
    if not _fits(model):
        raise _error("misfit", file=found[0])
    return model


def _error(what: str, **details: object) -> OccupationModelError:
    again = in_each_language("occupation.again")
    return OccupationModelError(f"occupation.{what}", again=again, **details)


def _fits(model: Model) -> bool:
    try:
        rarity, starts, classes, weights = model.arrays
    except ValueError:
        return False
    runs = len(model.runs)
    return (
        len(rarity) == runs
        and len(starts) == runs + 1
        and bool(starts[0] == 0)
        and all(a <= b for a, b in pairwise(starts.tolist()))
        and bool(starts[-1] == len(classes) == len(weights))
        and bool(classes.max(initial=-1) < len(model.codes))
        and len(model.codes) == len(model.names)
        and len(model.raw) == len(model.confidences) > 0
    )
