"""The matcher's metrics, with Prometheus names. No label carries anything about a person."""

import contextlib
from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from events.codec import EVENT_TYPES, OUTCOME_TYPES, VERSION
from events.envelope import Record
from events.outcomes import AnyOutcome
from streams.quick_histogram import QuickHistogram

_SECONDS: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)

EVENTS: Final = Counter("gigmatch_events", "Records applied", ["type"])
OUTCOMES: Final = Counter("gigmatch_outcomes", "Outcomes published", ["type"])
REJECTED: Final = Counter("gigmatch_rejected", "Records sent to the dead letters", ["code"])
REROUTED: Final = Counter("gigmatch_rerouted", "Records sent on to the partition of their zone")
NOTICES: Final = Counter("gigmatch_notices", "Notices given to other zones' markets", ["type"])
APPLY_SECONDS: Final = QuickHistogram(
    "gigmatch_apply_seconds", "Decoding and applying one record", _SECONDS
)
EMIT_SECONDS: Final = Histogram(
    "gigmatch_emit_seconds",
    "Waiting until what follows from a batch is delivered",
    buckets=_SECONDS,
)
LAG: Final = Gauge("gigmatch_lag_records", "Records not yet applied", ["partition"])
LOOP_LAG: Final = Gauge("gigmatch_loop_lag_seconds", "How late the event loop runs its timers")
SNAPSHOT_AT: Final = Gauge(
    "gigmatch_snapshot_timestamp_seconds", "When the last snapshot was taken", ["partition"]
)
SINCE_SNAPSHOT: Final = Gauge(
    "gigmatch_since_snapshot_records", "Records applied since the last snapshot", ["partition"]
)
QUARANTINE: Final = Gauge(
    "gigmatch_quarantine_since_timestamp_seconds",
    "Since when, by the market's clock, a station's records are refused unread",
    ["partition", "station"],
)
SNAPSHOT_EVERY: Final = Gauge(
    "gigmatch_snapshot_every_records", "After how many records a snapshot is taken"
)
RECOVERIES: Final = Counter("gigmatch_recoveries", "Partitions rebuilt from snapshot and log")
REPLAYED: Final = Counter("gigmatch_replayed", "Records read again by recoveries")

_OUTCOMES_BY_TYPE: Final = {kind: OUTCOMES.labels(name) for name, kind in OUTCOME_TYPES.items()}
_BY_TYPE: Final = {f"{name}.{VERSION}".encode(): EVENTS.labels(name) for name in EVENT_TYPES}
_OTHER: Final = EVENTS.labels("other")


def count_events(records: Iterable[Record]) -> None:
    """Count records by the type their headers claim; any unknown or missing one is "other"."""
    for name, count in Tally(_claimed_type(record) for record in records).items():
        _BY_TYPE.get(name, _OTHER).inc(count)


def count_outcomes(outcomes: Iterable[AnyOutcome]) -> None:
    """Count outcomes by type."""
    for kind, count in Tally(type(outcome) for outcome in outcomes).items():
        _OUTCOMES_BY_TYPE[kind].inc(count)


def show_quarantine(partition: int, since: Mapping[str, int]) -> None:
    """Show the stations that are in quarantine in a partition, by UTC ms, and no others."""
    QUARANTINE.remove_by_labels({"partition": str(partition)})
    for station, began in since.items():
        QUARANTINE.labels(partition, station).set(began / 1000)


def _claimed_type(record: Record) -> bytes:
    for name, value in record.headers:
        if name == "ce_type":
            return value
    return b""


def forget_partition(partition: int) -> None:
    """Show nothing of a partition that is another process's now."""
    show_quarantine(partition, {})
    for gauge in (LAG, SNAPSHOT_AT, SINCE_SNAPSHOT):
        with contextlib.suppress(KeyError):
            gauge.remove(str(partition))
