"""Facts in files: one JSON object, or JSON Lines, and which type each of them is."""

from typing import Final

import msgspec

from events.codec import FACT_TYPES, VERSION, decode, decode_fact, event_headers
from events.envelope import Headers, Record
from events.facts import Fact
from events.rejections import Rejection
from events.topics import EVENTS
from events.tracing import beginning

EXAMPLE_OF: Final = {"job": "job.posted"}
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class FactLine(msgspec.Struct, frozen=True):
    """A fact of a file: its type with version, its bytes as they stand there, and decoded."""

    ce_type: str
    data: bytes
    fact: Fact


def read_facts(
    content: bytes, name: str, ce_type: str | None, *, said_with: str = "--type"
) -> list[FactLine]:
    """The facts of a file.

    Without `ce_type` the file's name decides (`worker_available.json`), otherwise the type whose
    fields are nearest. Raises Rejection, in JSON Lines with the number of its line as a note;
    `said_with` is how to say the type when it is not clear.
    """
    objects = _objects(content)
    facts = []
    for number, data in objects:
        try:
            facts.append(_read(data, name, ce_type, said_with))
        except Rejection as rejection:
            if len(objects) > 1:
                rejection.add_note(str(number))
            raise
    return facts


def record_for(
    line: FactLine, *, id: str, source: str, time: int, key: bytes, trace_share: float = 0.0
) -> Record:
    """The record that carries a fact, in no partition yet. `time` is UTC milliseconds.

    `trace_share` of all of them, by their ids, begin a trace.

    Raises Rejection for what the market would refuse: a key that is not the fact's zone, a source
    that cannot be, too many bytes.
    """
    headers: Headers = event_headers(line.fact, id=id, source=source, time=time)
    headers = (*headers, *beginning(source, id, trace_share))
    record = Record(
        topic=EVENTS,
        partition=0,
        offset=0,
        timestamp=time,
        key=key,
        value=line.data,
        headers=headers,
    )
    decode(record)
    return record


def _objects(content: bytes) -> list[tuple[int, bytes]]:
    """One object with all bytes of the file, or one a line, with the numbers of their lines."""
    lines = [(n, line.strip()) for n, line in enumerate(content.splitlines(), 1) if line.strip()]
    if len(lines) > 1 and not _is_json(content) and _is_json(lines[0][1]):
        return lines
    return [(1, content)]


def _is_json(content: bytes) -> bool:
    try:
        msgspec.json.decode(content)
    except _UNREADABLE:
        return False
    return True


def _read(data: bytes, name: str, ce_type: str | None, said_with: str) -> FactLine:
    versioned = ce_type or _named(name) or _nearest(data, said_with)
    if versioned in FACT_TYPES:
        versioned = f"{versioned}.{VERSION}"
    return FactLine(versioned, data, decode_fact(versioned, data))


def _named(name: str) -> str | None:
    stem = name.rsplit("/", 1)[-1].split(".", 1)[0]
    candidate = EXAMPLE_OF.get(stem, stem)
    known = {type_name.replace(".", "_"): type_name for type_name in FACT_TYPES}
    return known.get(candidate.replace(".", "_"))


def _nearest(data: bytes, said_with: str) -> str:
    """The one type with the fewest fields missing and the fewest that it does not know.

    So a posting without its pay is a posting, and is told what is missing, and never an amendment
    that happens to fit. Raises Rejection when several are as near.
    """
    try:
        content = msgspec.json.decode(data)
    except _UNREADABLE:
        content = None
    if not isinstance(content, dict):
        return "job.posted"  # each type refuses it, with the right reason
    distances = {name: _distance(fact, set(content)) for name, fact in FACT_TYPES.items()}
    nearest = [name for name, far in distances.items() if far == min(distances.values())]
    if len(nearest) > 1:
        raise Rejection("type_unclear", said_with, value=", ".join(nearest))
    return nearest[0]


def _distance(fact: type[Fact], names: set[str]) -> int:
    fields = msgspec.structs.fields(fact)
    missing = {field.encode_name for field in fields if field.required} - names
    unknown = names - {field.encode_name for field in fields}
    return len(missing) + len(unknown)
