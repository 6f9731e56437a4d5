"""Durations counted into fixed buckets: what the library's histogram says, at less cost.

The library's own locks and searches for a label at each call, which the matcher's hot path would
feel. One thread adds; whoever scrapes reads.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

FINE: Final = (
    *(0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005),
    *(0.01, 0.02, 0.05, 0.1, 0.25, 1.0),
)
"""Upper bounds of the buckets, seconds, for what takes microseconds."""
COARSE: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0)
"""The same for what somebody waits for."""


class Stopwatch:
    """How long one thing took, each time. Not for use from several threads."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bounds and how many were not longer, as Prometheus has them."""
        below, found = 0, []
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        for bound, count in zip(bounds, list(self.counts), strict=True):
            below += count
            found.append((bound, float(below)))
        return found


class Stopwatches(Collector):
    """Stopwatches by the value of one label, or a single one without, as one metric."""

    def __init__(
        self,
        name: str,
        documentation: str,
        watches: Mapping[str, Stopwatch],
        label: str = "",
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._family = (name, documentation)
        self._watches = watches
        self._labels = (label,) if label else ()
        registry.register(self)

    def describe(self) -> Iterable[HistogramMetricFamily]:
        """The metric without figures."""
        return [HistogramMetricFamily(*self._family, labels=self._labels)]

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The metric."""
        family = HistogramMetricFamily(*self._family, labels=self._labels)
        for name, watch in self._watches.items():
            family.add_metric((name,) if self._labels else (), watch.buckets(), watch.total)
        yield family
