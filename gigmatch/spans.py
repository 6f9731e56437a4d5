"""Spans to an OpenTelemetry collector, in the background; with no collector named, none at all.

A span's ids are those of the records (`events/tracing.py`), so processes need not ask one another.
The exporter is imported only when spans are on: that takes a third of a second.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from events.tracing import Trace
from gigmatch.settings import Settings

if TYPE_CHECKING:
    from gigmatch.otlp import OtlpSpans


Attributes = dict[str, str | int]
"""What a span says of itself: never what a person is called, said or can be reached by."""


class Span(NamedTuple):
    """Something done, at a place in a trace, from a time to another in Unix nanoseconds.

    `error` says why it failed, in a word; empty when it did not.
    """

    name: str
    at: Trace
    parent: Trace | None
    begin_ns: int
    end_ns: int
    attributes: Mapping[str, str | int]
    error: str = ""


class Spans(Protocol):
    """Takes what has been done."""

    def record(self, span: Span) -> None:
        """Record a span. Never blocks."""


def spans_of(settings: Settings, service: str) -> "OtlpSpans | None":
    """The spans of a process by its settings; None when no collector is named."""
    if not settings.otlp_endpoint:
        return None
    from gigmatch.otlp import OtlpSpans

    return OtlpSpans(settings.otlp_endpoint, service)
