"""A study: several contenders in several regimes, over seeds that are the same for all of them.

Where a comparison (`benchmarks.harness`) asks how many times faster, a study asks what happens.
Each seed is one world; all contenders live through it, so differences are taken seed by seed and
their intervals are narrower than those of the means.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import t as student

from benchmarks.harness import say

Figures = dict[str, float]
CONFIDENCE = 0.95
REGRET = "regret"
MIN_SEEDS = 2


@dataclass(frozen=True)
class Measure:
    """One column: how it is shown, and which way is better."""

    name: str
    title: str
    better: Literal["higher", "lower"] | None
    digits: int = 3
    scale: float = 1.0


@dataclass(frozen=True)
class Run:
    """One world for one contender."""

    regime: str
    contender: str
    seed: int
    quick: bool


Live = Callable[[Run], Figures]


def unprepared(live: Live) -> Callable[[bool], AbstractContextManager[Live]]:
    """What opens a study that needs nothing before its runs."""
    return lambda quick: nullcontext(live)


@dataclass(frozen=True)
class Study:
    """A named study. `open(quick)` prepares it and yields what lives a run, in any process.

    Contenders and regimes by name, with what they are; differences are taken to `reference`. The
    measure `regret` is added: the share of the measure `value` that a contender lost against
    `best`, the one that knows the truth. `about` tells what is done, for the page.
    """

    name: str
    title: str
    regimes: Mapping[str, str]
    contenders: Mapping[str, str]
    reference: str
    best: str
    value: str
    measures: Sequence[Measure]
    open: Callable[[bool], AbstractContextManager[Live]]
    about: str = ""
    seeds: int = 20
    first_seed: int = 1
    quick_seeds: int = 2


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval by Student's t."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero; that of one value alone is none."""
        return self.low < self.high and (self.low > 0.0 or self.high < 0.0)


@dataclass(frozen=True)
class Outcome:
    """Figures by regime and contender, (seeds,) for each measure."""

    study: Study
    figures: Mapping[tuple[str, str], Mapping[str, Sequence[float]]]
    seeds: int

    def mean(self, regime: str, contender: str, measure: str) -> Interval:
        """A contender's measure."""
        return interval(self.figures[regime, contender][measure])

    def difference(self, regime: str, contender: str, measure: str, to: str) -> Interval:
        """A contender's measure less another's, seed by seed."""
        ours = np.asarray(self.figures[regime, contender][measure])
        return interval(ours - np.asarray(self.figures[regime, to][measure]))

    def lines(self) -> Iterator[str]:
        """One line of JSON for each regime and contender."""
        for regime, contender in self.figures:
            measures = {
                measure.name: _told(
                    self.mean(regime, contender, measure.name),
                    self.difference(regime, contender, measure.name, self.study.reference),
                )
                for measure in self.study.measures
            }
            yield json.dumps(
                {
                    "name": self.study.name,
                    "regime": regime,
                    "contender": contender,
                    "reference": self.study.reference,
                    "seeds": self.seeds,
                    "measures": measures,
                }
            )


def conduct(study: Study, *, quick: bool, processes: int) -> Outcome:
    """Let every contender live through every seed of every regime."""
    seeds = study.quick_seeds if quick else study.seeds
    runs = [
        Run(regime, contender, seed, quick)
        for seed in range(study.first_seed, study.first_seed + seeds)
        for regime in study.regimes
        for contender in study.contenders
    ]
    figures: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with study.open(quick) as live, ProcessPoolExecutor(processes) as pool:
        # All contenders of a world in one process: a study may keep what they share.
        found_all = pool.map(live, runs, chunksize=len(study.contenders))
        for run, found in zip(runs, found_all, strict=True):
            say(f"  {run.regime}, {run.contender}, seed {run.seed}: {_brief(study, found)}")
            for name, value in found.items():
                figures[run.regime, run.contender][name].append(value)
    for regime, contender in list(figures):
        best, own = figures[regime, study.best][study.value], figures[regime, contender]
        own[REGRET] = [1.0 - ours / most for ours, most in zip(own[study.value], best, strict=True)]
    return Outcome(study, figures, seeds)


def interval(values: Sequence[float] | np.ndarray[Any, np.dtype[np.float64]]) -> Interval:
    """The mean of values and its 95 % interval; one value alone, as a quick study has, has none."""
    array = np.asarray(values, dtype=np.float64)
    mean = float(array.mean())
    if len(array) == 1:
        return Interval(mean, mean, mean)
    error = float(array.std(ddof=1)) / len(array) ** 0.5
    half = float(student.ppf(0.5 + CONFIDENCE / 2, len(array) - 1)) * error
    return Interval(mean, mean - half, mean + half)


def _told(mean: Interval, difference: Interval) -> dict[str, list[float]]:
    return {
        "mean": [round(value, 5) for value in (mean.mean, mean.low, mean.high)],
        "difference": [
            round(value, 5) for value in (difference.mean, difference.low, difference.high)
        ],
    }


def _brief(study: Study, found: Figures) -> str:
    return ", ".join(
        f"{measure.title} {found[measure.name] * measure.scale:.{measure.digits}f}"
        for measure in study.measures
        if measure.name in found
    )
