"""Dead letters: what could not be processed, with its bytes, where it stood, and why.

A dead letter is the original record, key, value and headers untouched, with headers added that
begin with `dead_letter.`. It lies in the same partition number as its origin.
"""

from typing import Final

import msgspec

from events.envelope import Headers, Record
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS
from gigmatch.logread import LogReader
from streams.sink import Sink

PREFIX: Final = "dead_letter."


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter as people read it. `origin` is topic/partition/offset of the record."""

    origin: str
    code: str
    field: str
    reason: str
    reason_zh: str
    ce_type: str
    ce_source: str
    size: int
    record: Record


def headers_for(record: Record, rejection: Rejection) -> Headers:
    """The headers of a record's dead letter."""
    added = {
        "origin": record.origin,
        "code": rejection.code,
        "field": rejection.field,
        "reason": rejection.reason("en"),
        "reason_zh": rejection.reason("zh-CN"),
    }
    return record.headers + tuple((PREFIX + name, text.encode()) for name, text in added.items())


def bury(sink: Sink, record: Record, rejection: Rejection) -> None:
    """Put a record among the dead letters."""
    sink.publish(
        DEAD_LETTERS,
        record.value,
        key=record.key,
        headers=headers_for(record, rejection),
        partition=record.partition,
    )


def opened(record: Record) -> DeadLetter:
    """A record of `market.dead-letters` as people read it."""
    texts = {name: value.decode(errors="replace") for name, value in record.headers}
    return DeadLetter(
        origin=texts.get(f"{PREFIX}origin", ""),
        code=texts.get(f"{PREFIX}code", ""),
        field=texts.get(f"{PREFIX}field", ""),
        reason=texts.get(f"{PREFIX}reason", ""),
        reason_zh=texts.get(f"{PREFIX}reason_zh", ""),
        ce_type=texts.get("ce_type", ""),
        ce_source=texts.get("ce_source", ""),
        size=len(record.value or b""),
        record=record,
    )


def read_all(bootstrap: str) -> list[DeadLetter]:
    """Every dead letter, once for each origin, oldest first."""
    letters: dict[str, DeadLetter] = {}
    with LogReader(bootstrap) as reader:
        for partition in reader.partitions(DEAD_LETTERS):
            for record in reader.read(DEAD_LETTERS, partition):
                letter = opened(record)
                letters.setdefault(letter.origin, letter)
    return sorted(letters.values(), key=lambda letter: letter.record.timestamp)


def resend(sink: Sink, letter: DeadLetter, corrected: bytes | None = None) -> None:
    """Publish a dead letter's record to `market.events` again, with a corrected value if given."""
    record = letter.record
    sink.publish(
        EVENTS,
        record.value if corrected is None else corrected,
        key=record.key,
        headers=tuple(pair for pair in record.headers if not pair[0].startswith(PREFIX)),
        partition=record.partition,
    )
