"""Dead letters: what could not be processed, with its bytes, where it stood, and why.

A dead letter is the original record, key, value and headers untouched, with headers added that
begin with `dead_letter.`. It lies in the same partition number as its origin. Only what would not
fit into a record with the added headers is cut, and `dead_letter.cut_from` says how large it was.

A letter that has been sent again is followed by a mark: a record without a value whose header
`dead_letter.replayed` names the origin. So every tool knows, and the log says when. The event that
was sent names it, too (`REPLAY_OF`): who follows the log took the refused one for heard.
"""

from typing import Any, Final, NamedTuple

import msgspec

from events.envelope import STRUCTURED_TYPE, Headers, Record
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS, MAX_RECORD_BYTES, REPLAY_OF
from gigmatch.errors import SaidError
from gigmatch.logread import LogReader
from streams.sink import Sink

PREFIX: Final = "dead_letter."
_REPLAYED: Final = f"{PREFIX}replayed"
_ORIGIN: Final = f"{PREFIX}origin"

_MOST_VALUE: Final = MAX_RECORD_BYTES - 256 * 1024
_MOST_HEADERS: Final = 64 * 1024
_MOST_KEY: Final = 64 * 1024


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter as people read it. `origin` is topic/partition/offset of the record.

    `ce_type` and `ce_source` are "" where the record, or its structured event, does not say.
    `replayed_at` is when it was last sent again, UTC ms.
    """

    origin: str
    code: str
    field: str
    reason: str
    reason_zh: str
    ce_type: str
    ce_source: str
    size: int
    record: Record
    replayed_at: int | None = None


def headers_for(record: Record, rejection: Rejection) -> Headers:
    """The headers that are added to a record's dead letter."""
    added = {
        "origin": record.origin,
        "code": rejection.code,
        "field": rejection.field,
        "reason": rejection.reason("en"),
        "reason_zh": rejection.reason("zh-CN"),
    }
    return tuple((PREFIX + name, text.encode()) for name, text in added.items())


def needed_headers(record: Record) -> Headers:
    """The headers; of absurdly large ones only those that make it a CloudEvent."""
    if _size(record.headers) <= _MOST_HEADERS:
        return record.headers
    return tuple(
        (name, value)
        for name, value in record.headers
        if name.lower().startswith(("ce_", "content-type")) and len(value) <= 1024
    )[:100]


def bury(sink: Sink, record: Record, rejection: Rejection) -> None:
    """Put a record among the dead letters."""
    headers, value, key = needed_headers(record), record.value, record.key
    added = headers_for(record, rejection)
    if key is not None:
        key = key[:_MOST_KEY]
    if value is not None:
        value = value[:_MOST_VALUE]
    if (headers, value, key) != (record.headers, record.value, record.key):
        size = _size(record.headers) + len(record.value or b"") + len(record.key or b"")
        added += ((f"{PREFIX}cut_from", b"%d" % size),)
    sink.publish(DEAD_LETTERS, value, key=key, headers=headers + added, partition=record.partition)


def _size(headers: Headers) -> int:
    return sum(len(name) + len(value) + 8 for name, value in headers)


class Said(NamedTuple):
    """What a record says of itself, however wrong it is: where it is from, of which type, what."""

    source: str
    type: str
    data: bytes


class _Structured(msgspec.Struct):
    """A CloudEvent in JSON of which nothing is sure."""

    source: Any = ""
    type: Any = ""
    data: msgspec.Raw = msgspec.Raw()
    data_base64: Any = None


def said(record: Record) -> Said:
    """What a refused record says: by its headers, or in structured mode by its JSON, if it is any.

    Which of them counts is decided as `events.envelope` does.
    """
    texts = {name.lower(): value.decode(errors="replace") for name, value in record.headers}
    value = record.value or b""
    if texts.get("content-type", "").split(";")[0].strip().lower() != STRUCTURED_TYPE:
        return Said(texts.get("ce_source", ""), texts.get("ce_type", ""), value)
    try:
        event = msgspec.json.decode(value, type=_Structured)
        coded = event.data_base64
        data = bytes(event.data) if coded is None else msgspec.convert(coded, bytes)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return Said("", "", b"")
    source, type = (text if isinstance(text, str) else "" for text in (event.source, event.type))
    return Said(source, type, data)


def opened(record: Record) -> DeadLetter:
    """A record of `market.dead-letters` as people read it."""
    texts = {name: value.decode(errors="replace") for name, value in record.headers}
    source, type, _ = said(record)
    return DeadLetter(
        origin=texts.get(f"{PREFIX}origin", ""),
        code=texts.get(f"{PREFIX}code", ""),
        field=texts.get(f"{PREFIX}field", ""),
        reason=texts.get(f"{PREFIX}reason", ""),
        reason_zh=texts.get(f"{PREFIX}reason_zh", ""),
        ce_type=type,
        ce_source=source,
        size=len(record.value or b""),
        record=record,
    )


def marked(record: Record) -> str | None:
    """The origin that a mark is about; None for a letter."""
    headers = dict(record.headers)
    if record.value is not None or _ORIGIN in headers or _REPLAYED not in headers:
        return None
    return headers[_REPLAYED].decode(errors="replace")


def read_all(bootstrap: str) -> list[DeadLetter]:
    """Every dead letter, once for each origin, oldest first."""
    letters: dict[str, DeadLetter] = {}
    replayed: dict[str, int] = {}
    with LogReader(bootstrap) as reader:
        for partition in reader.partitions(DEAD_LETTERS):
            for record in reader.read(DEAD_LETTERS, partition):
                if (origin := marked(record)) is not None:
                    replayed[origin] = record.timestamp
                else:
                    letter = opened(record)
                    letters.setdefault(letter.origin, letter)
    known = [
        msgspec.structs.replace(letter, replayed_at=replayed.get(letter.origin))
        for letter in letters.values()
    ]
    return sorted(known, key=lambda letter: letter.record.timestamp)


def send_again(
    sink: Sink, bootstrap: str, letter: DeadLetter, corrected: bytes | None = None
) -> None:
    """Publish the refused record again, with a corrected value if given, and mark the letter.

    The market drops what it has taken before, so a letter sent twice has one effect. Raises
    LostError when a cut letter's original is not in the log any more.
    """
    resend(sink, whole(bootstrap, letter), corrected, origin=letter.origin)
    headers = ((_REPLAYED, letter.origin.encode()),)
    sink.publish(DEAD_LETTERS, None, headers=headers, partition=letter.record.partition)


class LostError(SaidError):
    """A letter was cut, and its original is gone from the log."""


def whole(bootstrap: str, letter: DeadLetter) -> Record:
    """The refused record as it was; from where it stands in the log when the letter was cut.

    Raises LostError.
    """
    if f"{PREFIX}cut_from" not in dict(letter.record.headers):
        return letter.record
    topic, partition, offset = letter.origin.rsplit("/", 2)
    with LogReader(bootstrap) as reader:
        found = next(reader.read(topic, int(partition), int(offset), int(offset) + 1), None)
    if found is None:
        raise LostError("letters.lost", origin=letter.origin)
    return found


def resend(sink: Sink, record: Record, corrected: bytes | None = None, *, origin: str) -> None:
    """Publish a refused record to `market.events` again, with a corrected value if given.

    A corrected value may be a whole CloudEvent in JSON. Its zone becomes the key; should that
    belong to another partition, the matcher sends it there.
    """
    headers = tuple(pair for pair in record.headers if not pair[0].startswith(PREFIX))
    key = record.key
    if corrected is not None:
        event = _json_object(corrected)
        if "specversion" in event:
            headers = (("content-type", STRUCTURED_TYPE.encode()),)
            event = event.get("data", {})
        if isinstance(zone := event.get("zone"), str):
            key = zone.encode()
    sink.publish(
        EVENTS,
        record.value if corrected is None else corrected,
        key=key,
        headers=(*headers, (REPLAY_OF, origin.encode())),
        partition=record.partition,
    )


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
