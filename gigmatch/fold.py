"""Folding a log again: markets as they were, from a file or from the broker's topics."""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from events.emission import Emission, emission_position
from events.envelope import Record, open_envelope
from events.outcomes import EventRejected
from events.phrases import translated
from events.refusals import Refusals, is_refusal, outcome_id, promotes, read_refusals
from events.rejections import Rejection
from events.topics import EVENTS, OUTCOMES, partition_of
from gigmatch.errors import NoTopicError, SaidError
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from matching.engine import Engine
from matching.invariants.inspector import SWEEP_EVERY, Inspector
from matching.market import Market
from matching.scorer import OpenScorer

OnRecord = Callable[[Record], None]
IsRefused = Callable[[Record], bool]


def _never(_: Record) -> bool:
    return False


_EVENT_REJECTED: Final = b64encode(f"{EventRejected.TYPE}.v1".encode())
"""As a log file has it in a header."""
_RECORD: Final = msgspec.json.Decoder(Record)


class LogFileError(SaidError):
    """A log file that cannot be read; names the line."""

    def __init__(self, path: Path, number: int, why: Exception) -> None:
        super().__init__("error.log_line", path=path, number=number, why=translated(str(why)))


class LogShape(msgspec.Struct, frozen=True):
    """What must be known of a log before it is folded.

    `is_refused` says of a promotion whether the log answers that its release was not there.
    """

    partitions: int
    records: int
    is_refused: IsRefused = _never


class Folded(msgspec.Struct):
    """A fold's result: engines by partition, the outcomes' hash, and counts by type."""

    engines: dict[int, Engine]
    events: Counter[str]
    outcomes: Counter[str]
    records: int
    outcomes_sha256: str

    @property
    def state_hashes(self) -> dict[int, str]:
        """The hash of each partition's state."""
        return {number: self.engines[number].state_hash() for number in sorted(self.engines)}

    @property
    def state_hash(self) -> str:
        """One hash over the state of all partitions."""
        return _joined(self.state_hashes.values())

    def market(self, zone: str) -> Market | None:
        """The market of a zone, if the log has one."""
        for engine in self.engines.values():
            if zone in engine.markets:
                return engine.markets[zone]
        return None


def fold(
    records: Iterable[Record],
    partitions: int,
    open_scorer: OpenScorer,
    *,
    snapshot_at: int | None = None,
    until: int | None = None,
    check: bool = False,
    on_emission: Callable[[int, Emission], None] = lambda partition, emission: None,
    on_record: OnRecord = lambda record: None,
    is_refused: IsRefused = _never,
) -> Folded:
    """Apply the `market.events` records of a log, each partition in its order.

    With `snapshot_at` every engine is packed, thrown away and restored after that offset, which
    must change nothing. `until` is the last offset to apply. With `check` all that must hold of a
    market is checked; raises Violation. `is_refused` is that of the log's shape.
    """
    engines: dict[int, Engine] = {}
    inspectors: dict[int, Inspector] = {}
    digests: dict[int, hashlib._Hash] = {}
    events, outcomes = Counter[str](), Counter[str]()
    for record in records:
        on_record(record)
        if record.topic != EVENTS or (until is not None and record.offset > until):
            continue
        number = record.partition
        if number not in engines:
            engines[number] = Engine(number, partitions, open_scorer)
            inspectors[number] = Inspector(engines[number], sweep_every=SWEEP_EVERY)
            digests[number] = hashlib.sha256()
        events[_type_of(record)] += 1
        was_refused = promotes(record) and is_refused(record)
        step = engines[number].step(record, is_refused=was_refused)
        for emission in step.emissions:
            digests[number].update(bytes_of(emission))
            outcomes[emission.outcome.TYPE] += 1
            on_emission(number, emission)
        if check:
            inspectors[number].inspect(record, step)
        if record.offset == snapshot_at:
            engines[number] = _restored(engines[number], partitions, open_scorer)
            inspectors[number] = Inspector(engines[number], sweep_every=SWEEP_EVERY)
    for inspector in inspectors.values():
        inspector.finish()
    hashes = (digests[number].hexdigest() for number in sorted(digests))
    return Folded(engines, events, outcomes, events.total(), _joined(hashes))


def bytes_of(emission: Emission) -> bytes:
    """Id, headers and value of an emission, as one string of bytes."""
    headers = b"".join(name.encode() + b"=" + value + b"\n" for name, value in emission.headers)
    return emission.id.encode() + b"\n" + headers + emission.value + b"\n"


def open_log(bootstrap: str, file: Path | None) -> tuple[LogShape, Iterator[Record]]:
    """The shape and the records of a log file or, without one, of the topic.

    Raises LogFileError, and UserError when no broker answers or the topic is missing.
    """
    if file is not None:
        return shape_of_file(file), read_file(file)
    require_broker(bootstrap)
    return shape_of_topic(bootstrap), read_topic(bootstrap)


def read_file(path: Path) -> Iterator[Record]:
    """The records of a log file. Raises LogFileError."""
    decoder = msgspec.json.Decoder(Record)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError as error:
                raise LogFileError(path, number, error) from None


def shape_of_file(path: Path) -> LogShape:
    """How many records a log file has, and of how many partitions at least. Raises LogFileError."""
    decoder = msgspec.json.Decoder(_Place)
    partitions = records = 0
    refused: dict[int, list[Record]] = {}
    with path.open("rb") as file:
        for records, line in enumerate(file, start=1):
            try:
                partitions = max(partitions, decoder.decode(line).partition + 1)
                if _EVENT_REJECTED in line:
                    answer = _RECORD.decode(line)
                    if is_refusal(answer):
                        refused.setdefault(answer.partition, []).append(answer)
            except msgspec.DecodeError as error:
                raise LogFileError(path, records, error) from None
    refusals = {number: read_refusals(answers) for number, answers in refused.items()}
    return LogShape(max(partitions, 1), records, _Answers(refusals.get))


def shape_of_topic(bootstrap: str) -> LogShape:
    """How many records and partitions `market.events` has. Raises NoTopicError."""
    with LogReader(bootstrap) as reader:
        numbers = reader.partitions(EVENTS)
        if not numbers:
            raise NoTopicError(EVENTS)
        bounds = [reader.bounds(EVENTS, number) for number in numbers]
    answers = _Answers(lambda number: _refusals_of_topic(bootstrap, number))
    return LogShape(len(numbers), sum(high - low for low, high in bounds), answers)


def read_topic(bootstrap: str, zone: str | None = None) -> Iterator[Record]:
    """The records of `market.events` up to now, partition by partition, or a zone's partition."""
    with LogReader(bootstrap) as reader:
        known = reader.partitions(EVENTS)
        wanted = known if zone is None else [partition_of(zone, len(known))]
        for partition in wanted:
            yield from reader.read(EVENTS, partition)


def read_answered(bootstrap: str) -> Iterator[Record]:
    """The records of `market.events` up to now, each followed by its outcomes.

    Partition by partition; without outcomes where `market.outcomes` is not there or may not be
    read. Raises NoTopicError.
    """
    with LogReader(bootstrap) as reader:
        numbers = reader.partitions(EVENTS)
        if not numbers:
            raise NoTopicError(EVENTS)
        for number in numbers:
            with closing(_read_outcomes(bootstrap, number)) as outcomes:
                yield from answered(reader.read(EVENTS, number), outcomes)


def answered(events: Iterable[Record], outcomes: Iterable[Record]) -> Iterator[Record]:
    """The events of a partition, each followed by its outcomes, which are in their order.

    Outcomes that are repeated, or that no market of ours has said, are left out, as are those of
    events that came later.
    """
    left, said = iter(outcomes), (-1, "", -1)
    ahead = next(left, None)
    for event in events:
        yield event
        while ahead is not None:
            try:
                position = emission_position(outcome_id(ahead))
            except ValueError:
                position = said
            if position[0] > event.offset:
                break
            if position > said:
                yield ahead
                said = position
            ahead = next(left, None)


def first_of_each_id(records: Iterable[Record]) -> list[Record]:
    """Outcome records without repetitions."""
    seen: dict[bytes, Record] = {}
    for record in records:
        seen.setdefault(dict(record.headers).get("ce_id", b""), record)
    return list(seen.values())


class _Place(msgspec.Struct):
    partition: int


class _Answers:
    """What a log answers to its promotions, read when the first of a partition is met."""

    def __init__(self, read: Callable[[int], Refusals | None]) -> None:
        self._read = cache(read)

    def __call__(self, promotion: Record) -> bool:
        known = self._read(promotion.partition)
        return known is not None and promotion.offset in known.offsets


def _refusals_of_topic(bootstrap: str, partition: int) -> Refusals:
    with closing(_read_outcomes(bootstrap, partition)) as outcomes:
        return read_refusals(outcomes)


def _read_outcomes(bootstrap: str, partition: int) -> Generator[Record, None, None]:
    with LogReader(bootstrap) as reader:
        if partition in reader.partitions(OUTCOMES):
            yield from reader.read(OUTCOMES, partition)


def _type_of(record: Record) -> str:
    """The CloudEvents type that a record claims; `?` when it is no event."""
    try:
        return open_envelope(record).type
    except Rejection:
        return "?"


def _joined(hashes: Iterable[str]) -> str:
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def _restored(engine: Engine, partitions: int, open_scorer: OpenScorer) -> Engine:
    again = Engine(engine.partition, partitions, open_scorer)
    again.restore(engine.snapshot())
    return again
