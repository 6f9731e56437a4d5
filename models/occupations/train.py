"""`python -m models.occupations.train`: the model from the labelled titles, and its calibration.

The same data gives the same bytes: nothing is drawn by chance, and weights, rarities and knots are
rounded far above what two machines' arithmetic differs by.
"""

import argparse
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.isotonic import IsotonicRegression

from models.occupations.cleaning import clean
from models.occupations.corpus import Labelled, classification, names, station_words, titles
from models.occupations.grams import grams
from models.occupations.model import (
    RELEASE,
    SHORT_LIST,
    Figures,
    Model,
    raw_confidence,
    save,
)
from models.occupations.ridge import Doubles, Ridge

PENALTY: Final = 1.0
NAME_WEIGHT: Final = 0.5
"""A name of the classification counts half as much as a title somebody typed."""
LEAST_TEXTS: Final = 2
"""A run that fewer texts have is no feature."""
WANTED_RIGHT: Final = 0.85
"""Answers given without a short list are to be right this often, in cross-validation.

About as often as two labels of one title agree: more than that cannot be told from these labels.
"""
_PARTS: Final = 25
_RARITY_STEPS: Final = 16
_LARGEST: Final = 127

Bools = NDArray[np.bool_]


def train(
    labelled: Sequence[Labelled], named: Sequence[Labelled], words: Sequence[Labelled] = ()
) -> Model:
    """A model of titles with their codes, the classification's own names, and stations' words.

    It is judged by the titles only.
    """
    texts = [*labelled, *words, *named]
    entries = classification()
    place = {entry.code: number for number, entry in enumerate(entries)}
    classes = np.array([place[text.code] for text in texts])
    runs_of = [grams(text.text) for text in texts]
    rarity = rarities(runs_of)
    counts = np.full(len(texts), NAME_WEIGHT)
    counts[: len(labelled) + len(words)] = 1.0
    unknown = _rarity(0, len(texts))
    ridge = Ridge(_rows(runs_of, rarity, unknown), classes, counts, PENALTY)
    raw, right, listed = _left_out(ridge, labelled, classes)
    knots, confidences = _calibrated(raw, right)
    sure = np.interp(raw, knots, confidences).round(3)
    threshold = _threshold(sure, right)
    answered = sure >= threshold
    starts, where, weights, scale = _sparse(ridge.weights())
    return Model(
        trained_on=_fingerprint(texts),
        runs=tuple(rarity),
        rarity=np.array(list(rarity.values()), "u1").tobytes(),
        unknown=unknown,
        starts=starts.astype("<u4").tobytes(),
        classes=where.astype("<u2").tobytes(),
        weights=weights.astype("i1").tobytes(),
        scale=scale,
        codes=tuple(entry.code for entry in entries),
        names=tuple(entry.name for entry in entries),
        raw=tuple(knots.tolist()),
        confidences=tuple(confidences.tolist()),
        threshold=threshold,
        figures=Figures(
            titles=len(labelled),
            groups=len(groups(labelled)),
            top1=_share(right),
            top5=_share(listed),
            answered=_share(answered),
            answered_right=_share(right[answered]),
        ),
    )


def groups(labelled: Iterable[Labelled]) -> list[list[int]]:
    """Places of titles that are one after cleaning: they never judge one another."""
    found: dict[str, list[int]] = {}
    for number, text in enumerate(labelled):
        found.setdefault(same(text.text), []).append(number)
    return list(found.values())


def same(title: str) -> str:
    """Equal for two titles that differ only in noise, spaces or punctuation."""
    return clean(title).replace(" ", "")


def rarities(runs_of: Sequence[Sequence[str]]) -> dict[str, int]:
    """How much each run counts in a title: 16 (1 + ln((1 + texts) / (1 + texts with it)))."""
    texts_with = Counter(run for runs in runs_of for run in runs)
    return {
        run: _rarity(count, len(runs_of))
        for run, count in sorted(texts_with.items())
        if count >= LEAST_TEXTS
    }


def _rarity(texts_with: int, texts: int) -> int:
    return round(_RARITY_STEPS * (1 + math.log((1 + texts) / (1 + texts_with))))


def _rows(runs_of: Sequence[Sequence[str]], rarity: dict[str, int], unknown: int) -> csr_array:
    """Texts x runs. A text has unit length with the runs that are no features, less without."""
    place = {run: number for number, run in enumerate(rarity)}
    starts, columns, values = [0], [], []
    for runs in runs_of:
        known = [run for run in runs if run in rarity]
        length = math.sqrt(sum(rarity.get(run, unknown) ** 2 for run in runs)) or 1.0
        columns += [place[run] for run in known]
        values += [rarity[run] / length for run in known]
        starts.append(len(columns))
    return csr_array((values, columns, starts), shape=(len(runs_of), len(rarity)))


def _left_out(
    ridge: Ridge, labelled: Sequence[Labelled], classes: NDArray[np.int64]
) -> tuple[Doubles, Bools, Bools]:
    """For each title, without its group: raw confidence, whether first, whether listed."""
    raw = np.empty(len(labelled))
    right, listed = np.empty(len(labelled), bool), np.empty(len(labelled), bool)
    for group in groups(labelled):
        for number, scores in zip(group, ridge.without(group), strict=True):
            best = np.argsort(-scores.round(9), kind="stable")[:SHORT_LIST]
            raw[number] = raw_confidence(scores[best[0]], scores[best[1]])
            right[number] = best[0] == classes[number]
            listed[number] = classes[number] in best
    return raw, right, listed


def _calibrated(raw: Doubles, right: Bools) -> tuple[Doubles, Doubles]:
    """Knots of a rising line through raw confidence and how often it was right, by equal parts."""
    order = np.argsort(raw, kind="stable")
    parts = np.array_split(order, min(_PARTS, len(order)))
    middles = np.array([raw[part].mean() for part in parts])
    shares = np.array([right[part].mean() for part in parts])
    rising = IsotonicRegression().fit_transform(middles, shares)
    return middles.round(3), np.asarray(rising).round(3)


def _threshold(sure: Doubles, right: Bools) -> float:
    """The least confidence from which on answers are right often enough; 1 when none is."""
    for least in np.unique(sure):
        if right[sure >= least].mean() >= WANTED_RIGHT:
            return float(least)
    return 1.0


def _sparse(
    weights: Doubles,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], float]:
    """Starts, classes and whole-number weights, run by run, and what one step of them is worth."""
    scale = round(float(np.abs(weights).max()), 6) / _LARGEST
    whole = np.clip((weights / scale).round(), -_LARGEST, _LARGEST).astype(np.int64)
    rows, columns = np.nonzero(whole)
    starts = np.searchsorted(rows, np.arange(len(whole) + 1))
    return starts, columns, whole[rows, columns], scale


def _share(those: Bools) -> float:
    return round(float(those.mean()), 4) if those.size else 0.0


def _fingerprint(texts: Iterable[Labelled]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{text.text}\t{text.code}\n".encode())
    return digest.hexdigest()


def main() -> None:
    """Train on everything that may be trained on, and write the model."""
    parser = argparse.ArgumentParser(prog="python -m models.occupations.train")
    parser.add_argument("--out", type=Path, default=RELEASE, help="folder of the model")
    folder = parser.parse_args().out
    model = train(titles(), names(), station_words())
    print(f"{save(model, folder).stem}: {model.figures}")


if __name__ == "__main__":
    main()
