"""A log replayed into a data set: the features of every offer, and what came of it."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from events.codec import decode
from events.emission import Emission
from events.envelope import Record, may_be, open_envelope
from events.facts import ModelPromoted
from events.notices import AnyFact
from events.outcomes import OfferMade
from events.phrases import translated
from events.refusals import UNKNOWN_RELEASE, answered_offset, is_refusal
from events.rejections import Rejection
from events.topics import EVENTS, OUTCOMES
from gigmatch.errors import SaidError
from matching.engine import NOTHING, Engine, Step
from matching.scorer import OpenScorer
from models.dataset import Dataset, Features
from models.decisions import Answers, Circumstances
from models.manifest import LogSource

OnBytes = Callable[[int], None]
OnStep = Callable[[Engine, AnyFact, Step], None]


class LogError(SaidError):
    """A log file cannot be learnt from; says why, and what to do."""


@dataclass
class Partition:
    """A partition's engine, and what the log has still to say of the engine's last event."""

    engine: Engine
    promotion: Record | None = None
    """An event that waits for what the log says of it."""
    expected: deque[Emission] = field(default_factory=deque)
    heard: bool = False
    """Whether the log has held outcomes; from then on it holds all of them, but for the last."""
    lost: str = ""

    def went_on(self, step: Step) -> None:
        """The engine has taken its next step."""
        if self.heard and self.expected and not self.lost:
            self.lost = self.expected[0].id
        self.expected = deque(step.emissions)

    def says(self, id: str, value: bytes) -> bool:
        """Whether this is what the engine says next."""
        if not self.heard:  # what is missing before the first of all was cut off
            while self.expected and self.expected[0].id != id:
                self.expected.popleft()
        self.heard = True
        said = self.expected.popleft() if self.expected else None
        return said is not None and (said.id, said.value) == (id, value)


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
        self._by_number: dict[int, Partition] = {}

    def feed(self, record: Record) -> None:
        """Take in the next record of a log: an event, or an outcome right after its event.

        Raises LogError when the log holds other outcomes than the engine has, or promotes a release
        that is not here and that it does not say was refused.
        """
        if record.topic not in (EVENTS, OUTCOMES):
            return
        if record.partition not in self._by_number:
            engine = self._new_engine(record.partition)
            self._by_number[record.partition] = Partition(engine)
        partition = self._by_number[record.partition]
        self._promote(partition, record)
        if record.topic == OUTCOMES:
            _compare(partition, record)
        elif may_be(record, ModelPromoted.TYPE):
            partition.promotion = record
        else:
            self._step(partition, record)

    def dataset(self) -> Dataset:
        """All offers so far, answered or not, in order of time. Raises LogError, as `feed`."""
        for partition in self._by_number.values():
            self._promote(partition, None)
        return Dataset(self.answers.table())

    def _promote(self, partition: Partition, following: Record | None) -> None:
        """Step the promotion that waits; what follows says whether it was refused."""
        promotion, partition.promotion = partition.promotion, None
        if promotion is not None:
            is_refused = following is not None and _refuses(following, promotion)
            self._step(partition, promotion, is_refused=is_refused)

    def _step(self, partition: Partition, record: Record, *, is_refused: bool = False) -> None:
        engine = partition.engine
        step = engine.step(record, is_refused=is_refused)
        partition.went_on(step)
        if not is_refused and step.rejection is not None:
            _require_release(record, step.rejection)
        if step is NOTHING or step.rejection is not None or step.reroute is not None:
            return
        fact = decode(record).fact
        self.answers.on_fact(fact, engine.clock(fact.zone))
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


def _compare(partition: Partition, record: Record) -> None:
    """Raise LogError when an outcome of the log is not what the engine says next."""
    envelope = open_envelope(record)
    is_said = partition.says(envelope.id, envelope.data)
    if is_said and not partition.lost:
        return
    if partition.lost:
        raise LogError("learn.outcome_lost", id=partition.lost)
    raise LogError("learn.outcome_other", id=envelope.id)


def _refuses(outcome: Record, promotion: Record) -> bool:
    """Whether a record says that there was no such release."""
    is_of_it = outcome.topic == OUTCOMES and answered_offset(outcome) == promotion.offset
    return is_of_it and is_refusal(outcome)


def _require_release(promotion: Record, rejection: Rejection) -> None:
    """Raise LogError when the promotion was refused here only: whoever scored had the release."""
    if rejection.code != UNKNOWN_RELEASE:
        return
    release = rejection.details["value"]
    raise LogError("learn.unknown_release", origin=promotion.origin, release=release)


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


_decode_record = msgspec.json.Decoder(Record).decode


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        return _decode_record(line)
    except msgspec.DecodeError as error:
        raise LogError(
            "learn.no_record", file=path.name, number=number, why=translated(str(error))
        ) from None
