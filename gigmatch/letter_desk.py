"""Dead letters for the gateway: the newest ones, safe to show, and sending them again."""

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from confluent_kafka import KafkaException

from events.envelope import Record
from events.personal import masked
from events.topics import DEAD_LETTERS
from gateway.operations import Letter, LettersError, Replayed
from gigmatch.errors import UserError
from gigmatch.logread import LogReader
from producers.publisher import DeliveryError, Publisher
from streams.dead_letters import DeadLetter, marked, opened, said, send_again

T = TypeVar("T")

KEPT: Final = 1_000
"""Letters that are kept in memory, the newest; the command line knows all of them."""
MOST_MARKS: Final = 20_000
PREVIEW: Final = 600
"""Bytes of a letter that are shown."""
_LONGEST: Final = 200
_SOURCE: Final = re.compile(r"/zones/([0-9]{6})(?:/.*)?")


class _Content(msgspec.Struct):
    """Of what a letter holds only where it says that it belongs."""

    zone: Any = None


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
        zone=zone_of(letter),
    )


def zone_of(letter: DeadLetter) -> str | None:
    """The zone that a letter is from, by its source; None where key or content name another.

    Of a structured event source and content are those that stand in it: a header `ce_source` beside
    it must not be another.
    Whoever has a key for some zones sees by this what is theirs: in doubt it is nobody's.
    """
    source, _, data = said(letter.record)
    named = _SOURCE.fullmatch(source)
    headers = [value for name, value in letter.record.headers if name.lower() == "ce_source"]
    if named is None or any(header != source.encode() for header in headers):
        return None
    zone, key = named[1], letter.record.key
    content = _Content()
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = msgspec.json.decode(data, type=_Content)
    return zone if key in (None, zone.encode()) and content.zone in (None, zone) else None


def escaped(value: bytes) -> str:
    r"""Bytes as printable text: what is none, or hides what stands beside it, as \xNN or \uNNNN."""
    text = value.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() or c == "\n" else _code(c) for c in text)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _short(text: str) -> str:
    return masked(escaped(text[:_LONGEST].encode(errors="backslashreplace")))
