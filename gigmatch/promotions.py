"""Which release is at work, and which was before: by the log, where promotions are events."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import uuid4

from events.codec import decode
from events.envelope import Record, may_be
from events.facts import ModelPromoted
from events.refusals import Refusals, promotes, read_refusals
from events.rejections import Rejection
from events.texts import LANGUAGES, text
from events.topics import ALL_ZONES, EVENTS, OUTCOMES
from gigmatch.errors import NoTopicError, SaidError
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from matching.scorer import RULES
from producers.publisher import Publisher

SOURCE: Final = "/gigmatch/model"
_PROMOTION: Final = "promote-"
_ROLLBACK: Final = "rollback-"
_UNANSWERED: Final = Refusals()

IsKnown = Callable[[str], bool]


class Promotions:
    """The releases at work in one partition, one after the other; a rollback takes one back.

    What the markets refused is left out: by their answers, and where there is none yet by
    `is_known`, which says whether a release is here now.
    """

    def __init__(self, is_known: IsKnown, refusals: Refusals = _UNANSWERED) -> None:
        self._is_known = is_known
        self._refusals = refusals
        self._stack = [RULES]
        self.taken_back: set[str] = set()
        """Releases that a rollback ended, and that nobody has promoted again."""

    @property
    def at_work(self) -> str:
        """What scores now."""
        return self._stack[-1]

    @property
    def before(self) -> str | None:
        """What scored before; None when nothing has been promoted, or all of it taken back."""
        return self._stack[-2] if len(self._stack) > 1 else None

    def take(self, record: Record) -> None:
        """Take in the next record; whatever is no promotion for all zones changes nothing."""
        if record.topic != EVENTS or not may_be(record, ModelPromoted.TYPE):
            return
        try:
            event = decode(record)
        except Rejection:
            return
        if not isinstance(event.fact, ModelPromoted) or event.fact.zone != ALL_ZONES:
            return
        release = event.fact.release
        if not self._is_taken(record.offset, release):
            return
        if event.id.startswith(_ROLLBACK) and release == self.before:
            self.taken_back.add(self._stack.pop())
        elif release != self.at_work:
            self._stack.append(release)
            self.taken_back.discard(release)

    def _is_taken(self, offset: int, release: str) -> bool:
        if offset in self._refusals.offsets:
            return False
        return offset <= self._refusals.up_to or self._is_known(release)


def promotions_of(
    records: Iterable[Record], is_known: IsKnown, refusals: Refusals = _UNANSWERED
) -> Promotions:
    """The promotions among the records of one partition."""
    promotions = Promotions(is_known, refusals)
    for record in records:
        promotions.take(record)
    return promotions


def read_promotions(bootstrap: str, is_known: IsKnown) -> dict[int, Promotions]:
    """The promotions of each partition of `market.events`. Raises NoBrokerError, NoTopicError."""
    require_broker(bootstrap)
    with LogReader(bootstrap) as reader:
        partitions = reader.partitions(EVENTS)
        if not partitions:
            raise NoTopicError(EVENTS)
        return {number: _read_partition(reader, number, is_known) for number in partitions}


def _read_partition(reader: LogReader, number: int, is_known: IsKnown) -> Promotions:
    promoting = [record for record in reader.read(EVENTS, number) if promotes(record)]
    if not promoting or number not in reader.partitions(OUTCOMES):
        return promotions_of(promoting, is_known)
    return promotions_of(promoting, is_known, read_refusals(reader.read(OUTCOMES, number)))


def release_at_work(promotions: Mapping[int, Promotions]) -> str:
    """What scores in every partition. Raises UserError when they disagree."""
    return in_all_partitions({number: one.at_work for number, one in promotions.items()})


def in_all_partitions(at_work: Mapping[int, str]) -> str:
    """The release that is at work in each. Raises UserError when they disagree."""
    found = set(at_work.values()) or {RULES}
    if len(found) > 1:
        raise SaidError("model.differ", said=_by_partition(at_work))
    return found.pop()


def release_before(promotions: Mapping[int, Promotions]) -> str:
    """What a rollback brings back. Raises UserError when there is nothing, or no agreement."""
    found = {one.before for one in promotions.values()}
    if found == {None}:
        raise SaidError("model.nothing_before")
    if len(found) > 1 or None in found:
        before = {number: one.before for number, one in promotions.items()}
        raise SaidError("model.before_differs", said=_by_partition(before))
    (release,) = found
    assert release is not None
    return release


def _by_partition(releases: Mapping[int, str | None]) -> dict[str, str]:
    """Which release each partition has, or none, in each language."""
    return {
        language: ", ".join(
            text(
                "model.in_partition",
                language,
                number=number,
                release=release or text("model.no_release", language),
            )
            for number, release in releases.items()
        )
        for language in LANGUAGES
    }


def publish_promotion(release: str, bootstrap: str, *, is_rollback: bool = False) -> int:
    """Tell every partition to score with a release; how many there are.

    Raises DeliveryError and KafkaException.
    """
    fact, id = (
        ModelPromoted(release=release),
        f"{_ROLLBACK if is_rollback else _PROMOTION}{uuid4()}",
    )
    publisher = Publisher(bootstrap, client_id="gigmatch-model")
    try:
        partitions = publisher.partitions(EVENTS)
        for partition in range(partitions):
            publisher.publish_fact(fact, id=id, source=SOURCE, partition=partition)
    finally:
        publisher.close()
    return partitions
