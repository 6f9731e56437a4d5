"""Dead letters for the gateway: the newest ones, safe to show, and sending them again."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from confluent_kafka import KafkaException

from events.envelope import Record
from events.personal import masked
from events.topics import DEAD_LETTERS
from gateway.operations import Letter, LettersError, Replayed
from gigmatch.errors import UserError
from gigmatch.logread import LogReader
from producers.publisher import DeliveryError, Publisher
from streams.dead_letters import DeadLetter, marked, opened, send_again

T = TypeVar("T")

KEPT: Final = 1_000
"""Letters that are kept in memory, the newest; the command line knows all of them."""
MOST_MARKS: Final = 20_000
PREVIEW: Final = 600
"""Bytes of a letter that are shown."""
_LONGEST: Final = 200


class _Kept(NamedTuple):
    """A letter as it is shown, and where it lies among the dead letters."""

    letter: Letter
    partition: int
    offset: int


class LetterDesk:
    """The gateway's `DeadLetters` over a broker; it works in threads, one at a time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._lock = threading.Lock()
        self._next: dict[int, int] = {}
        self._kept: dict[str, _Kept] = {}
        self._replayed: OrderedDict[str, int] = OrderedDict()

    async def newest(self) -> list[Letter]:
        """The newest letters, newest first. Raises LettersError."""
        return await asyncio.to_thread(self._guarded, self._newest)

    async def replay(self, origins: Sequence[str]) -> Replayed:
        """Send letters again that have not been sent again yet. Raises LettersError."""
        return await asyncio.to_thread(self._guarded, lambda: self._replay(origins))

    def _guarded(self, work: Callable[[], T]) -> T:
        with self._lock:
            try:
                self._read()
                return work()
            except (KafkaException, DeliveryError, UserError) as error:
                raise LettersError(str(error)) from error

    def _newest(self) -> list[Letter]:
        shown = (self._shown(kept.letter) for kept in self._kept.values())
        return sorted(shown, key=lambda letter: -letter.at)

    def _shown(self, letter: Letter) -> Letter:
        return letter.marked(self._replayed.get(letter.origin))

    def _read(self) -> None:
        """Take in what has come since, at most as much as is kept."""
        with LogReader(self._bootstrap) as reader:
            for partition in reader.partitions(DEAD_LETTERS):
                low, high = reader.bounds(DEAD_LETTERS, partition)
                begin = max(low, high - KEPT, self._next.get(partition, 0))
                if begin < high:
                    for record in reader.read(DEAD_LETTERS, partition, begin, high):
                        self._take(record)
                    self._drop_oldest()
                self._next[partition] = high

    def _take(self, record: Record) -> None:
        if (origin := marked(record)) is not None:
            self._replayed[origin] = record.timestamp
            if len(self._replayed) > MOST_MARKS:
                self._replayed.popitem(last=False)
            return
        letter = shown(opened(record))
        self._kept.setdefault(letter.origin, _Kept(letter, record.partition, record.offset))

    def _drop_oldest(self) -> None:
        """By their time: one partition's flood of old ones must not hide another's of today."""
        if len(self._kept) > KEPT:
            by_age = sorted(self._kept.items(), key=lambda item: item[1].letter.at)
            self._kept = dict(by_age[-KEPT:])

    def _replay(self, origins: Sequence[str]) -> Replayed:
        unknown = [origin for origin in origins if origin not in self._kept]
        repeated = [origin for origin in origins if origin in self._replayed]
        wanted = [o for o in origins if o in self._kept and o not in self._replayed]
        if wanted:
            publisher = Publisher(self._bootstrap, client_id="gigmatch-dead-letters")
            try:
                for origin in wanted:
                    send_again(publisher, self._bootstrap, self._whole(origin))
            finally:
                publisher.close()
        return Replayed(published=wanted, repeated=repeated, unknown=unknown)

    def _whole(self, origin: str) -> DeadLetter:
        """The letter with its bytes. Raises UserError when it is gone."""
        kept = self._kept[origin]
        with LogReader(self._bootstrap) as reader:
            place = (DEAD_LETTERS, kept.partition, kept.offset, kept.offset + 1)
            record = next(reader.read(*place), None)
        if record is None:
            raise UserError(f"the dead letter of {origin} is not in the log any more")
        return opened(record)


def shown(letter: DeadLetter) -> Letter:
    """A letter as operators see it: its beginning, escaped, without phone or ID numbers."""
    value = letter.record.value or b""
    return Letter(
        origin=letter.origin,
        code=_short(letter.code),
        field=_short(letter.field),
        reason={"zh-CN": _short(letter.reason_zh), "en": _short(letter.reason)},
        ce_type=_short(letter.ce_type),
        source=_short(letter.ce_source),
        size=letter.size,
        at=letter.record.timestamp,
        preview=masked(escaped(value[:PREVIEW])),
        cut=len(value) > PREVIEW,
    )


def escaped(value: bytes) -> str:
    r"""Bytes as printable text: what is none, or hides what stands beside it, as \xNN or \uNNNN."""
    text = value.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() or c == "\n" else _code(c) for c in text)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _short(text: str) -> str:
    return masked(escaped(text[:_LONGEST].encode(errors="backslashreplace")))
