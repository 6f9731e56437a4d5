"""What the model learns from: the offers of logs, with the features they were made on.

The log is replayed through the engine that serves (`models.replay`), so the features are those of
that moment, bit for bit; a Parquet file (`models.parquet`) keeps the same bits. The labels come
from what followed in the same log. Parts are cut by time and by place, never at random.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.decisions import FEATURE_COLUMNS, SCHEMA

Features = NDArray[np.float32]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Dataset:
    """Offers in order of time, as a table of `models.decisions.SCHEMA`; all arrays have its rows.

    `accepted` means something only where `known`, `completed` only where `finished`: the offer
    was accepted and the log tells whether the work was done. `times` are UTC milliseconds of the
    offers.
    """

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def features(self) -> Features:
        """(n, F) float32, as the market saw them."""
        rows = np.empty((len(self), len(FEATURE_COLUMNS)), np.float32)
        for at, name in enumerate(FEATURE_COLUMNS):
            rows[:, at] = self.column(name)
        return rows

    @cached_property
    def known(self) -> Labels:
        """Whether the log tells how the offer was answered."""
        return self._has("accepted")

    @cached_property
    def accepted(self) -> Labels:
        """Whether the answer was yes."""
        return self._is_true("accepted")

    @cached_property
    def completed(self) -> Labels:
        """Whether the work was done."""
        return self._is_true("completed")

    @cached_property
    def finished(self) -> Labels:
        """Whether the log tells if the work was done, early reports left out."""
        return self.accepted & self._has("completed") & self._is_true("is_over")

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """When the offers were made."""
        return self.column("at")

    @cached_property
    def people(self) -> NDArray[np.str_]:
        """Who was asked; a worker's id alone is somebody else's in another log, or zone."""
        return self._known_as("worker_id")

    @cached_property
    def jobs(self) -> NDArray[np.str_]:
        """For which job, in the same way."""
        return self._known_as("job_id")

    @cached_property
    def offers(self) -> NDArray[np.str_]:
        """Their ids."""
        return self.column("offer_id").astype(np.str_)

    def column(self, name: str) -> NDArray[Any]:
        """A column of the table as an array."""
        values: NDArray[Any] = self.table.column(name).to_numpy()
        return values

    def take(self, rows: Labels) -> "Dataset":
        """The rows of a mask."""
        return Dataset(self.table.filter(pa.array(rows)))

    def answered(self) -> "Dataset":
        """The offers whose answer is known: what can be learnt from."""
        return self.take(self.known)

    def _known_as(self, name: str) -> NDArray[np.str_]:
        places = zip(*(self.column(one) for one in ("log", "zone", name)), strict=True)
        return np.array([known_as(*place) for place in places], np.str_)

    def _has(self, label: str) -> Labels:
        values: Labels = self.table.column(label).is_valid().to_numpy()
        return values

    def _is_true(self, label: str) -> Labels:
        values: Labels = self.table.column(label).fill_null(False).to_numpy()
        return values


@dataclass(frozen=True)
class Split:
    """Three stretches of time, in order: learn from two, calibrate on the second, then test."""

    train: Dataset
    calibrate: Dataset
    test: Dataset

    @property
    def learnt(self) -> Dataset:
        """All that comes before the test: what the trees are grown on in the end."""
        return joined([self.train, self.calibrate])


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


def split_by_place(split: Split, stations: Collection[str]) -> Split:
    """Learn and calibrate everywhere but at these stations' jobs, test, later, on theirs only."""
    here = {
        part: np.isin(part_of.column("station_id"), list(stations))
        for part, part_of in (
            ("train", split.train),
            ("calibrate", split.calibrate),
            ("test", split.test),
        )
    }
    return Split(
        train=split.train.take(~here["train"]),
        calibrate=split.calibrate.take(~here["calibrate"]),
        test=split.test.take(here["test"]),
    )


def known_as(log: int, zone: str, id: str) -> str:
    """A worker's or a job's id that nobody has in another log, or in another zone of the same."""
    return f"{log}/{zone}/{id}"


def together(parts: Sequence[Dataset]) -> Dataset:
    """Data sets of different logs as one, in order of time; the logs are numbered anew."""
    numbered, first = [], 0
    for part in parts:
        logs = part.column("log").astype(np.int32) + np.int32(first)
        at = SCHEMA.get_field_index("log")
        numbered.append(Dataset(part.table.set_column(at, SCHEMA.field(at), pa.array(logs))))
        first = int(logs.max(initial=first - 1)) + 1
    return joined(numbered)


def joined(parts: Sequence[Dataset]) -> Dataset:
    """Several parts of one data set, in order of time."""
    table = pa.concat_tables([empty().table, *(part.table for part in parts)])
    order = np.argsort(table.column("at").to_numpy(), kind="stable")
    return Dataset(table.take(pa.array(order)))


def empty() -> Dataset:
    """No offers at all."""
    return Dataset(SCHEMA.empty_table())
