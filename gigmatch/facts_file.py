"""Facts in files: one JSON object, or JSON Lines, and which type each of them is."""

from typing import Final

import msgspec

from events.codec import FACT_TYPES, VERSION, decode_fact
from events.facts import Fact
from events.rejections import Rejection

EXAMPLE_OF: Final = {"job": "job.posted"}


class FactLine(msgspec.Struct, frozen=True):
    """A fact of a file: its type with version, its bytes as they stand there, and decoded."""

    ce_type: str
    data: bytes
    fact: Fact


def read_facts(content: bytes, name: str, ce_type: str | None) -> list[FactLine]:
    """The facts of a file.

    Without `ce_type` the file's name decides (`worker_available.json`), otherwise the one type
    that the content fits. Raises Rejection.
    """
    return [_read(data, name, ce_type) for data in _objects(content)]


def _objects(content: bytes) -> list[bytes]:
    """One object, or one a line; the bytes are kept as they are."""
    try:
        msgspec.json.decode(content)
    except msgspec.DecodeError:
        lines = [line.strip() for line in content.splitlines()]
        return [line for line in lines if line]
    return [content.strip()]


def _read(data: bytes, name: str, ce_type: str | None) -> FactLine:
    versioned = ce_type or _named(name) or _fitting(data)
    if versioned.rpartition(".")[0] not in FACT_TYPES and versioned in FACT_TYPES:
        versioned = f"{versioned}.{VERSION}"
    return FactLine(versioned, data, decode_fact(versioned, data))


def _named(name: str) -> str | None:
    stem = name.rsplit("/", 1)[-1].split(".", 1)[0]
    candidate = EXAMPLE_OF.get(stem, stem.replace("_", ".", 1))
    known = {type_name.replace(".", "_"): type_name for type_name in FACT_TYPES}
    found = known.get(candidate.replace(".", "_"))
    return None if found is None else f"{found}.{VERSION}"


def _fitting(data: bytes) -> str:
    fitting = []
    for name in FACT_TYPES:
        try:
            decode_fact(f"{name}.{VERSION}", data)
        except Rejection:
            continue
        fitting.append(name)
    if len(fitting) != 1:
        raise Rejection("type_unclear", "--type", value=", ".join(fitting) or "-")
    return f"{fitting[0]}.{VERSION}"
