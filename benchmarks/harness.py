"""How a comparison is run: both sides interleaved in one run, the median of the pairs' ratios.

A ratio above 1 always means that ours is better: for a rate it is ours / theirs, for a time it is
theirs / ours. Taking it pair by pair (A B A B ...) keeps a machine that slows down half-way from
favouring either side.
"""

import json
import statistics
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Literal

Better = Literal["higher", "lower"]

_TRIES: Final = 5


class NothingMeasured(Exception):
    """A sample was none: the machine had too much else to do; another may be."""


@dataclass(frozen=True)
class Sample:
    """One measurement of one side; `extra` are further figures by name, for the table."""

    value: float
    extra: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Contest:
    """Both sides ready to run. `n` operations are behind each sample; `setting` tells what ran."""

    ours: Callable[[], Sample]
    theirs: Callable[[], Sample]
    rounds: int
    n: int
    setting: str


@dataclass(frozen=True)
class Comparison:
    """A named comparison. `open(quick)` prepares both sides and cleans up after them."""

    name: str
    unit: str
    better: Better
    mix: str
    not_measured: str
    open: Callable[[bool], AbstractContextManager[Contest]]


@dataclass(frozen=True)
class Result:
    """What a comparison came to: the medians of both sides and the median of the pairs' ratios."""

    comparison: Comparison
    ratio: float
    ratios: tuple[float, ...]
    ours: Sample
    theirs: Sample
    n: int
    setting: str

    def line(self) -> str:
        """The one line of JSON."""
        return json.dumps(
            {
                "name": self.comparison.name,
                "ratio": rounded(self.ratio),
                "ours": rounded(self.ours.value),
                "theirs": rounded(self.theirs.value),
                "unit": self.comparison.unit,
                "n": self.n,
            }
        )


def run(comparison: Comparison, *, quick: bool) -> Result:
    """Run a comparison: A B A B ..., one pair a round."""
    with comparison.open(quick) as contest:
        say(f"{comparison.name}: {contest.setting}")
        pairs = [_round(comparison, contest, number) for number in range(contest.rounds)]
    ratios = tuple(ratio(comparison.better, ours, theirs) for ours, theirs in pairs)
    return Result(
        comparison=comparison,
        ratio=statistics.median(ratios),
        ratios=ratios,
        ours=median([ours for ours, _ in pairs]),
        theirs=median([theirs for _, theirs in pairs]),
        n=contest.n,
        setting=contest.setting,
    )


def ratio(better: Better, ours: Sample, theirs: Sample) -> float:
    """How many times better ours is."""
    if better == "higher":
        return ours.value / theirs.value
    return theirs.value / ours.value


def median(samples: list[Sample]) -> Sample:
    """The median sample, figure by figure."""
    return Sample(
        statistics.median(sample.value for sample in samples),
        {
            name: statistics.median(sample.extra[name] for sample in samples)
            for name in samples[0].extra
        },
    )


def rounded(value: float) -> float:
    """Four significant digits: more would pretend."""
    return float(f"{value:.4g}")


def say(text: str) -> None:
    """Progress goes to stderr; stdout has only the JSON line."""
    print(text, file=sys.stderr, flush=True)


def _round(comparison: Comparison, contest: Contest, number: int) -> tuple[Sample, Sample]:
    ours = _sample(contest.ours)
    theirs = _sample(contest.theirs)
    times = ratio(comparison.better, ours, theirs)
    say(
        f"  round {number + 1}/{contest.rounds}: ours {rounded(ours.value)}, "
        f"theirs {rounded(theirs.value)} {comparison.unit}, ratio {rounded(times)}"
        f"{_extra(ours, theirs)}"
    )
    return ours, theirs


def _sample(measure: Callable[[], Sample]) -> Sample:
    for _ in range(_TRIES - 1):
        try:
            return measure()
        except NothingMeasured as why:
            say(f"  again: {why}")
    return measure()


def _extra(ours: Sample, theirs: Sample) -> str:
    parts = [
        f"{name} {rounded(value)}"
        + (f" / {rounded(theirs.extra[name])}" if name in theirs.extra else " (ours)")
        for name, value in ours.extra.items()
    ]
    return f" ({', '.join(parts)})" if parts else ""
