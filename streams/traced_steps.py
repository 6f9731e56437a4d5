"""The matcher's spans: one for each event that had outcomes, below it its stages and its outcomes.

Only what this process publishes is recorded: what a rebuild applies again has been before.
"""

import time

from events.emission import Emission
from events.envelope import Record
from events.tracing import Trace
from gigmatch.spans import Attributes, Span, Spans

_MOST_STAGES = 32
"""Of one event: an amendment may rank again and again."""


class _Step:
    """When an event was applied, and when each of its stages was. Unix nanoseconds."""

    __slots__ = ("begin", "end", "stages")

    def __init__(self, begin: int, end: int, stages: list[tuple[str, int, int]]) -> None:
        self.begin = begin
        self.end = end
        self.stages = stages


class TracedSteps:
    """Knows how long the events of the slice under way took, and where that time went."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._stages: list[tuple[str, int, int]] = []
        self._steps: dict[int, _Step] = {}

    def stage(self, name: str, took_s: float) -> None:
        """Note that a stage of the event under way has just ended."""
        if len(self._stages) < _MOST_STAGES:
            end = time.time_ns()
            self._stages.append((name, end - int(took_s * 1e9), end))

    def applied(self, record: Record, took_s: float) -> None:
        """Note that a record has just been applied."""
        end = time.time_ns()
        self._steps[record.offset] = _Step(end - int(took_s * 1e9), end, self._stages)
        self._stages = []

    def published(self, record: Record, emissions: tuple[Emission, ...]) -> None:
        """Record the spans of a record whose outcomes are on their way."""
        cause = emissions[0].after
        if cause is None or not cause.sampled:
            return
        now = time.time_ns()
        step = self._steps.get(record.offset) or _Step(now, now, [])
        match = cause.then(record.origin)
        place: Attributes = {
            "gigmatch.zone": emissions[0].outcome.zone,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
        }
        self._spans.record(Span("match", match, cause, step.begin, step.end, place))
        self._record_stages(match, step)
        for emission in emissions:
            name, at = f"emit {emission.outcome.TYPE}", cause.then(emission.id)
            self._spans.record(Span(name, at, match, step.end, now, _about(emission)))

    def forget(self) -> None:
        """Begin the next slice."""
        self._steps.clear()
        self._stages = []

    def _record_stages(self, match: Trace, step: _Step) -> None:
        """The stages that were timed; the rest, after the last score, is order, reasons, offers."""
        for number, (name, begin, end) in enumerate(step.stages):
            at = match.then(f"{match.span_id}-{number}")
            self._spans.record(Span(name, at, match, begin, end, {}))
        scored = [end for name, _, end in step.stages if name == "score"]
        if scored:
            at = match.then(f"{match.span_id}-rank")
            self._spans.record(Span("rank", at, match, scored[-1], max(scored[-1], step.end), {}))


def _about(emission: Emission) -> Attributes:
    about: Attributes = {"gigmatch.zone": emission.outcome.zone}
    job_id = getattr(emission.outcome, "job_id", None)
    return about | {"gigmatch.job_id": job_id} if job_id else about
