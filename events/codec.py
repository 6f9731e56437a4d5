"""Kafka records to facts, and facts and outcomes to Kafka records.

`decode` is the only door into the market: what passes it is well-formed, possible and allowed.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar, get_args

import msgspec

from events.audit import AuditRecorded
from events.checks import check
from events.envelope import (
    Envelope,
    Headers,
    Record,
    binary_headers,
    check_nesting,
    open_envelope,
)
from events.facts import Fact
from events.faults import fault, not_json
from events.first_look import is_dubious
from events.forbidden import forbid
from events.notices import AnyFact, Notice, market_source
from events.notifications import AnyNotification
from events.outcomes import AnyOutcome
from events.rejections import Rejection
from events.stations import check_station
from events.topics import ALL_ZONES, MAX_FACT_BYTES

M = TypeVar("M")
AnyMessage = AnyFact | AnyOutcome | AnyNotification | AuditRecorded

VERSION: Final = "v1"
FACT_TYPES: Final[dict[str, type[Fact]]] = {fact.TYPE: fact for fact in get_args(Fact)}
NOTICE_TYPES: Final[dict[str, type[Notice]]] = {notice.TYPE: notice for notice in get_args(Notice)}
EVENT_TYPES: Final[dict[str, type[AnyFact]]] = {**FACT_TYPES, **NOTICE_TYPES}
"""All that `market.events` carries."""
OUTCOME_TYPES: Final[dict[str, type[AnyOutcome]]] = {
    outcome.TYPE: outcome for outcome in get_args(AnyOutcome)
}

NOTIFICATION_TYPES: Final[dict[str, type[AnyNotification]]] = {
    notification.TYPE: notification for notification in get_args(AnyNotification)
}

_EVENT_DECODERS: Final[dict[str, Callable[[bytes], AnyFact]]] = {
    name: msgspec.json.Decoder(fact).decode for name, fact in EVENT_TYPES.items()
}
_OUTCOME_DECODERS: Final[dict[str, Callable[[bytes], AnyOutcome]]] = {
    name: msgspec.json.Decoder(outcome).decode for name, outcome in OUTCOME_TYPES.items()
}
_NOTIFICATION_DECODERS: Final[dict[str, Callable[[bytes], AnyNotification]]] = {
    name: msgspec.json.Decoder(kind).decode for name, kind in NOTIFICATION_TYPES.items()
}
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fact, or another market's notice, with the context it came in.

    `time` is UTC milliseconds or None.
    """

    id: str
    source: str
    time: int | None
    fact: AnyFact


def decode(record: Record) -> Event:
    """The event of a record of `market.events`.

    Raises Rejection with the code, the field and the reason a clerk can act on.
    """
    if record.value is not None and len(record.value) > MAX_FACT_BYTES:
        raise Rejection("too_large", "value", size=len(record.value), limit=MAX_FACT_BYTES)
    envelope = open_envelope(record)
    fact = _decode_any(envelope.type, envelope.data)
    _check_key(record.key, fact.zone)
    if isinstance(fact, Notice):
        _check_writer(envelope.source, fact)
    else:
        check_station(envelope.source, fact)
    return Event(id=envelope.id, source=envelope.source, time=envelope.time, fact=fact)


def decode_fact(ce_type: str, data: bytes) -> Fact:
    """The checked fact of a CloudEvents type and its JSON data. Raises Rejection."""
    _known_type(ce_type, FACT_TYPES)
    fact = _decode_any(ce_type, data)
    assert not isinstance(fact, Notice)
    return fact


def decode_outcome(record: Record) -> tuple[Envelope, AnyOutcome]:
    """The envelope and outcome of a record of `market.outcomes`. Raises Rejection."""
    envelope = open_envelope(record)
    name = _known_type(envelope.type, OUTCOME_TYPES)
    check_nesting(envelope.data)
    return envelope, _decoded(_OUTCOME_DECODERS[name], OUTCOME_TYPES[name], envelope.data)


def decode_notification(record: Record) -> tuple[Envelope, AnyNotification]:
    """The envelope and message of a record of `market.notifications`. Raises Rejection."""
    envelope = open_envelope(record)
    name = _known_type(envelope.type, NOTIFICATION_TYPES)
    check_nesting(envelope.data)
    decoder = _NOTIFICATION_DECODERS[name]
    return envelope, _decoded(decoder, NOTIFICATION_TYPES[name], envelope.data)


def encode(message: AnyMessage) -> bytes:
    """A message as JSON with a fixed order of keys, so that equal messages are equal bytes."""
    return _ENCODER.encode(message)


def ce_type(message: AnyMessage) -> str:
    """The versioned CloudEvents type of a message: `job.posted.v1`."""
    return f"{message.TYPE}.{VERSION}"


def event_headers(message: AnyMessage, *, id: str, source: str, time: int | None) -> Headers:
    """The binary-mode headers that carry a message."""
    return binary_headers(id=id, source=source, type=ce_type(message), time=time)


def _decode_any(ce_type: str, data: bytes) -> AnyFact:
    name = _known_type(ce_type, EVENT_TYPES)
    decoder = _EVENT_DECODERS[name]
    if is_dubious(data):
        check_nesting(data)
        forbid(data)
    fact = _decoded(decoder, EVENT_TYPES[name], data)
    check(fact)
    return fact


def _known_type(versioned: str, known: Mapping[str, object]) -> str:
    name, _, version = versioned.rpartition(".")
    if name not in known:
        raise Rejection("unknown_type", "ce_type", value=versioned[:80])
    if version != VERSION:
        raise Rejection("unknown_version", "ce_type", value=version[:40], type=name, known=VERSION)
    return name


def _decoded(decoder: Callable[[bytes], M], message: type[msgspec.Struct], data: bytes) -> M:
    try:
        return decoder(data)
    except msgspec.ValidationError as error:
        raise fault(message, data, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_json(data, error) from None


def _check_key(key: bytes | None, zone: str) -> None:
    if zone != ALL_ZONES and key is not None and key != zone.encode():
        raise Rejection("key_is_not_zone", "key", zone=zone)


def _check_writer(source: str, notice: Notice) -> None:
    """A market speaks for itself only."""
    if source != market_source(notice.from_zone):
        raise Rejection("not_from_market", "ce_source", value=source, zone=notice.from_zone)
