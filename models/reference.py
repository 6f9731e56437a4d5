"""What a release's features looked like in training, and how far others are from that.

Population stability index (Siddiqi, Credit Risk Scorecards, 2006): over the bins of a feature
sum (q - p) ln(q / p), p the shares in training and q now. Below 0.1 nothing has moved, above 0.25
the people or the jobs are others than those that were learnt from.
"""

from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES

Features = NDArray[np.float32]
Shares = NDArray[np.float64]
Kind = Literal["flag", "whole", "number"]

BINS: Final = 10
LEAST_SHARE: Final = 1e-4
"""A share is taken as no less than this: a value never seen before counts, and not without end."""


class FeatureReference(msgspec.Struct, frozen=True, kw_only=True):
    """One feature over the rows that were learnt from; low and high are 0 when it was never known.

    `edges` part the line into len(edges) + 1 bins, each with its upper edge, the last without end;
    `shares` are those of the bins, and `missing` that of rows without a value: together 1.
    """

    name: str
    kind: Kind
    low: float
    high: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    missing: float


Reference = tuple[FeatureReference, ...]


def reference_of(rows: Features) -> Reference:
    """The reference of training rows (n, F), n >= 1: bins with equal numbers of rows."""
    return tuple(_feature(name, rows[:, column]) for column, name in enumerate(FEATURES))


def counts(reference: FeatureReference, values: Features) -> NDArray[np.int64]:
    """How many values (n,) fall into each bin, and last how many are missing: (bins + 1,)."""
    known = values[~np.isnan(values)]
    edges = np.array(reference.edges, np.float32)
    found = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(found, len(values) - len(known))


def stability_index(reference: FeatureReference, found: NDArray[np.int64]) -> float:
    """How far counts are from the reference; 0 when the shares are equal."""
    before = _floored(np.array([*reference.shares, reference.missing]))
    now = _floored(found / max(1, int(found.sum())))
    return float(((now - before) * np.log(now / before)).sum())


def _floored(shares: Shares) -> Shares:
    return np.maximum(shares, LEAST_SHARE)


def _feature(name: str, values: Features) -> FeatureReference:
    known = values[~np.isnan(values)]
    quantiles = np.arange(1, BINS) / BINS
    edges: Features = (
        np.unique(np.quantile(known, quantiles, method="inverted_cdf")) if len(known) else known
    )
    reference = FeatureReference(
        name=name,
        kind=_kind(known),
        low=float(known.min()) if len(known) else 0.0,
        high=float(known.max()) if len(known) else 0.0,
        edges=tuple(edges.tolist()),
        shares=(),
        missing=0.0,
    )
    *shares, missing = (counts(reference, values) / len(values)).tolist()
    return msgspec.structs.replace(reference, shares=tuple(shares), missing=missing)


def _kind(known: Features) -> Kind:
    if np.isin(known, (0.0, 1.0)).all():
        return "flag"
    return "whole" if (known == np.round(known)).all() else "number"
