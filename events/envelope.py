"""CloudEvents 1.0 over Kafka: records to envelopes and back, in binary and structured mode.

Source: CloudEvents Kafka protocol binding 1.0.2. A record is what a Kafka client hands over; an
envelope is the CloudEvents context with its data as JSON bytes.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from events.faults import fault, not_json
from events.first_look import is_dubious
from events.nesting import DEEPEST, is_too_deep
from events.personal import holds_personal_data, plain
from events.rejections import Rejection

Headers = tuple[tuple[str, bytes], ...]

SPEC_VERSION = "1.0"
JSON_TYPE = "application/json"
_JSON_BYTES = JSON_TYPE.encode()
_JSON_HEADER = ("content-type", _JSON_BYTES)
_SPEC_HEADER = ("ce_specversion", SPEC_VERSION.encode())
STRUCTURED_TYPE = "application/cloudevents+json"
_STRUCTURED_BYTES = b"cloudevents"
LONGEST_ATTRIBUTE = 256
LATE = "ce_late"
"""An extension, for people: the seconds that a fact waited at its station before it was sent."""
_FIRST_MS = -62_135_596_800_000
_LAST_MS = 253_402_300_799_999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One Kafka record. `timestamp` is the broker's or producer's, in UTC milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def origin(self) -> str:
        """Where the record stands: topic/partition/offset."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The CloudEvents context of a message. `time` is UTC milliseconds, `data` JSON bytes."""

    id: str
    source: str
    type: str
    time: int | None
    data: bytes


class _Structured(msgspec.Struct):
    """A structured-mode CloudEvent, as JSON."""

    specversion: str = ""
    id: str = ""
    source: str = ""
    type: str = ""
    time: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    data_base64: bytes | None = None


_STRUCTURED: Final = msgspec.json.Decoder(_Structured)


def open_envelope(record: Record) -> Envelope:
    """The envelope of a record in either mode.

    Raises Rejection when the record is not a CloudEvent that we can read.
    """
    if not record.value:
        raise Rejection("empty_value", "value")
    headers = dict(record.headers)
    if "ce_specversion" not in headers:
        headers = {name.lower(): value for name, value in record.headers}
    content_type = headers.get("content-type", _JSON_BYTES)
    if content_type != _JSON_BYTES:
        media_type = _text("content-type", content_type).split(";")[0].strip().lower()
        if media_type == STRUCTURED_TYPE:
            return _open_structured(record.value)
        if media_type.startswith("application/cloudevents"):
            raise Rejection("unknown_format", "content-type", value=media_type[:80])
    source, type = headers.get("ce_source"), headers.get("ce_type")
    if (
        headers.get("ce_specversion") == _SPEC_HEADER[1]
        and source is not None
        and type is not None
        and len(source) + len(type) <= LONGEST_ATTRIBUTE
        and (origin := _sound_origin(source, type)) is not None
    ):
        id, time = _text("ce_id", headers.get("ce_id")), _text("ce_time", headers.get("ce_time"))
        if _is_plain(id):
            moment = parse_time(time) if time else None
            return Envelope(id=id, source=origin[0], type=origin[1], time=moment, data=record.value)
    return _checked(
        specversion=_text("ce_specversion", headers.get("ce_specversion")),
        id=_text("ce_id", headers.get("ce_id")),
        source=_text("ce_source", source),
        type=_text("ce_type", type),
        time=_text("ce_time", headers.get("ce_time")),
        data=record.value,
        prefix="ce_",
    )


def may_be(record: Record, type: str) -> bool:
    """Whether a record is worth opening for who looks for one type: what says another is not.

    In structured mode the type may be written in any way that JSON knows.
    """
    wanted = type.encode()
    return any(wanted in value or _STRUCTURED_BYTES in value.lower() for _, value in record.headers)


@lru_cache(maxsize=4096)
def _sound_origin(source: bytes, type: bytes) -> tuple[str, str] | None:
    """Source and type as text when nothing is wrong with them: of these there are few."""
    try:
        texts = source.decode(), type.decode()
    except UnicodeDecodeError:
        return None
    return texts if _is_plain(texts[0]) and _is_plain(texts[1]) else None


def binary_headers(*, id: str, source: str, type: str, time: int | None) -> Headers:
    """The Kafka headers of a CloudEvent in binary mode."""
    type_header, source_header = _origin_headers(type, source)
    id_header = "ce_id", id.encode()
    if time is None:
        return _SPEC_HEADER, id_header, type_header, source_header, _JSON_HEADER
    at = _time_header(time)
    return _SPEC_HEADER, id_header, type_header, source_header, at, _JSON_HEADER


@lru_cache(maxsize=4096)
def _origin_headers(type: str, source: str) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """Those of a type and a source: a market writes few types, and always as itself."""
    return ("ce_type", type.encode()), ("ce_source", source.encode())


@lru_cache(maxsize=64)
def _time_header(millis: int) -> tuple[str, bytes]:
    """That of a time: all that follows from one event has the event's."""
    return "ce_time", format_time(millis).encode()


def structured_value(envelope: Envelope) -> bytes:
    """The Kafka value of an envelope in structured mode."""
    context: dict[str, str | msgspec.Raw] = {
        "specversion": SPEC_VERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "datacontenttype": JSON_TYPE,
    }
    if envelope.time is not None:
        context["time"] = format_time(envelope.time)
    context["data"] = msgspec.Raw(envelope.data)
    return msgspec.json.encode(context)


def format_time(millis: int) -> str:
    """UTC milliseconds as RFC 3339 with milliseconds: 2027-03-15T00:00:00.000Z.

    A broker takes any 64-bit timestamp; what is beyond the years 1 to 9999 becomes their bounds.
    """
    moment = _EPOCH + timedelta(milliseconds=_writable(millis))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str, field: str = "ce_time") -> int:
    """RFC 3339 text as UTC milliseconds. Raises Rejection when it has no offset or no sense.

    With its offset a time may lie just beyond the years 1 to 9999; it becomes their bounds, so that
    it can be written again.
    """
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise Rejection("bad_time", field, value=text[:40]) from None
    if moment.tzinfo is None:
        raise Rejection("bad_time", field, value=text[:40])
    since = moment - _EPOCH
    return _writable(since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000)


def _writable(millis: int) -> int:
    return min(max(millis, _FIRST_MS), _LAST_MS)


def check_nesting(data: bytes, deepest: int = DEEPEST) -> None:
    """Raise Rejection when JSON is nested deeper than any message."""
    if is_too_deep(data, deepest):
        raise Rejection("nested_too_deep", "value")


def _open_structured(value: bytes) -> Envelope:
    check_nesting(value, DEEPEST + 1)  # the data lies in the envelope
    try:
        event = _STRUCTURED.decode(value)
    except msgspec.ValidationError as error:
        raise fault(_Structured, value, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_json(value, error) from None
    data = event.data_base64 if event.data_base64 is not None else bytes(event.data)
    envelope = _checked(
        specversion=event.specversion,
        id=event.id,
        source=event.source,
        type=event.type,
        time=event.time,
        data=data,
        prefix="",
    )
    if not data:
        raise Rejection("missing_field", "data")
    return envelope


def _checked(
    *, specversion: str, id: str, source: str, type: str, time: str | None, data: bytes, prefix: str
) -> Envelope:
    attributes = {"specversion": specversion, "id": id, "source": source, "type": type}
    for name, value in attributes.items():
        _check_attribute(f"{prefix}{name}", value)
    if specversion != SPEC_VERSION:
        raise Rejection("unknown_specversion", f"{prefix}specversion", value=specversion[:40])
    moment = parse_time(time, f"{prefix}time") if time else None
    return Envelope(id=id, source=source, type=type, time=moment, data=data)


def _is_plain(value: str) -> bool:
    """Whether an attribute is there, short, printable and without personal data."""
    return 0 < len(value) <= LONGEST_ATTRIBUTE and value.isprintable() and not _is_personal(value)


def _is_personal(value: str) -> bool:
    data = value.encode()
    return is_dubious(data) and holds_personal_data(plain(data))


def _check_attribute(field: str, value: str) -> None:
    """Raise the Rejection that says what is wrong with one attribute of the context."""
    if not value:
        raise Rejection("missing_attribute", field)
    if len(value) > LONGEST_ATTRIBUTE:
        raise Rejection("attribute_too_long", field, limit=LONGEST_ATTRIBUTE)
    if not value.isprintable():
        raise Rejection("bad_characters", field)
    if _is_personal(value):
        raise Rejection("personal_data", field)


def _text(name: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError:
        raise Rejection("bad_header", name) from None
