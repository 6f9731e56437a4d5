"""The projectors' spans: one for each record of a trace that is in the read model now."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from events.topics import EVENTS, OUTCOMES
from events.tracing import Trace
from gigmatch.spans import Attributes, Span, Spans
from streams.causal import FactRead, OutcomeRead


class Written(NamedTuple):
    """A record that has been projected: its topic, its offset, its type and its place."""

    topic: str
    offset: int
    type: str
    trace: Trace | None


class TracedProjection:
    """Tells `spans` what of a partition has been written since `ends`, offsets by topic.

    What stood before those is old: a read model that is made again is no news of each record.
    """

    def __init__(self, spans: Spans, partition: int, ends: Mapping[str, int]) -> None:
        self._spans = spans
        self._partition = partition
        self._ends = ends

    def written(self, records: Iterable[Written], begin_ns: int) -> None:
        """Record those of a transaction that began then and has taken place."""
        end_ns = time.time_ns()
        for topic, offset, type, trace in records:
            if trace is None or not trace.sampled or offset < self._ends[topic]:
                continue
            about: Attributes = {
                "messaging.destination.name": topic,
                "messaging.destination.partition.id": str(self._partition),
                "messaging.kafka.offset": offset,
            }
            name, at = f"project {type}", trace.then(f"{trace.span_id}-project")
            self._spans.record(Span(name, at, trace, begin_ns, end_ns, about))


def written(steps: Sequence[FactRead | OutcomeRead]) -> Iterable[Written]:
    """The records of a market's steps."""
    for step in steps:
        if isinstance(step, FactRead):
            yield Written(EVENTS, step.offset, step.event.fact.TYPE, step.trace)
        else:
            yield Written(OUTCOMES, step.offset, step.outcome.TYPE, step.trace)
