"""Who is told: everybody of everything that is due, once, or the log says why not."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from events.codec import decode_notification
from events.notifications import (
    AnyNotification,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationSent,
)
from events.topics import EVENTS, NOTIFICATIONS, OUTCOMES
from streams.notifier.ledger import KEEP_MS
from streams.notifier.partition import Partition
from streams.notifier.rules import SHOWN
from streams.notifier.state import PartitionState
from tests.simulation.broker import PARTITIONS
from tests.simulation.checks.violation import Violation
from tests.simulation.processes import RULES
from tests.town import NOW

if TYPE_CHECKING:
    from tests.simulation.world import World

_TIME_TO_TELL_MS = 600_000
"""So long before its end a notification must be told when nothing goes wrong any more."""


def people_are_told(world: "World") -> None:
    said = list(_notifications(world))
    by_id: dict[str, AnyNotification] = {}
    for id, message in said:
        by_id.setdefault(id, message)
    written = _outcomes_written(world)
    expected = {
        id: message
        for id, message in _announced(world)
        if id in by_id or not _was_long_over(message, written)
    }
    for id, message in expected.items():
        if by_id.get(id) != message:
            raise Violation("what is due is announced", f"{id}: {by_id.get(id)} not {message}")
    announcing = (NotificationDue, NotificationCancelled, NotificationErased)
    for id, message in said:
        if isinstance(message, announcing) and id not in expected:
            raise Violation("what is due is announced", f"{id} is not due")
    _everybody_hears_once(world, said)
    for due in (one for one in expected.values() if isinstance(one, NotificationDue)):
        _heard_or_ended(world, due, by_id, written)


def _everybody_hears_once(world: "World", said: Sequence[tuple[str, AnyNotification]]) -> None:
    receiver = world.around.receiver
    messages: dict[str, str] = {}
    sent_at = _sent_at(world)
    for asked in receiver.asked:
        for id in asked.notifications if receiver.taken[asked.message_id] else ():
            if messages.setdefault(id, asked.message_id) != asked.message_id:
                raise Violation("told once", f"{id} under {messages[id]} and {asked.message_id}")
        number, offset = sent_at.get(asked.message_id, (0, 1 << 60))
        if asked.read.get(number, 0) > offset:
            raise Violation("told once", f"{asked.message_id} by {asked.who}, who had read it")
    for _, message in said:
        is_out = isinstance(message, NotificationSent) and message.channel not in SHOWN
        if is_out and not receiver.taken[message.message_id]:  # type: ignore[union-attr]
            raise Violation("told at least once", f"{message} was not taken")


def _heard_or_ended(
    world: "World",
    due: NotificationDue,
    by_id: dict[str, AnyNotification],
    written: dict[str, int],
) -> None:
    id = due.notification_id
    if f"{id}-cancelled" in by_id or _is_erased(due, by_id):
        return
    told = any(
        isinstance(one, NotificationSent) and id in one.notifications for one in by_id.values()
    )
    dropped = by_id.get(f"{id}-dropped")
    if told:
        return
    if not isinstance(dropped, NotificationDropped):
        raise Violation("told at least once", f"{id} has no end")
    if written.get(id, 0) >= due.expires_at:
        return  # offered by a clock that had stood still: it was over before anybody was asked
    disturbed_until = world.mended_at + _TIME_TO_TELL_MS
    if due.at > world.mended_at and due.expires_at - due.at > RULES.gather_ms * 10:
        raise Violation("told at least once", f"{id} dropped in peace: {dropped.reason}")
    if dropped.reason != "channels_failed" and due.expires_at > disturbed_until:
        raise Violation("told at least once", f"{id} dropped with time left: {dropped.reason}")


def _is_erased(due: NotificationDue, by_id: dict[str, AnyNotification]) -> bool:
    return any(
        isinstance(one, NotificationErased)
        and one.worker_id == due.worker_id
        and one.is_about(due.zone)
        for one in by_id.values()
    )


def _announced(world: "World") -> Iterator[tuple[str, AnyNotification]]:
    """What an undisturbed notifier would announce."""
    broker = world.around.broker
    for number in range(PARTITIONS):
        partition = Partition(number, PARTITIONS, PartitionState(), RULES, 0)
        for topic in (EVENTS, OUTCOMES):
            for record in broker.all(topic, number):
                partition.take(record)
        for telling in partition.announce(broker.end(EVENTS, number), NOW):
            yield telling.id, telling.message


def _was_long_over(message: AnyNotification, written: dict[str, int]) -> bool:
    """Whether an offer had ended long before it was made: by a log that was caught up with."""
    if not isinstance(message, NotificationDue):
        return False
    return message.expires_at + KEEP_MS <= written[message.notification_id]


def _outcomes_written(world: "World") -> dict[str, int]:
    """When each outcome's cause was said, by the outcome's id."""
    records = [one for n in range(PARTITIONS) for one in world.around.broker.all(OUTCOMES, n)]
    return {dict(one.headers)["ce_id"].decode(): one.timestamp for one in records}


def _notifications(world: "World") -> Iterator[tuple[str, AnyNotification]]:
    for number in range(PARTITIONS):
        for record in world.around.broker.all(NOTIFICATIONS, number):
            envelope, message = decode_notification(record)
            yield envelope.id, message


def _sent_at(world: "World") -> dict[str, tuple[int, int]]:
    """Where the log says for the first time that a message has been sent."""
    found: dict[str, tuple[int, int]] = {}
    for number in range(PARTITIONS):
        for record in world.around.broker.all(NOTIFICATIONS, number):
            _, message = decode_notification(record)
            if isinstance(message, NotificationSent):
                found.setdefault(message.message_id, (number, record.offset))
    return found
