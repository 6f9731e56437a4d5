"""Histograms for what happens ten thousand times a second.

`prometheus_client.Histogram` walks its buckets and takes two locks an observation, which costs as
much as decoding a record does. These are for one thread; others only read them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.core import HistogramMetricFamily


class Buckets:
    """Counts of observations by upper bound."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self.counts = [0] * (len(self._bounds) + 1)
        self.total = 0.0

    def observe(self, amount: float) -> None:
        """Count one amount, up to and with its bound."""
        self.counts[bisect_left(self._bounds, amount)] += 1
        self.total += amount

    def cumulative(self) -> list[tuple[str, float]]:
        """The buckets, each with all that is in smaller ones."""
        buckets, seen = [], 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self.counts, strict=True):
            seen += count
            buckets.append((bound, float(seen)))
        return buckets


class QuickHistogram(Buckets):
    """Buckets in the form of a Prometheus histogram."""

    def __init__(
        self,
        name: str,
        documentation: str,
        bounds: Sequence[float],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        super().__init__(bounds)
        self._name = name
        self._documentation = documentation
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """The metric."""
        yield HistogramMetricFamily(
            self._name, self._documentation, buckets=self.cumulative(), sum_value=self.total
        )


class QuickHistograms:
    """Several by the value of one label, as one metric."""

    def __init__(
        self,
        name: str,
        documentation: str,
        label: str,
        by_value: Mapping[str, Buckets],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._label = label
        self._by_value = by_value
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """The metric."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=(self._label,))
        for value, buckets in self._by_value.items():
            family.add_metric((value,), buckets.cumulative(), buckets.total)
        yield family
