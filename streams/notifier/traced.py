"""The notifier's spans: one for each record it says, one for each message it carries out."""

import time

from events.emission import Telling
from gigmatch.spans import Attributes, Span, Spans
from streams.notifier.ledger import Attempt
from streams.notifier.planning import telling


class TracedNotices:
    """Tells `spans` what was done for notifications in a trace."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def published(self, telling: Telling, begin_ns: int) -> None:
        """Record that something decided since `begin_ns` is on its way to the topic."""
        if telling.after is None or not telling.after.sampled:
            return
        name = f"emit {telling.message.TYPE}"
        channel = getattr(telling.message, "channel", "")
        about: Attributes = {"gigmatch.channel": channel} if channel else {}
        at = telling.after.then(telling.id)
        self._spans.record(Span(name, at, telling.after, begin_ns, time.time_ns(), about))

    def carried(self, attempt: Attempt, begin_ns: int, error: str = "") -> None:
        """Record in the trace of each of its notifications that a message was tried until now."""
        channel = attempt.message.channel
        about: Attributes = {"gigmatch.channel": channel, "gigmatch.items": len(attempt.items)}
        end_ns = time.time_ns()
        for number, due in enumerate(attempt.traces):
            # The record of the attempt is in the first trace only.
            parent = due if number else due.then(telling(attempt.message).id)
            at = attempt.place_after(due)
            self._spans.record(Span(f"send {channel}", at, parent, begin_ns, end_ns, about, error))
