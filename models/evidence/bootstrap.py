"""Figures with 95 % intervals from a seeded bootstrap over jobs.

The offers of a job share its pay, its place and its day, so jobs are drawn anew, not offers. A
replicate is a vector of weights: how often each row's job was drawn. All metrics are functions of
such weights (R, n), so inverse propensities are only other weights. Percentile intervals (Efron and
Tibshirani, "An introduction to the bootstrap", 1993, section 13.3).
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.dataset import Labels

Numbers = NDArray[np.float64]
Weights = NDArray[np.float64]
Metric = Callable[[Weights], Numbers]

BINS: Final = 10


class Figure(msgspec.Struct, frozen=True):
    """A number with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


class Bootstrap:
    """Replicates of rows that belong to jobs; the first row of weights is the data as it is."""

    def __init__(self, jobs: NDArray[Any], replicates: int, seed: int) -> None:
        names = jobs.astype(np.str_) if jobs.dtype == object else jobs
        ids, self._index = np.unique(names, return_inverse=True)
        random = np.random.default_rng(seed)
        even = np.full(len(ids), 1 / max(len(ids), 1))
        drawn = random.multinomial(len(ids), even, size=replicates)
        self.clusters: Weights = np.vstack([np.ones(len(ids)), drawn]).astype(np.float64)
        """How often each job is in a replicate: (1 + replicates, jobs)."""

    @property
    def rows(self) -> Weights:
        """The weights of the rows: (1 + replicates, n)."""
        weights: Weights = self.clusters[:, self._index]
        return weights

    def sums(self, values: Numbers) -> Numbers:
        """Sums of a number a row over its job: (jobs,)."""
        jobs = self.clusters.shape[1]
        return np.bincount(self._index, values, jobs).astype(np.float64)


def figures(replicated: dict[str, Numbers]) -> dict[str, Figure]:
    """The figures by name; one that the data cannot give is missing."""
    return {name: figure(one) for name, one in replicated.items() if np.isfinite(one[0])}


def figure(replicated: Numbers) -> Figure:
    """The first as the value, the others as its spread; replicates that have none are left out."""
    others = replicated[np.isfinite(replicated)][1:]
    low, high = np.quantile(others, (0.025, 0.975)) if len(others) else replicated[[0, 0]]
    return Figure(*(round(float(number), 5) for number in (replicated[0], low, high)))


def metrics(labels: Labels, probabilities: Numbers, weights: Weights) -> dict[str, Numbers]:
    """AUC, log loss, Brier score, ECE and bias (mean of p less of y) of each replicate, (R,)."""
    p = np.clip(probabilities, 1e-6, 1 - 1e-6)
    loss = -np.where(labels, np.log(p), np.log1p(-p))
    total = weights.sum(axis=1)
    return {
        "auc": auc(labels, probabilities, weights),
        "log_loss": weights @ loss / total,
        "brier": weights @ (probabilities - labels) ** 2 / total,
        "ece": calibration_error(labels, probabilities, weights),
        "bias": weights @ (probabilities - labels) / total,
    }


def auc(labels: Labels, probabilities: Numbers, weights: Weights) -> Numbers:
    """P(a yes is above a no), ties counting half; NaN where there is only one kind."""
    order = np.argsort(probabilities, kind="stable")
    ranked = probabilities[order]
    begins = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    weights = weights[:, order]
    yes = np.add.reduceat(weights * labels[order], begins, axis=1)
    no = np.add.reduceat(weights * ~labels[order], begins, axis=1)
    below = np.cumsum(no, axis=1) - no / 2
    both = yes.sum(axis=1) * no.sum(axis=1)
    won = (yes * below).sum(axis=1)
    return ratio(won, both)


def calibration_error(labels: Labels, probabilities: Numbers, weights: Weights) -> Numbers:
    """Mean distance of expected from seen rates over bins with equal numbers of rows."""
    gaps = bins(probabilities) * (probabilities - labels)[:, None]
    return ratio(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def ratio(over: Numbers, under: Numbers) -> Numbers:
    """A quotient; NaN where nothing is below."""
    found: Numbers = np.divide(over, under, out=np.full(under.shape, np.nan), where=under > 0)
    return found


def bins(probabilities: Numbers) -> Numbers:
    """Which of `BINS` bins each row is in, as ones in (n, BINS)."""
    member = np.zeros((len(probabilities), BINS))
    order = np.argsort(probabilities, kind="stable")
    for number, rows in enumerate(np.array_split(order, BINS)):
        member[rows, number] = 1.0
    return member
