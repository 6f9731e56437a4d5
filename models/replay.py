"""A log replayed into a data set: the features of every offer, and what came of it."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from events.codec import decode
from events.envelope import Record, open_envelope
from events.facts import OfferDeclined, WorkCompleted, WorkNoShow
from events.notices import AnyFact
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.topics import EVENTS, OUTCOMES
from matching.engine import Engine
from matching.features import FEATURES
from matching.scorer import OpenScorer
from models.dataset import Dataset, Features
from models.manifest import LogSource

OnBytes = Callable[[int], None]


class LogError(Exception):
    """A log file cannot be learnt from; says why, and what to do."""


class _Answer:
    """What became of one offer; the first answer counts, None is unknown for ever."""

    def __init__(self, worker_id: str, at: int, row: Features) -> None:
        self.worker_id = worker_id
        self.at = at
        self.row = row
        self.answered = False
        self.accepted: bool | None = None
        self.ended = False
        self.completed: bool | None = None

    def answer(self, accepted: bool | None) -> None:
        if not self.answered:
            self.answered, self.accepted = True, accepted

    def end(self, completed: bool | None) -> None:
        if not self.ended:
            self.ended, self.completed = True, completed


class Answers:
    """Offers and what followed, as they pass. Feed it the engine's offers, facts and outcomes.

    Accepted: confirmed, or said yes to after the place was gone. Not accepted: declined, or
    expired unanswered. Unknown, and left out: withdrawn, or still open when the log ends.
    Completed: the work was done. Not completed: did not come, or cancelled by the worker.
    Unknown: cancelled by the job, an excused absence, or not yet over.
    """

    def __init__(self) -> None:
        self._answers: dict[str, _Answer] = {}
        self._bookings: dict[tuple[str, str, str], str] = {}

    def on_offer(self, offer: OfferMade, row: Features) -> None:
        """An offer was made on these features (F,)."""
        self._answers[offer.offer_id] = _Answer(offer.worker_id, offer.at, row.copy())

    def on_fact(self, fact: AnyFact) -> None:
        """The market took in a fact."""
        match fact:
            case OfferDeclined():
                answer = self._answers.get(fact.offer_id)
                if answer is not None and answer.worker_id == fact.worker_id:
                    answer.answer(False)
            case WorkCompleted():
                self._end(fact, True)
            case WorkNoShow():
                self._end(fact, None if fact.excused else False)
            case _:
                pass

    def on_outcome(self, outcome: AnyOutcome) -> None:
        """The market said something."""
        match outcome:
            case BookingConfirmed():
                self._answers[outcome.offer_id].answer(True)
                parties = (outcome.zone, outcome.job_id, outcome.worker_id)
                self._bookings[parties] = outcome.offer_id
            case BookingPending() | BookingRefused(reason="taken" | "job_filled" | "blocked"):
                self._answers[outcome.offer_id].answer(True)
            case OfferExpired():
                self._answers[outcome.offer_id].answer(False)
            case OfferWithdrawn():
                self._answers[outcome.offer_id].answer(None)
            case BookingCancelled(reason="worker_declined" | "worker_unavailable"):
                self._answers[outcome.offer_id].end(False)
            case BookingCancelled():
                self._answers[outcome.offer_id].end(None)
            case _:
                pass

    def workers(self) -> dict[str, str]:
        """Whom each offer was made to."""
        return {id: answer.worker_id for id, answer in self._answers.items()}

    def dataset(self) -> Dataset:
        """The offers with a known answer, in order of time."""
        known = {id: answer for id, answer in self._answers.items() if answer.accepted is not None}
        answers = sorted(known.values(), key=lambda answer: answer.at)
        order = sorted(known, key=lambda id: known[id].at)
        rows = [answer.row for answer in answers]
        return Dataset(
            features=np.array(rows, np.float32).reshape(len(rows), len(FEATURES)),
            accepted=np.array([answer.accepted for answer in answers], np.bool_),
            completed=np.array([answer.completed is True for answer in answers], np.bool_),
            finished=np.array([answer.completed is not None for answer in answers], np.bool_),
            times=np.array([answer.at for answer in answers], np.int64),
            offers=np.array(order, np.str_),
        )

    def _end(self, fact: WorkCompleted | WorkNoShow, completed: bool | None) -> None:
        offer_id = self._bookings.get((fact.zone, fact.job_id, fact.worker_id))
        if offer_id is not None:
            self._answers[offer_id].end(completed)


class Replay:
    """The engines of a log's partitions, and the answers they bring to light."""

    def __init__(self, partitions: int, open_scorer: OpenScorer) -> None:
        self.answers = Answers()
        self._partitions = partitions
        self._open_scorer = open_scorer
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

    def _step(self, record: Record) -> None:
        if record.partition not in self._engines:
            self._engines[record.partition] = self._new_engine(record.partition)
        step = self._engines[record.partition].step(record)
        if step.rejection is None and step.reroute is None:
            self.answers.on_fact(decode(record).fact)
        for emission in step.emissions:
            self.answers.on_outcome(emission.outcome)
            self._said[emission.id] = _digest(emission.value)

    def _new_engine(self, partition: int) -> Engine:
        return Engine(
            partition, self._partitions, self._open_scorer, on_offer=self.answers.on_offer
        )

    def _compare(self, record: Record) -> None:
        envelope = open_envelope(record)
        if self._said.get(envelope.id) != _digest(envelope.data):
            raise LogError(
                f"Outcome {envelope.id} of the log is not what this engine says there. Train with "
                "the version of gigmatch and the model releases that wrote the log."
            )


def read_dataset(
    path: Path, partitions: int, open_scorer: OpenScorer, on_bytes: OnBytes = lambda _: None
) -> tuple[Dataset, LogSource]:
    """The data set of a log file (JSON Lines of records) and the file's description.

    `on_bytes` is told how much has been read. Raises LogError when a line is not a record or the
    log and the engine disagree, OSError when the file cannot be read.
    """
    replay, digest, count = Replay(partitions, open_scorer), hashlib.sha256(), 0
    for number, line in _lines(path):
        digest.update(line)
        replay.feed(_record(path, number, line))
        on_bytes(len(line))
        count = number
    data = replay.answers.dataset()
    source = LogSource(
        sha256=digest.hexdigest(),
        records=count,
        offers=len(data),
        first=int(data.times[0]) if len(data) else 0,
        last=int(data.times[-1]) if len(data) else 0,
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
