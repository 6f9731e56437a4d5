"""Records of a partition's two topics into their causal order."""

import structlog

from events.codec import decode, decode_outcome
from events.emission import emission_position
from events.envelope import Record
from events.rejections import Rejection
from events.topics import EVENTS
from events.tracing import trace_of
from streams.causal import CausalOrder

_log = structlog.get_logger()


def read_into(order: CausalOrder, record: Record) -> None:
    """Take a record of either topic; one that has been read before changes nothing."""
    if record.topic == EVENTS:
        if record.offset >= order.events_read:
            _read_fact(order, record)
    elif record.offset >= order.outcomes_read:
        _read_outcome(order, record)


def _read_fact(order: CausalOrder, record: Record) -> None:
    try:
        event, trace = decode(record), trace_of(record.headers)
        order.read_fact(record.offset, event, trace, record.timestamp)
    except Rejection:
        order.read_fact(record.offset, None)


def _read_outcome(order: CausalOrder, record: Record) -> None:
    try:
        envelope, outcome = decode_outcome(record)
        emission_position(envelope.id)
    except (Rejection, ValueError) as error:
        _log.warning("an outcome that is none of ours", origin=record.origin, why=str(error))
        order.outcomes_read = record.offset + 1
    else:
        order.read_outcome(record.offset, envelope.id, outcome, trace_of(record.headers))
