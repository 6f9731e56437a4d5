"""Topic names and their settings, in one place, and where a zone's records go."""

import zlib
from typing import Final

import msgspec

EVENTS: Final = "market.events"
OUTCOMES: Final = "market.outcomes"
SNAPSHOTS: Final = "market.snapshots"
DEAD_LETTERS: Final = "market.dead-letters"
AUDIT: Final = "market.audit"
NOTIFICATIONS: Final = "market.notifications"
NOTIFIER_STATE: Final = "market.notifier-state"

REPLAY_OF: Final = "dead_letter.replay_of"
"""Header of an event that was refused and is sent again: topic/partition/offset of the refused."""

ALL_ZONES: Final = "*"
MAX_FACT_BYTES: Final = 256 * 1024
MAX_RECORD_BYTES: Final = 16 * 1024 * 1024

_ANY_TIME = {"message.timestamp.after.max.ms": str(2**63 - 1)}
"""An outcome has the time of its cause; Kafka refuses one an hour ahead of the broker's clock."""
_FOREVER = {
    **_ANY_TIME,
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
}
_COMPACTED = {**_ANY_TIME, "cleanup.policy": "compact"}
_FOR_A_MONTH = {**_FOREVER, "retention.ms": str(30 * 24 * 3_600_000)}
"""What people were told is not the market's state, and no longer needed than to answer for it."""


class Topic(msgspec.Struct, frozen=True):
    """A topic: its name, and its broker settings. All have the same number of partitions."""

    name: str
    config: dict[str, str]


TOPICS: Final = (
    Topic(EVENTS, {**_FOREVER, "max.message.bytes": str(MAX_RECORD_BYTES)}),
    Topic(OUTCOMES, {**_FOREVER, "max.message.bytes": str(MAX_RECORD_BYTES)}),
    Topic(SNAPSHOTS, {**_COMPACTED, "max.message.bytes": str(MAX_RECORD_BYTES)}),
    Topic(DEAD_LETTERS, {**_FOREVER, "max.message.bytes": str(MAX_RECORD_BYTES)}),
    Topic(AUDIT, {**_FOREVER, "max.message.bytes": str(MAX_RECORD_BYTES)}),
    Topic(NOTIFICATIONS, {**_FOR_A_MONTH, "max.message.bytes": str(MAX_RECORD_BYTES)}),
    Topic(NOTIFIER_STATE, {**_COMPACTED, "max.message.bytes": str(MAX_RECORD_BYTES)}),
)


def partition_of(zone: str, partitions: int) -> int:
    """The partition that owns a zone: CRC-32 of the key, as librdkafka's default partitioner.

    Of `market.notifications` it is the partition that owns a worker.

    Other clients hash differently (Java: murmur2); the matcher sends a record that landed in
    another partition on to this one.
    """
    return zlib.crc32(zone.encode()) % partitions
