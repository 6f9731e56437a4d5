"""Which trace a record belongs to: CloudEvents' distributed tracing extension, as a Kafka header.

All is decided by what came before: a trace that begins here, and the span of each record in it, are
functions of ids, so that a replay, a restart and a second try write the same bytes.

Sources: CloudEvents 1.0.2, extension "distributed tracing"; W3C Trace Context (level 1), section 3.
"""

import re
from hashlib import blake2b
from typing import Final, NamedTuple

from events.envelope import Headers

TRACEPARENT: Final = "ce_traceparent"
TRACEPARENT_PATTERN: Final = "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
"""What is written. What is read may be of a later version and longer."""
_READABLE: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_VERSION: Final = "ff"
_LONGEST: Final = 256
_SAMPLED: Final = 1


class Trace(NamedTuple):
    """A place in a trace: its id, 32 hex digits, and the span that was there last, 16."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """The place as W3C writes it: 00-<trace>-<span>-<flags>."""
        return f"00-{self.trace_id}-{self.span_id}-0{self.sampled:d}"

    @property
    def headers(self) -> Headers:
        """The Kafka header of the record at this place."""
        return ((TRACEPARENT, self.traceparent.encode()),)

    def then(self, id: str) -> "Trace":
        """The place of the record with an id that follows from the one here."""
        return self._replace(span_id=_digest(id, 8))


def begun(source: str, id: str, share: float = 0.0) -> Trace:
    """The beginning of a trace with the record that a source gave an id.

    `share` of all of them are sampled, by their ids; none where nobody records a span.
    """
    name = f"{source}#{id}"
    trace_id = _digest(name, 16)
    sampled = int(trace_id[16:], 16) < share * 2.0**64
    return Trace(trace_id, _digest(name, 8), sampled)


def beginning(source: str, id: str, share: float) -> Headers:
    """The header of a record that begins a trace, if it is one of the `share` that are recorded.

    For those who have no other use of a trace than being recorded: the rest costs nobody a byte.
    """
    trace = begun(source, id, share) if share else None
    return trace.headers if trace is not None and trace.sampled else ()


def read_traceparent(text: str) -> Trace | None:
    """The place that a `traceparent` names; None for one that W3C says to ignore."""
    found = _READABLE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == _NO_VERSION or (version == "00" and more):
        return None
    if not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return Trace(trace_id, span_id, sampled=bool(int(flags, 16) & _SAMPLED))


def trace_of(headers: Headers) -> Trace | None:
    """The place of a record by its headers, of which the last of a name counts.

    None without the header, and with one that says nothing: a fact is never refused for how
    somebody traces it.
    """
    written: bytes | None = None  # a client may send a header without a value, too
    for name, value in headers:
        if name == TRACEPARENT:
            written = value
    return read_traceparent(written.decode("latin-1")) if written else None


def _digest(text: str, size: int) -> str:
    return blake2b(text.encode(), digest_size=size).hexdigest()
