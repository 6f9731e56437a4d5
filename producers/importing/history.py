"""What a feed has said so far, read back from the log: the log is what remembers imports."""

from typing import Final, NamedTuple

import msgspec

from events.codec import decode
from events.envelope import Record
from events.facts import JobAmended, JobCancelled, JobPosted
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS, partition_of
from gigmatch.logread import LogReader
from matching.closing import amended
from producers.outbox.station import Station

ID_PREFIX: Final = "import:"


class Refusal(NamedTuple):
    """Why the market did not take something, in Chinese and in English."""

    zh: str
    en: str


class Known(msgspec.Struct):
    """A row's newest job: what imports have said of it, how often, and whether it is cancelled.

    `closed_here` when an import cancelled it, and not a clerk. `refused` is why the market did not
    take what was said last.
    """

    generation: int
    posted: JobPosted
    said: int
    cancelled: bool = False
    closed_here: bool = False
    refused: Refusal | None = None

    def is_over(self, now: int) -> bool:
        """Whether the job cannot be changed at a time, UTC ms: it has begun, or is cancelled."""
        return self.cancelled or min(shift.start for shift in self.posted.shifts) <= now


class History:
    """The jobs of one station's feed by row key. Feed it the records of the zone's partition."""

    def __init__(self, station: Station, feed: str) -> None:
        self.known: dict[str, Known] = {}
        self.refused: dict[str, Refusal] = {}
        """By row key: postings that the market has refused, and nothing that it has taken."""
        self._refusals: dict[int, Refusal] = {}
        self._prefix = f"{station.name}.{feed}."
        self._sought = f'"{self._prefix}'.encode()
        self._source = station.source
        self._seen: set[tuple[str, str]] = set()

    def take_letter(self, record: Record) -> None:
        """Remember a dead letter: before the record that was refused is taken."""
        told = {name: value.decode(errors="replace") for name, value in record.headers}
        topic, _, offset = told.get("dead_letter.origin", "").rpartition("/")
        if topic.startswith(f"{EVENTS}/") and offset.isdecimal():
            reasons = (told.get(f"dead_letter.{name}", "") for name in ("reason_zh", "reason"))
            self._refusals[int(offset)] = Refusal(*reasons)

    def take(self, record: Record) -> None:
        """Remember what a record says of the feed's jobs; others are passed over quickly."""
        if record.value is None or self._sought not in record.value:
            return
        try:
            event = decode(record)
        except Rejection:
            return
        if (event.source, event.id) in self._seen:
            return
        is_import = event.source == self._source and event.id.startswith(ID_PREFIX)
        if (refusal := self._refusals.get(record.offset)) is not None:
            if is_import:
                self._refused(event.fact, refusal)
            return  # it may come again
        self._seen.add((event.source, event.id))
        match event.fact:
            case JobPosted() if is_import:
                self._posted(event.fact)
            case JobAmended() if is_import:
                self._amended(event.fact)
            case JobCancelled():
                self._cancelled(event.fact, is_import)
            case _:
                pass

    def _posted(self, fact: JobPosted) -> None:
        key, generation = self._parts(fact.job_id)
        known = self.known.get(key)
        self.refused.pop(key, None)
        if known is None or known.generation < generation:
            self.known[key] = Known(generation, fact, 1)

    def _amended(self, fact: JobAmended) -> None:
        if known := self._of(fact.job_id):
            known.posted = amended(known.posted, fact)
            known.said += 1
            known.refused = None

    def _cancelled(self, fact: JobCancelled, is_import: bool) -> None:
        if known := self._of(fact.job_id):
            known.cancelled = True
            known.closed_here = is_import
            known.said += is_import

    def _refused(self, fact: object, refusal: Refusal) -> None:
        """What was said once is said once more under another id, so it is counted."""
        if isinstance(fact, JobPosted):
            self.refused[self._parts(fact.job_id)[0]] = refusal
        elif isinstance(fact, JobAmended | JobCancelled) and (known := self._of(fact.job_id)):
            known.said += 1
            known.refused = refusal

    def _of(self, job_id: str) -> Known | None:
        if not job_id.startswith(self._prefix):
            return None
        key, generation = self._parts(job_id)
        known = self.known.get(key)
        return known if known and known.generation == generation else None

    def _parts(self, job_id: str) -> tuple[str, int]:
        key, _, generation = job_id.removeprefix(self._prefix).partition(".")
        return key, int(generation) if generation.isdecimal() else 1


def read_log(bootstrap: str, station: Station, history: History) -> None:
    """Take what the log holds of a feed, to its present end. Raises KafkaException."""
    with LogReader(bootstrap) as reader:
        partitions = reader.partitions(EVENTS)
        if not partitions:
            return
        partition = partition_of(station.zone, len(partitions))
        if partition in reader.partitions(DEAD_LETTERS):
            for record in reader.read(DEAD_LETTERS, partition):
                history.take_letter(record)
        for record in reader.read(EVENTS, partition):
            history.take(record)


def begins(posted: JobPosted) -> int:
    """From when nobody new can come: the first shift, or the posting's own end, UTC ms."""
    start = min(shift.start for shift in posted.shifts)
    return start if posted.expires_at is None else min(start, posted.expires_at)
