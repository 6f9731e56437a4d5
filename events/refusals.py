"""Which promotions were refused: by what the markets answered, not by which releases are here now.

A release that was not there when it was promoted may have come since. What was scored meanwhile
was scored without it, so whoever reads the log again goes by the answer.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from events.codec import decode
from events.emission import emission_position
from events.envelope import Record, may_be
from events.facts import ModelPromoted
from events.outcomes import EventRejected
from events.rejections import Rejection

UNKNOWN_RELEASE: Final = "unknown_release"
"""The code of the rejection."""
_CODE: Final = UNKNOWN_RELEASE.encode()


class Refusals(msgspec.Struct, frozen=True):
    """The refused promotions of a partition, by offset; `up_to` is the last event answered."""

    offsets: frozenset[int] = frozenset()
    up_to: int = -1


def read_refusals(outcomes: Iterable[Record]) -> Refusals:
    """What a partition of `market.outcomes` says; outcomes of others are passed over."""
    offsets, up_to = set(), -1
    for outcome in outcomes:
        offset = answered_offset(outcome)
        up_to = max(up_to, offset)
        if offset >= 0 and is_refusal(outcome):
            offsets.add(offset)
    return Refusals(frozenset(offsets), up_to)


def promotes(record: Record) -> bool:
    """Whether an event is a promotion; most need not be opened for it."""
    try:
        return may_be(record, ModelPromoted.TYPE) and isinstance(decode(record).fact, ModelPromoted)
    except Rejection:
        return False


def answered_offset(outcome: Record) -> int:
    """The offset of the event that an outcome answers; -1 for an outcome of somebody else."""
    try:
        return emission_position(outcome_id(outcome))[0]
    except ValueError:
        return -1


def is_refusal(outcome: Record) -> bool:
    """Whether an outcome says that a promoted release was not there."""
    return may_be(outcome, EventRejected.TYPE) and _CODE in (outcome.value or b"")


def outcome_id(outcome: Record) -> str:
    """The id of an outcome's record; empty when it has none."""
    return dict(outcome.headers).get("ce_id", b"").decode(errors="replace")
