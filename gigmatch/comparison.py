"""Are the outcomes of a fold those that were published? Compared by id, repetitions dropped."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from events.emission import Emission, emission_position
from events.envelope import Record, open_envelope, structured_value
from events.topics import OUTCOMES
from gigmatch.fold import LogFileError, first_of_each_id
from gigmatch.logread import LogReader


class Comparison(msgspec.Struct, frozen=True):
    """What was found: the first difference, if there is one.

    `unanswered` outcomes follow from the log and are younger than all that their partition has
    published: the matcher has still to come to them. `ahead` were published for events that were
    written while the log was being read.
    """

    equal: int
    unanswered: int
    ahead: int
    difference: str


Outcomes = dict[int, dict[str, bytes]]
"""By partition and id all bytes of an outcome, as `gigmatch.fold.bytes_of` puts them together."""


def published_outcomes(bootstrap: str) -> Outcomes:
    """What `market.outcomes` holds now, the first record of each id."""
    with LogReader(bootstrap) as reader:
        return {
            number: dict(map(_published, first_of_each_id(reader.read(OUTCOMES, number))))
            for number in reader.partitions(OUTCOMES)
        }


def outcomes_in_file(path: Path) -> Iterator[tuple[str, bytes]]:
    """Ids and lines of a file that `gigmatch replay --out` wrote. Raises LogFileError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield msgspec.json.decode(line, type=_Identified).id, line.rstrip(b"\n")
            except msgspec.DecodeError as error:
                raise LogFileError(path, number, error) from None


def outcome_line(emission: Emission) -> bytes:
    """An outcome as a structured CloudEvent, one line of JSON."""
    record = Record(
        topic=OUTCOMES,
        partition=0,
        offset=0,
        timestamp=emission.time,
        key=emission.key,
        value=emission.value,
        headers=emission.headers,
    )
    return structured_value(open_envelope(record))


def compare(ours: Outcomes, theirs: Outcomes, last: dict[int, int]) -> Comparison:
    """Compare partition by partition. `last` is the last offset that was folded of each."""
    equal = unanswered = ahead = 0
    for number in sorted(ours.keys() | theirs.keys()):
        mine, published = dict(ours.get(number, {})), theirs.get(number, {})
        newest = max((_position(id) for id in published), default=(-1, "", 0))
        for id, line in published.items():
            if _position(id)[0] > last.get(number, -1):
                ahead += 1
            elif mine.pop(id, None) == line:
                equal += 1
            else:
                difference = f"partition {number}: {id} is not what the log gives"
                return Comparison(equal, unanswered, ahead, difference)
        lost = next((id for id in mine if _position(id) < newest), None)
        if lost is not None:
            difference = f"partition {number}: {lost} was never published"
            return Comparison(equal, unanswered, ahead, difference)
        unanswered += len(mine)
    return Comparison(equal, unanswered, ahead, "")


def compare_lines(ours: Iterable[tuple[str, bytes]], theirs: Iterable[tuple[str, bytes]]) -> str:
    """The first difference between the outcomes of two folds; empty when they are equal."""
    mine, other = dict(ours), dict(theirs)
    for id, line in other.items():
        if id not in mine:
            return f"{id} is only in the file"
        if mine[id] != line:
            return f"{id} is another in the file"
    missing = next((id for id in mine if id not in other), None)
    return "" if missing is None else f"{missing} is not in the file"


class _Identified(msgspec.Struct):
    id: str


def _published(record: Record) -> tuple[str, bytes]:
    """Id and all bytes of a record, as `bytes_of` has those of an emission."""
    id = dict(record.headers).get("ce_id", b"").decode(errors="replace") or record.origin
    headers = b"".join(name.encode() + b"=" + value + b"\n" for name, value in record.headers)
    return id, id.encode() + b"\n" + headers + (record.value or b"") + b"\n"


def _position(id: str) -> tuple[int, str, int]:
    """Where an outcome stands; a foreign id before all of ours, so that it is a difference."""
    try:
        return emission_position(id)
    except ValueError:
        return -1, "", 0
