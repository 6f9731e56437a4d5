"""What a read model can never know: records that the log had lost before they were projected.

Retention may cut a log where a matcher needs it no more, because its snapshots go further. Pages
have no snapshots: once Redis is flushed, or the projector was away for too long, what stood
between is gone for them. They go on from what is there, as matching does, and it is told for as
long as the read model has the gap: by an error whenever a projector begins, and by a metric.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import structlog
from prometheus_client import Gauge

from events.topics import EVENTS, OUTCOMES
from gigmatch.readmodel.progress import Progress

MISSING: Final = Gauge(
    "gigmatch_projector_missing_records",
    "Records that the log had lost before they were projected: the pages lack what they said",
    ["topic", "partition"],
)

_log = structlog.get_logger()


class Gap(NamedTuple):
    """Offsets of a partition, begin <= offset < end, that were not there any more."""

    topic: str
    partition: int
    begin: int
    end: int

    @property
    def key(self) -> str:
        """What tells it from others. A log that is cut further before it is read on has one."""
        return f"{self.topic}/{self.partition}/{self.begin}"

    @property
    def told(self) -> str:
        """What is missing, and what to do."""
        return (
            f"{self.topic}/{self.partition} begins at offset {self.end}; what is projected of it "
            f"ends before {self.begin}, and the pages lack what was said between. Bring the "
            "records back from a backup and run `gigmatch rebuild`, else they show what has been "
            "said since"
        )


def gap_of(key: str, end: int) -> Gap:
    """The gap that has a key. Raises ValueError."""
    topic, partition, begin = key.rsplit("/", 2)
    return Gap(topic, int(partition), int(begin), end)


def go_on(progress: Progress, number: int, bounds: Mapping[str, tuple[int, int]]) -> list[Gap]:
    """Have a partition read on where its log begins, if that is later; what is missing then."""
    at = {EVENTS: progress.events, OUTCOMES: progress.outcomes}
    gaps = [
        Gap(topic, number, at[topic], oldest)
        for topic, (oldest, _) in bounds.items()
        if oldest > at[topic]
    ]
    progress.events = max(progress.events, bounds[EVENTS][0])
    progress.outcomes = max(progress.outcomes, bounds[OUTCOMES][0])
    return gaps


def tell(gaps: Iterable[Gap]) -> None:
    """Say what is missing, each gap as an error, and nothing of what was missing before."""
    MISSING.clear()
    for gap in gaps:
        MISSING.labels(gap.topic, gap.partition).inc(gap.end - gap.begin)
        _log.error("the log was cut before it was projected", what=gap.told)
