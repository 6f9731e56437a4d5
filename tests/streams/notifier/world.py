"""A notifier without Kafka: a topic in memory, a clock and channels that do as they are told."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from events.emission import Telling
from events.notifications import (
    AnyNotification,
    FailureReason,
    NotificationAttempted,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationFailed,
    NotificationSent,
)
from events.values import Channel, Interval
from streams.notifier.ledger import Attempt, Ledger, LedgerState
from streams.notifier.planning import Planner, may_go, telling
from streams.notifier.rules import Rules
from tests.town import HOUR, NOW, ZONE

T = TypeVar("T")
MINUTE = 60_000
# NOW is 08:00 in Shanghai.
RULES = Rules(
    quiet_from_ms=21 * HOUR + 30 * MINUTE,
    quiet_until_ms=6 * HOUR + 30 * MINUTE,
    urgent_ms=10 * HOUR,
    most_messages=2,
    gather_ms=5_000,
    channels=frozenset({"page", "screen", "call", "sms", "webhook"}),
)
DUE = NotificationDue(
    worker_id="W-1",
    at=NOW,
    notification_id=f"{ZONE}-1-0",
    kind="offer",
    zone=ZONE,
    station_id=f"{ZONE}-05",
    offer_id=f"O-{ZONE}-1-0",
    job_id="J-1",
    channels=("sms",),
    title="采茶工",
    place="双福镇",
    first_shift=Interval(start=NOW + 48 * HOUR, end=NOW + 57 * HOUR),
    shifts=1,
    pay_fen_day=15_000,
    expires_at=NOW + 12 * HOUR,
    distance_km=2.1,
)


def due(number: int, **changes: object) -> NotificationDue:
    ids = {"notification_id": f"{ZONE}-{number}-0", "offer_id": f"O-{ZONE}-{number}-0"}
    return msgspec.structs.replace(DUE, **{**ids, **changes})


class World:
    """One partition's topic and the notifier that holds it."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.now = NOW
        self.topic: list[AnyNotification] = []
        self._start(None)

    def _start(self, state: LedgerState | None) -> None:
        self.ledger = Ledger(state)
        self._planner = Planner(self.ledger, self.rules)

    def says(self, message: AnyNotification) -> None:
        """Somebody writes a record, and it is read."""
        id = telling(message).id if isinstance(message, Decisions) else "announced"
        self.read(Telling(id=id, message=message))

    def read(self, one: Telling) -> None:
        self.topic.append(one.message)
        self.ledger.apply(one.message)
        self._planner.read_back(one.message.worker_id, one.id)

    def at(self, now: int, said: int | None = None) -> list[AnyNotification]:
        """Time passes, on the log as well unless it `said` something else; what is decided then."""
        self.now = now
        planned = self._planner.plan(now, now if said is None else said)
        for one in planned:
            self.read(one)
        return [one.message for one in planned]

    def settle(self) -> list[AnyNotification]:
        """What it decides now, and because of that."""
        decided: list[AnyNotification] = []
        while more := self.at(self.now):
            decided += more
        return decided

    def going_out(self) -> list[Attempt]:
        """The messages that an honest courier would be carrying now."""
        return [one for one in self.ledger.attempts() if may_go(one, self.rules, self.now)]

    def succeeds(self, attempt: Attempt) -> None:
        self.says(_result(NotificationSent, attempt, self.now))

    def fails(self, attempt: Attempt, reason: FailureReason = "unreachable") -> None:
        failed = _result(NotificationFailed, attempt, self.now, reason=reason)
        self.says(failed)

    def restart(self, *, from_zero: bool = False) -> None:
        """Another process takes over, from a state that was kept or from the topic."""
        if from_zero:
            self._start(None)
            for message in self.topic:
                self.ledger.apply(message)
            return
        self.ledger.prune()
        kept = msgspec.msgpack.encode(self.ledger.state)
        self._start(msgspec.msgpack.decode(kept, type=LedgerState))

    def of(self, *kinds: type) -> list[AnyNotification]:
        """The records of some kinds."""
        return [message for message in self.topic if isinstance(message, kinds)]


Decisions = (NotificationAttempted, NotificationSent, NotificationFailed, NotificationDropped)


def _result(kind: Callable[..., T], attempt: Attempt, now: int, **more: object) -> T:
    message = attempt.message
    return kind(
        worker_id=message.worker_id,
        at=now,
        message_id=message.message_id,
        channel=message.channel,
        notifications=message.notifications,
        **more,
    )


def channels_of(messages: Iterable[AnyNotification]) -> list[Channel]:
    return [
        message.channel
        for message in messages
        if isinstance(message, NotificationAttempted | NotificationSent)
    ]


def cancelled(one: NotificationDue, at: int = NOW) -> NotificationCancelled:
    return NotificationCancelled(
        worker_id=one.worker_id, at=at, notification_id=one.notification_id, reason="job_filled"
    )


def erased(
    worker_id: str = "W-1", at: int = NOW, number: int = 0, zone: str = ZONE
) -> NotificationErased:
    id = f"{zone}-{number}"
    return NotificationErased(worker_id=worker_id, at=at, erasure_id=id, zone=zone)
