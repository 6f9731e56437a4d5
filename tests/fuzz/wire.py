"""A record as text that a fuzzer can change and a person can read.

    key=511181
    ce_type=job.posted.v1

    {"job_id": ...}

A header without `=` has an empty value; without a blank line the record has none; without `key`
no key.
"""

from events.envelope import Headers, Record
from events.topics import EVENTS
from tests.town import NOW


def to_text(record: Record) -> bytes:
    """The text of a record. What stands in a header after a line break is lost."""
    lines = [] if record.key is None else [b"key=" + record.key]
    lines += [name.encode() + b"=" + value for name, value in record.headers]
    return b"\n".join(lines) + (b"" if record.value is None else b"\n\n" + record.value)


def from_text(text: bytes) -> Record:
    """The record that any bytes stand for."""
    head, blank, value = text.partition(b"\n\n")
    key: bytes | None = None
    headers: list[tuple[str, bytes]] = []
    for line in head.split(b"\n"):
        name, _, said = line.partition(b"=")
        if name == b"key":
            key = said
        elif name:
            headers.append((name.decode(errors="replace"), said))
    return record(value if blank else None, key=key, headers=tuple(headers))


def record(value: bytes | None, *, key: bytes | None = None, headers: Headers = ()) -> Record:
    """A record of `market.events`."""
    return Record(
        topic=EVENTS,
        partition=0,
        offset=0,
        timestamp=NOW,
        key=key,
        value=value,
        headers=headers,
    )
