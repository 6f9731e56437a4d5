"""The matcher's spans: one for each event that had outcomes, below it one for each outcome.

Only what this process publishes is recorded: what a rebuild applies again has been before.
"""

import time

from events.emission import Emission
from events.envelope import Record
from gigmatch.spans import Span, Spans

Attributes = dict[str, str | int]


class TracedSteps:
    """Knows how long the events of the slice under way took."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._took_ns: dict[int, tuple[int, int]] = {}

    def applied(self, record: Record, took_s: float) -> None:
        """Note that a record has just been applied."""
        end = time.time_ns()
        self._took_ns[record.offset] = end - int(took_s * 1e9), end

    def published(self, record: Record, emissions: tuple[Emission, ...]) -> None:
        """Record the spans of a record whose outcomes are on their way."""
        cause = emissions[0].after
        if cause is None or not cause.sampled:
            return
        now = time.time_ns()
        begin, end = self._took_ns.get(record.offset, (now, now))
        match = cause.then(record.origin)
        place: Attributes = {
            "gigmatch.zone": emissions[0].outcome.zone,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
        }
        self._spans.record(Span("match", match, cause, begin, end, place))
        for emission in emissions:
            name, at = f"emit {emission.outcome.TYPE}", cause.then(emission.id)
            self._spans.record(Span(name, at, match, end, now, _about(emission)))

    def forget(self) -> None:
        """Begin the next slice."""
        self._took_ns.clear()


def _about(emission: Emission) -> Attributes:
    about: Attributes = {"gigmatch.zone": emission.outcome.zone}
    job_id = getattr(emission.outcome, "job_id", None)
    return about | {"gigmatch.job_id": job_id} if job_id else about
