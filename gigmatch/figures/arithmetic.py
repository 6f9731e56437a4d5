"""Rates and quantiles out of two looks at the same processes, as Prometheus computes them."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from gigmatch.figures.scraping import Labels, Round, Samples


def label(labels: Labels, name: str) -> str:
    """The value of a label, "" without it."""
    return next((value for key, value in labels if key == name), "")


class Span:
    """What happened between two rounds, all processes together."""

    def __init__(self, older: Round | None, newer: Round) -> None:
        self.older = older
        self.newer = newer

    @property
    def seconds(self) -> float:
        """How long it was; 0 without an older round."""
        return 0.0 if self.older is None else max(0.0, self.newer.at - self.older.at)

    def gauges(self, name: str) -> Iterator[tuple[str, Labels, float]]:
        """A gauge's newest values: address, labels, value."""
        for address, scrape in self.newer.scrapes.items():
            for labels, value in scrape.samples.get(name, {}).items():
                yield address, labels, value

    def increase(self, name: str, *by: str) -> dict[tuple[str, ...], float]:
        """How much a counter grew, summed by labels.

        A process that began anew counts from zero. One that did not answer before says nothing of
        this span.
        """
        grown: defaultdict[tuple[str, ...], float] = defaultdict(float)
        for address, scrape in self.newer.scrapes.items():
            before = self._before(address)
            if before is None:
                continue
            known = before.get(name, {})
            for labels, value in scrape.samples.get(name, {}).items():
                earlier = known.get(labels, 0.0)
                key = tuple(label(labels, one) for one in by)
                grown[key] += value - earlier if value >= earlier else value
        return dict(grown)

    def rate(
        self, name: str, keep: Callable[[tuple[str, ...]], bool] | None = None, *by: str
    ) -> float:
        """How fast a counter grew, a second; of the label values `by` that `keep` takes."""
        if not self.seconds:
            return 0.0
        grown = self.increase(name, *by)
        return sum(v for key, v in grown.items() if keep is None or keep(key)) / self.seconds

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

    def _before(self, address: str) -> Samples | None:
        earlier = None if self.older is None else self.older.scrapes.get(address)
        return earlier.samples if earlier is not None and earlier.up else None


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
