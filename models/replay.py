"""A log replayed into a data set: the features of every offer, and what came of it."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from events.codec import decode
from events.envelope import Record, open_envelope
from events.notices import AnyFact
from events.outcomes import OfferMade
from events.topics import EVENTS, OUTCOMES
from matching.engine import NOTHING, Engine, Step
from matching.scorer import OpenScorer
from models.dataset import Dataset, Features
from models.decisions import Answers, Circumstances
from models.manifest import LogSource

OnBytes = Callable[[int], None]
OnStep = Callable[[Engine, AnyFact, Step], None]


class LogError(Exception):
    """A log file cannot be learnt from; says why, and what to do."""


class Replay:
    """The engines of a log's partitions, and the answers they bring to light."""

    def __init__(
        self,
        partitions: int,
        open_scorer: OpenScorer,
        on_step: OnStep = lambda engine, fact, step: None,
    ) -> None:
        self.answers = Answers()
        self._partitions = partitions
        self._open_scorer = open_scorer
        self._on_step = on_step
        self._engines: dict[int, Engine] = {}
        self._said: dict[str, bytes] = {}

    def feed(self, record: Record) -> None:
        """Take in the next record of a log.

        Raises LogError when the log holds another outcome than the engine has for it.
        """
        if record.topic == EVENTS:
            self._step(record)
        elif record.topic == OUTCOMES:
            self._compare(record)

    def dataset(self) -> Dataset:
        """All offers so far, answered or not, in order of time."""
        return Dataset(self.answers.table())

    def _step(self, record: Record) -> None:
        if record.partition not in self._engines:
            self._engines[record.partition] = self._new_engine(record.partition)
        engine = self._engines[record.partition]
        step = engine.step(record)
        self._said |= {emission.id: _digest(emission.value) for emission in step.emissions}
        if step is NOTHING or step.rejection is not None or step.reroute is not None:
            return
        fact = decode(record).fact
        self.answers.on_fact(fact, engine.now)
        for emission in step.emissions:
            self.answers.on_outcome(emission.outcome)
        self._on_step(engine, fact, step)

    def _new_engine(self, partition: int) -> Engine:
        engine = Engine(
            partition,
            self._partitions,
            self._open_scorer,
            on_offer=lambda offer, row: self._on_offer(engine, offer, row),
        )
        return engine

    def _on_offer(self, engine: Engine, offer: OfferMade, row: Features) -> None:
        """An engine makes an offer: its market is still in that moment."""
        state = engine.markets[offer.zone].state
        self.answers.on_offer(offer, row, Circumstances.of(offer, state))

    def _compare(self, record: Record) -> None:
        envelope = open_envelope(record)
        if self._said.get(envelope.id) != _digest(envelope.data):
            raise LogError(
                f"Outcome {envelope.id} of the log is not what this engine says there. Train with "
                "the version of gigmatch and the model releases that wrote the log."
            )


def read_dataset(
    path: Path,
    partitions: int,
    open_scorer: OpenScorer,
    on_bytes: OnBytes = lambda _: None,
    on_step: OnStep = lambda engine, fact, step: None,
) -> tuple[Dataset, LogSource]:
    """The data set of a log file (JSON Lines of records) and the file's description.

    `on_bytes` is told how much has been read, `on_step` each fact taken in. Raises
    LogError when a line is not a record or the log and the engine disagree, OSError when the file
    cannot be read.
    """
    replay, digest, count = Replay(partitions, open_scorer, on_step), hashlib.sha256(), 0
    for number, line in _lines(path):
        digest.update(line)
        replay.feed(_record(path, number, line))
        on_bytes(len(line))
        count = number
    data = replay.dataset()
    answered = data.answered()
    source = LogSource(
        sha256=digest.hexdigest(),
        records=count,
        offers=len(answered),
        first=int(answered.times[0]) if len(answered) else 0,
        last=int(answered.times[-1]) if len(answered) else 0,
    )
    return data, source


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        yield from enumerate(file, start=1)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


_decode_record = msgspec.json.Decoder(Record).decode


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        return _decode_record(line)
    except msgspec.DecodeError as error:
        raise LogError(f"{path.name}, line {number}, is not a record: {error}") from None
