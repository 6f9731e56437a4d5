"""Which release is at work, and which was before: by the log, where promotions are events."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import uuid4

from events.codec import decode
from events.envelope import Record
from events.facts import ModelPromoted
from events.rejections import Rejection
from events.topics import ALL_ZONES, EVENTS
from gigmatch.errors import NoTopicError, UserError
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from matching.scorer import RULES
from producers.publisher import Publisher

SOURCE: Final = "/gigmatch/model"
_PROMOTION: Final = "promote-"
_ROLLBACK: Final = "rollback-"
_TYPE: Final = ModelPromoted.TYPE.encode()


IsKnown = Callable[[str], bool]


class Promotions:
    """The releases at work in one partition, one after the other; a rollback takes one back.

    Promotions of releases that `is_known` denies were refused by the markets and are left out.
    """

    def __init__(self, is_known: IsKnown) -> None:
        self._is_known = is_known
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
        if record.topic != EVENTS or not _may_promote(record):
            return
        try:
            event = decode(record)
        except Rejection:
            return
        if not isinstance(event.fact, ModelPromoted) or event.fact.zone != ALL_ZONES:
            return
        release = event.fact.release
        if event.id.startswith(_ROLLBACK) and release == self.before:
            self.taken_back.add(self._stack.pop())
        elif release != self.at_work and self._is_known(release):
            self._stack.append(release)
            self.taken_back.discard(release)


def promotions_of(records: Iterable[Record], is_known: IsKnown) -> Promotions:
    """The promotions among the records of one partition."""
    promotions = Promotions(is_known)
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
        return {
            number: promotions_of(reader.read(EVENTS, number), is_known) for number in partitions
        }


def release_at_work(promotions: Mapping[int, Promotions]) -> str:
    """What scores in every partition. Raises UserError when they disagree."""
    found = {one.at_work for one in promotions.values()} or {RULES}
    if len(found) > 1:
        said = ", ".join(f"partition {number}: {one.at_work}" for number, one in promotions.items())
        raise UserError(f"the partitions score differently ({said}): gigmatch model promote one")
    return found.pop()


def release_before(promotions: Mapping[int, Promotions]) -> str:
    """What a rollback brings back. Raises UserError when there is nothing, or no agreement."""
    found = {one.before for one in promotions.values()}
    if found == {None}:
        raise UserError("nothing has been promoted that could be taken back: the rules are at work")
    if len(found) > 1 or None in found:
        said = ", ".join(
            f"partition {number}: {one.before or 'none'}" for number, one in promotions.items()
        )
        raise UserError(
            f"the partitions disagree on what was before ({said}): gigmatch model promote one"
        )
    (before,) = found
    assert before is not None
    return before


def publish_promotion(release: str, bootstrap: str, *, is_rollback: bool = False) -> int:
    """Tell every partition to score with a release; how many there are.

    Raises DeliveryError and KafkaException.
    """
    fact, id = (
        ModelPromoted(release=release),
        f"{_ROLLBACK if is_rollback else 'promote-'}{uuid4()}",
    )
    publisher = Publisher(bootstrap, client_id="gigmatch-model")
    try:
        partitions = publisher.partitions(EVENTS)
        for partition in range(partitions):
            publisher.publish_fact(fact, id=id, source=SOURCE, partition=partition)
    finally:
        publisher.close()
    return partitions


def _may_promote(record: Record) -> bool:
    """Whether a record is worth decoding: few of a log are."""
    if any(value.startswith(_TYPE) for _, value in record.headers):
        return True
    return record.value is not None and _TYPE in record.value
