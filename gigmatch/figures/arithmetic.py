"""Rates and quantiles out of two looks at the same processes, as Prometheus computes them."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gigmatch.figures.scraping import Labels, Round, Samples

_BEGAN: Final = "process_start_time_seconds"


def label(labels: Labels, name: str) -> str:
    """The value of a label, "" without it."""
    return next((value for key, value in labels if key == name), "")


class Span:
    """What happened since the first of some rounds, all processes together.

    Each process is compared with its own first answer among them.
    """

    def __init__(self, rounds: Sequence[Round]) -> None:
        """At least one round, the oldest first."""
        self.newer = rounds[-1]
        self.seconds = max(0.0, self.newer.at - rounds[0].at)
        self._before: dict[str, tuple[float, Samples]] = {}
        for earlier in rounds[:-1]:
            for address, scrape in earlier.scrapes.items():
                if scrape.up:
                    self._before.setdefault(address, (earlier.at, scrape.samples))

    def gauges(self, name: str) -> Iterator[tuple[str, Labels, float]]:
        """A gauge's newest values: address, labels, value."""
        for address, scrape in self.newer.scrapes.items():
            for labels, value in scrape.samples.get(name, {}).items():
                yield address, labels, value

    def increase(self, name: str, *by: str) -> dict[tuple[str, ...], float]:
        """How much a counter grew, summed by labels.

        A process that began anew counts from zero. One without an earlier answer says nothing.
        """
        grown: defaultdict[tuple[str, ...], float] = defaultdict(float)
        for address in self.newer.scrapes:
            for labels, growth in self._growth(address, name):
                grown[tuple(label(labels, one) for one in by)] += growth
        return dict(grown)

    def most(self, name: str) -> float:
        """How much a counter grew in the process where it grew most."""
        grown = (
            sum(growth for _, growth in self._growth(address, name))
            for address in self.newer.scrapes
        )
        return max(grown, default=0.0)

    def rate(self, name: str, address: str | None = None, **wanted: str) -> float:
        """How fast a counter grew, a second; of all processes or one, of labels or all."""
        total = 0.0
        for one in self.newer.scrapes if address is None else (address,):
            for labels, growth in self._growth(one, name):
                if all(label(labels, key) == value for key, value in wanted.items()):
                    total += growth / (self.newer.at - self._before[one][0])
        return total

    def quantiles(self, name: str, *qs: float, stage: str = "") -> list[float | None]:
        """Quantiles of a histogram over the span; None when nothing was observed."""
        buckets: defaultdict[float, float] = defaultdict(float)
        for (bound, of), count in self.increase(f"{name}_bucket", "le", "stage").items():
            if of == stage:
                buckets[float(bound)] += count
        return [quantile(q, buckets) for q in qs]

    def total(self, name: str) -> dict[Labels, float]:
        """A counter since its processes began, by all its labels."""
        totals: defaultdict[Labels, float] = defaultdict(float)
        for _, labels, value in self.gauges(name):
            totals[labels] += value
        return dict(totals)

    def _growth(self, address: str, name: str) -> Iterator[tuple[Labels, float]]:
        if address not in self._before:
            return
        before, now = self._before[address][1], self.newer.scrapes[address].samples
        known = before.get(name, {}) if before.get(_BEGAN) == now.get(_BEGAN) else {}
        for labels, value in now.get(name, {}).items():
            earlier = known.get(labels, 0.0)
            yield labels, value - earlier if value >= earlier else value


def quantile(q: float, buckets: Mapping[float, float]) -> float | None:
    """The q-quantile of cumulative buckets by upper bound, as `histogram_quantile` has it.

    Within a bucket it is linear, from 0 in the first; what lies above the last finite bound is that
    bound. None for an empty histogram.
    """
    bounds = sorted(buckets)
    if not bounds or not math.isinf(bounds[-1]) or buckets[bounds[-1]] <= 0 or len(bounds) < 2:
        return None
    rank = q * buckets[bounds[-1]]
    below, start = 0.0, 0.0
    for bound in bounds[:-1]:
        count = buckets[bound]
        if count >= rank and count > below:
            return start + (bound - start) * (rank - below) / (count - below)
        below, start = count, bound
    return bounds[-2]
