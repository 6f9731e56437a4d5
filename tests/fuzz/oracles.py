"""What must hold of every record that comes to the decoder, whatever is in it.

Each function says how the record fared: `taken`, or the code of its rejection. Anything else is a
bug: another exception, words that cannot be read, a number of a person that gets through, a fact
that does not come back as it was, two CloudEvents modes that disagree.
"""

from collections.abc import Callable

import msgspec

from events.codec import Event, decode, decode_outcome, encode
from events.emission import Emission
from events.envelope import (
    JSON_TYPE,
    SPEC_VERSION,
    STRUCTURED_TYPE,
    Envelope,
    Record,
    binary_headers,
    format_time,
    open_envelope,
)
from events.outcomes import AnyOutcome
from events.personal import holds_personal_data, plain
from events.rejections import Rejection
from events.texts import LANGUAGES, table
from tests.fuzz.wire import record as record_with
from tests.worlds import record_of

TAKEN = "taken"
Oracle = Callable[[Record], str]


def judge_event(record: Record) -> str:
    """`decode`: an event that comes back unchanged in either mode, or a rejection in words."""
    try:
        envelope = open_envelope(record)
    except Rejection as rejection:
        _check_words(rejection)
        found = _decoded(record)
        assert isinstance(found, tuple), f"decoded without an envelope: {found}"
        return found[0]
    found = _decoded(record)
    binary, structured = (_without_prefix(_decoded(one)) for one in _both_modes(envelope, record))
    assert binary == structured, f"binary mode: {binary}; structured mode: {structured}"
    assert _without_prefix(found) == binary, f"sent: {found}; sent again: {binary}"
    if isinstance(found, tuple):
        return found[0]
    _check_comes_back(found)
    return TAKEN


def judge_outcome(record: Record) -> str:
    """`decode_outcome`: an outcome that comes back unchanged, or a rejection in words."""
    try:
        envelope, outcome = decode_outcome(record)
    except Rejection as rejection:
        _check_words(rejection)
        return rejection.code
    _check_outcome_comes_back(envelope, outcome)
    return TAKEN


ORACLES: dict[str, Oracle] = {"events": judge_event, "outcomes": judge_outcome}


def _decoded(record: Record) -> Event | tuple[str, str]:
    """The event, or the code and field of the rejection."""
    try:
        return decode(record)
    except Rejection as rejection:
        _check_words(rejection)
        return rejection.code, rejection.field


def _check_words(rejection: Rejection) -> None:
    assert set(LANGUAGES) <= table()[f"rejection.{rejection.code}"].keys()
    said = [rejection.field, *map(str, rejection.details.values())]
    for language in LANGUAGES:
        reason = rejection.reason(language)
        assert reason.strip(), f"{rejection.code} says nothing in {language}"
        said.append(reason)
    for text in said:
        assert not holds_personal_data(plain(text.encode())), f"a person's number: {text!r}"
        assert text.isprintable(), f"cannot be shown: {text!r}"


def _both_modes(envelope: Envelope, record: Record) -> tuple[Record, Record]:
    """The same event once in binary mode, once in structured mode with its data as base64."""
    context = {
        "specversion": SPEC_VERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "datacontenttype": JSON_TYPE,
        "data_base64": envelope.data,
    }
    if envelope.time is not None:
        context["time"] = format_time(envelope.time)
    headers = binary_headers(
        id=envelope.id, source=envelope.source, type=envelope.type, time=envelope.time
    )
    return (
        record_with(envelope.data, key=record.key, headers=headers),
        record_with(
            msgspec.json.encode(context),
            key=record.key,
            headers=(("content-type", STRUCTURED_TYPE.encode()),),
        ),
    )


def _without_prefix(found: Event | tuple[str, str]) -> Event | tuple[str, str]:
    if isinstance(found, Event):
        return found
    return found[0], found[1].removeprefix("ce_")


def _check_comes_back(event: Event) -> None:
    for structured in (False, True):
        again = record_of(
            event.fact, id=event.id, source=event.source, time=event.time, structured=structured
        )
        assert decode(again) == event
        assert encode(decode(again).fact) == encode(event.fact)


def _check_outcome_comes_back(envelope: Envelope, outcome: AnyOutcome) -> None:
    sent = Emission(id=envelope.id, time=envelope.time or 0, outcome=outcome)
    again, back = decode_outcome(record_with(sent.value, key=sent.key, headers=sent.headers))
    assert back == outcome
    assert encode(back) == encode(outcome)
    assert (again.id, again.type) == (envelope.id, envelope.type)
    assert again.time == (envelope.time or 0)
