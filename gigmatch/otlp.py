"""The OpenTelemetry SDK as our spans need it: batches over HTTP, sent by a thread of their own."""

from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

from events.tracing import Trace
from gigmatch.spans import Span

_TIMEOUT_S: Final = 3.0


class OtlpSpans:
    """Exports in batches over HTTP; what a collector does not take in time is dropped."""

    def __init__(self, endpoint: str, service: str) -> None:
        """`endpoint` is the collector's address, to which `/v1/traces` is added."""
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT_S)
        self._processor = BatchSpanProcessor(exporter)
        self._resource = Resource({"service.name": service})

    def record(self, span: Span) -> None:
        """See `Spans.record`. Nothing for a trace that is not sampled."""
        if not span.at.sampled:
            return
        ended = ReadableSpan(
            span.name,
            context=_context(span.at),
            parent=None if span.parent is None else _context(span.parent),
            resource=self._resource,
            attributes=span.attributes,
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(),
            start_time=span.begin_ns,
            end_time=span.end_ns,
        )
        self._processor.on_end(ended)

    def close(self) -> None:
        """Export what is left, within the time of one try: nobody waits for a collector."""
        closing = Thread(target=self._processor.shutdown, name="spans", daemon=True)
        closing.start()
        closing.join(_TIMEOUT_S)


def _context(trace: Trace) -> SpanContext:
    return SpanContext(
        int(trace.trace_id, 16),
        int(trace.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(trace.sampled)),
    )
