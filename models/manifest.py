"""The manifest of a release: `release.json`, whose sha256 is the name of the release."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.reference import Reference

SCHEMA: Final = 2
"""Version of the manifest's own form; a newer one is refused."""

Metrics = dict[str, float]
Features = NDArray[np.float32]
Scores = NDArray[np.float64]


class LogSource(msgspec.Struct, frozen=True, kw_only=True):
    """A log file that was learnt from. `first` and `last` are UTC milliseconds of its offers."""

    sha256: str
    records: int
    offers: int
    first: int
    last: int


class TrainedOn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the knowledge comes from, in words and in numbers.

    `days` counts each log from its first to its last offer; the rows are answered offers. `data`
    is the data set's own sha256, `tested_from` the time, UTC ms, from which on offers were neither
    learnt from nor used to calibrate; releases of before they were kept have neither.
    """

    text: str
    logs: tuple[LogSource, ...]
    days: float
    train_rows: int
    calibrate_rows: int
    test_rows: int
    data: str = ""
    tested_from: int = 0


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """How one model did on the last slice of time, beside the baselines."""

    rows: int
    base_rate: float
    model: Metrics
    baselines: dict[str, Metrics]


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """Rows with the very scores that the release must give for them. None is a missing value."""

    features: tuple[tuple[float | None, ...], ...]
    p_accept: tuple[float, ...]
    p_complete: tuple[float, ...]

    def rows(self) -> Features:
        """The feature rows, (n, F), missing values as NaN."""
        return np.array(self.features, dtype=np.float32)


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything about a release but its other files, which it names by sha256.

    `sequence` orders the releases of a registry by age without a clock; 0 is a candidate's, which
    is in no registry yet. `reference` is how the features looked in training, in their order.
    """

    schema: int
    sequence: int
    features: tuple[str, ...]
    files: dict[str, str]
    trained_on: TrainedOn
    metrics: dict[str, Evidence]
    versions: dict[str, str]
    golden: Golden
    reference: Reference = ()


_DECODER: Final = msgspec.json.Decoder(Manifest)


def golden(rows: Features, p_accept: Scores, p_complete: Scores) -> Golden:
    """A golden batch of rows (n, F) and their scores."""
    values = [tuple(None if np.isnan(value) else float(value) for value in row) for row in rows]
    return Golden(
        features=tuple(values),
        p_accept=tuple(p_accept.tolist()),
        p_complete=tuple(p_complete.tolist()),
    )


def encode(manifest: Manifest) -> bytes:
    """The manifest as JSON with a fixed order of keys: equal manifests are equal bytes."""
    return msgspec.json.encode(manifest, order="deterministic")


def decode(content: bytes) -> Manifest:
    """The manifest of bytes. Raises msgspec.DecodeError (or its ValidationError)."""
    return _DECODER.decode(content)
