"""The OpenTelemetry SDK as our spans need it: batches over HTTP, sent by a thread of their own."""

from collections.abc import Mapping
from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, TraceFlags

from events.tracing import Trace

_TIMEOUT_S: Final = 3.0


class OtlpSpans:
    """Exports in batches over HTTP; what a collector does not take in time is dropped."""

    def __init__(self, endpoint: str, service: str, *, share: float = 1.0) -> None:
        """`endpoint` is the collector's address, to which `/v1/traces` is added."""
        self.share = share
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT_S)
        self._processor = BatchSpanProcessor(exporter)
        self._resource = Resource({"service.name": service})

    def record(
        self,
        name: str,
        at: Trace,
        parent: Trace | None,
        *,
        begin_ns: int,
        end_ns: int,
        attributes: Mapping[str, str | int],
    ) -> None:
        """See `Spans.record`. Nothing for a trace that is not sampled."""
        if not at.sampled:
            return
        span = ReadableSpan(
            name,
            context=_context(at),
            parent=None if parent is None else _context(parent),
            resource=self._resource,
            attributes=attributes,
            start_time=begin_ns,
            end_time=end_ns,
        )
        self._processor.on_end(span)

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
