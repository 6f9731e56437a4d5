"""Every metric of ours, by the names that Prometheus stores."""

from functools import cache

from prometheus_client import REGISTRY

from gateway import live, markets, middleware
from producers.outbox import metrics as outbox_metrics
from streams import (
    ages,
    calibration,
    drift,
    metrics,
    partition_projector,
    projector,
    shadow,
    stages,
)
from streams.notifier import metrics as notifier_metrics

MODULES = (
    *(ages, calibration, drift, metrics, partition_projector, projector, shadow, stages),
    *(live, markets, middleware, notifier_metrics, outbox_metrics),
)
"""What registers them when it is imported."""


@cache
def exported() -> frozenset[str]:
    """The names, those of counters and histograms with their endings."""
    names = {family.name for family in REGISTRY.collect() if family.name.startswith("gigmatch_")}
    endings = ("", "_total", "_bucket", "_count", "_sum")
    return frozenset(f"{name}{ending}" for name in names for ending in endings)
