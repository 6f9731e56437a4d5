"""May a candidate follow the release at work? Both judged on offers that neither learnt from.

Losses are in nats an offer. Differences are candidate less release at work, with 95 % intervals by
a paired bootstrap over hours of offers, because offers of one hour share jobs and weather.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gigmatch.errors import in_each_language
from matching.scorer import Probabilities, Scorer
from models.dataset import Dataset, Labels
from models.metrics import calibration_error, chance_error

LEAST_ROWS: Final = 200
LEAST_FINISHED: Final = 50
MOST_ECE: Final = 0.03
"""Highest calibration error beyond that of a perfect model on as few rows."""

Reason = dict[str, str]
"""What speaks against a candidate, in each language."""

_DRAWS: Final = 1_000
_HOUR_MS: Final = 3_600_000
_TINY: Final = 1e-9
_TARGETS: Final = ("accept", "complete")


class Figure(msgspec.Struct, frozen=True):
    """One measure of both, and the interval of their difference."""

    candidate: float
    at_work: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Candidate less release at work."""
        return self.candidate - self.at_work


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate found; it is passed when there is no reason against.

    `rows` offers with a known answer, `finished` of them done or not come to, from `first` to
    `last` (UTC ms). `calibration` is the candidate's error beyond chance.
    """

    at_work: str
    rows: int
    finished: int
    first: int = 0
    last: int = 0
    figures: dict[str, Figure] = {}
    calibration: dict[str, float] = {}
    reasons: tuple[Reason, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the candidate may be released."""
        return not self.reasons


class Judged(NamedTuple):
    """What an audit is shown: the offers, and both models' P(accept), P(complete), (n,) each."""

    data: Dataset
    candidate: tuple[Probabilities, Probabilities]
    at_work: tuple[Probabilities, Probabilities]


Audit = Callable[[Judged], Sequence[Reason]]
"""A check of one's own, such as of fairness: reasons against the candidate."""


def judge(
    data: Dataset, candidate: Scorer, at_work: Scorer, audits: Sequence[Audit] = ()
) -> Verdict:
    """Judge a candidate on offers that it never saw.

    Refused: a higher log loss of what became of the offers; a single log loss that is higher
    beyond chance; a lower share of work done among the better half of the offers, beyond chance;
    a calibration error above MOST_ECE beyond chance; whatever an audit says; too few offers.
    """
    finished = int(data.finished.sum())
    if len(data) < LEAST_ROWS or finished < LEAST_FINISHED:
        least = {"least": LEAST_ROWS, "least_finished": LEAST_FINISHED}
        reason = in_each_language("gate.too_few", n=len(data), finished=finished, **least)
        return Verdict(
            at_work=at_work.release, rows=len(data), finished=finished, reasons=(reason,)
        )
    ours, theirs = (scorer.probabilities(data.features) for scorer in (candidate, at_work))
    judged = Judged(data, ours, theirs)
    figures = _figures(judged)
    calibration = {
        target: round(_excess(labels[rows], p[rows]), 5)
        for target, labels, rows, p in zip(
            _TARGETS, *_answers(judged), judged.candidate, strict=True
        )
    }
    return Verdict(
        at_work=at_work.release,
        rows=len(data),
        finished=finished,
        first=int(data.times[0]),
        last=int(data.times[-1]),
        figures=figures,
        calibration=calibration,
        reasons=(
            *_against(figures, calibration),
            *(reason for audit in audits for reason in audit(judged)),
        ),
    )


def _answers(judged: Judged) -> tuple[tuple[Labels, Labels], tuple[Labels, Labels]]:
    """Labels of both targets, and the rows where they are known."""
    every = np.ones(len(judged.data), np.bool_)
    return (judged.data.accepted, judged.data.completed), (every, judged.data.finished)


def _figures(judged: Judged) -> dict[str, Figure]:
    data = judged.data
    labels, known = _answers(judged)
    draws = _resampled(data.times)
    ours, theirs = (
        [_loss(y, p) * rows for y, p, rows in zip(labels, both, known, strict=True)]
        for both in (judged.candidate, judged.at_work)
    )
    figures = {
        f"log_loss_{target}": _figure(draws, ours[at], theirs[at], known[at], known[at])
        for at, target in enumerate(_TARGETS)
    }
    every = known[0]
    figures["log_loss"] = _figure(draws, ours[0] + ours[1], theirs[0] + theirs[1], every, every)
    settled = (data.finished | ~data.accepted) & data.column("is_over")
    half, their_half = (
        _better_half(p * q) & settled for p, q in (judged.candidate, judged.at_work)
    )
    done = (data.accepted & data.completed).astype(float)
    figures["value"] = _figure(draws, done * half, done * their_half, half, their_half)
    return figures


def _better_half(values: Probabilities) -> Labels:
    chosen = np.zeros(len(values), np.bool_)
    chosen[np.argsort(-values, kind="stable")[: len(values) // 2]] = True
    return chosen


def _loss(labels: Labels, p: Probabilities) -> NDArray[np.float64]:
    likely = np.clip(np.where(labels, p, 1.0 - p), _TINY, 1.0)
    return np.asarray(-np.log(likely), np.float64)


class _Draws(NamedTuple):
    """Which hour each offer belongs to, and how often each draw takes each hour (draws, hours)."""

    hour: NDArray[np.intp]
    taken: NDArray[np.int64]

    def sums(self, values: NDArray[np.float64] | Labels) -> NDArray[np.float64]:
        """The sum of values (n,) in each draw."""
        by_hour = np.bincount(self.hour, values.astype(float), minlength=self.taken.shape[1])
        return np.asarray(self.taken @ by_hour, np.float64)


def _resampled(times: NDArray[np.int64]) -> _Draws:
    _, hour = np.unique(times // _HOUR_MS, return_inverse=True)
    hours = int(hour.max()) + 1
    random = np.random.default_rng(0)
    return _Draws(hour, random.multinomial(hours, np.full(hours, 1 / hours), _DRAWS))


def _figure(
    draws: _Draws,
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    our_rows: Labels,
    their_rows: Labels,
) -> Figure:
    """Means of values (n,) over their rows, and the interval of the difference."""
    our_means = draws.sums(ours) / np.maximum(draws.sums(our_rows), 1)
    their_means = draws.sums(theirs) / np.maximum(draws.sums(their_rows), 1)
    low, high = np.quantile(our_means - their_means, (0.025, 0.975))
    return Figure(
        candidate=round(float(ours.sum() / max(1, our_rows.sum())), 6),
        at_work=round(float(theirs.sum() / max(1, their_rows.sum())), 6),
        low=round(float(low), 6),
        high=round(float(high), 6),
    )


def _excess(labels: Labels, p: Probabilities) -> float:
    """The calibration error less what a perfect model has on as many rows."""
    return max(0.0, calibration_error(labels, p) - chance_error(p))


def _against(figures: dict[str, Figure], calibration: dict[str, float]) -> list[Reason]:
    reasons = []
    if figures["log_loss"].difference > 0:
        reasons.append(_worse("log_loss", figures))
    for target in _TARGETS:
        if figures[f"log_loss_{target}"].low > 0:
            reasons.append(_worse(f"log_loss_{target}", figures))
        if calibration[target] > MOST_ECE:
            reasons.append(_not_calibrated(target, calibration[target]))
    if figures["value"].high < 0:
        reasons.append(_worse("value", figures))
    return reasons


def _worse(name: str, figures: dict[str, Figure]) -> Reason:
    figure = figures[name]
    return in_each_language(
        "gate.worse",
        what=in_each_language(f"gate.what.{name}"),
        candidate=f"{figure.candidate:.4f}",
        at_work=f"{figure.at_work:.4f}",
        low=f"{figure.low:+.4f}",
        high=f"{figure.high:+.4f}",
    )


def _not_calibrated(target: str, error: float) -> Reason:
    what = in_each_language(f"ops.target.{target}")
    return in_each_language("gate.calibration", target=what, error=f"{error:.4f}", most=MOST_ECE)
