"""Spans kept in a list, for those who look at what is recorded, not at how it is sent."""

from gigmatch.spans import Span


class KeptSpans:
    """Takes what has been done, and keeps what a collector would get."""

    def __init__(self) -> None:
        self.kept: list[Span] = []

    def record(self, span: Span) -> None:
        """See `Spans.record`."""
        if span.at.sampled:
            self.kept.append(span)

    @property
    def names(self) -> list[str]:
        """What was done, in order."""
        return [span.name for span in self.kept]
