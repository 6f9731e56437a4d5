"""What the model learns from: every answered offer of a log, with the features it was made on.

The log is replayed through the engine that serves, so the features are those of that moment, bit
for bit. The labels come from what followed in the same log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES

Features = NDArray[np.float32]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Dataset:
    """Offers with a known answer, in order of time; all arrays have one row an offer.

    `completed` means something only where `finished`: the offer was accepted and the log tells
    whether the work was done. `times` are UTC milliseconds of the offers.
    """

    features: Features
    accepted: Labels
    completed: Labels
    finished: Labels
    times: NDArray[np.int64]
    offers: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.times)

    def take(self, rows: Labels) -> Self:
        """The rows of a mask."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class Split:
    """Three stretches of time, in order: learn from the first, calibrate, test on the last."""

    train: Dataset
    calibrate: Dataset
    test: Dataset


TRAIN_SHARE: Final = 0.6
CALIBRATE_SHARE: Final = 0.2


def split_by_time(data: Dataset) -> Split:
    """The first 60 % of the offers, the next 20 %, the rest; no moment is in two parts."""
    if not len(data):
        return Split(data, data, data)
    last = len(data) - 1
    learnt = data.times[int(last * TRAIN_SHARE)]
    calibrated = data.times[int(last * (TRAIN_SHARE + CALIBRATE_SHARE))]
    return Split(
        train=data.take(data.times <= learnt),
        calibrate=data.take((data.times > learnt) & (data.times <= calibrated)),
        test=data.take(data.times > calibrated),
    )


def joined(parts: Sequence[Dataset]) -> Dataset:
    """Several data sets as one, in order of time."""
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Dataset)
    }
    order = np.argsort(columns["times"], kind="stable")
    return Dataset(**{name: column[order] for name, column in columns.items()})


def empty() -> Dataset:
    """No offers at all."""
    none = np.zeros(0, np.bool_)
    return Dataset(
        features=np.zeros((0, len(FEATURES)), np.float32),
        accepted=none,
        completed=none,
        finished=none,
        times=np.zeros(0, np.int64),
        offers=np.zeros(0, np.str_),
    )
