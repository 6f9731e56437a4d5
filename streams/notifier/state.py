"""What the notifier knows of a partition, as one record of `market.notifier-state`."""

import msgspec
import structlog
import zstandard

from events.topics import EVENTS, MAX_RECORD_BYTES, NOTIFICATIONS, NOTIFIER_STATE, OUTCOMES
from gigmatch.logread import LogReader
from streams.causal import Position
from streams.notifier.known import AnnouncerState
from streams.notifier.ledger import LedgerState
from streams.sink import Sink

VERSION = 2
"""Of the form; a state of another is not used, the log is read from the beginning."""

_MOST_BYTES = MAX_RECORD_BYTES - 64 * 1024
"""The rest is for what a record and a batch have around the value."""

_log = structlog.get_logger()


class PartitionState(msgspec.Struct):
    """The next offsets of the three topics, the last outcome's place, and the two folds."""

    version: int = VERSION
    events: int = 0
    outcomes: int = 0
    notifications: int = 0
    position: Position = (-1, "", -1)
    announcer: AnnouncerState = msgspec.field(default_factory=AnnouncerState)
    ledger: LedgerState = msgspec.field(default_factory=LedgerState)


class _Version(msgspec.Struct):
    version: int


def save(sink: Sink, number: int, state: PartitionState) -> bool:
    """Publish the state of a partition; False when it is too large for a record."""
    value = zstandard.compress(msgspec.msgpack.encode(state))
    if len(value) > _MOST_BYTES:
        _log.error("the notifier's state is too large to be kept", partition=number)
        return False
    sink.publish(NOTIFIER_STATE, value, key=b"%d" % number, partition=number)
    return True


def load(reader: LogReader, number: int) -> PartitionState:
    """The newest state of a partition that can be used; an empty one without it.

    One that is ahead of the topics is of another log. Raises KafkaException.
    """
    newest = None
    for record in reader.read(NOTIFIER_STATE, number):
        newest = record.value or newest
    state = PartitionState() if newest is None else _decoded(newest, number)
    bounds = {topic: reader.bounds(topic, number) for topic in (EVENTS, OUTCOMES, NOTIFICATIONS)}
    if (
        state.events > bounds[EVENTS][1]
        or state.outcomes > bounds[OUTCOMES][1]
        or state.notifications > bounds[NOTIFICATIONS][1]
    ):
        _log.warning("the notifier's state is of another log", partition=number)
        state = PartitionState()
    state.events = max(state.events, bounds[EVENTS][0])
    state.outcomes = max(state.outcomes, bounds[OUTCOMES][0])
    state.notifications = max(state.notifications, bounds[NOTIFICATIONS][0])
    return state


def _decoded(value: bytes, number: int) -> PartitionState:
    try:
        plain = zstandard.decompress(value)
        if msgspec.msgpack.decode(plain, type=_Version).version == VERSION:
            return msgspec.msgpack.decode(plain, type=PartitionState)
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        _log.warning("the notifier's state cannot be read", partition=number, why=str(error))
    return PartitionState()
