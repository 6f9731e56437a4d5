"""What to do now: which notifications go out, on which channel, and which cannot any more.

Pure: the ledger, the rules and an explicit now give messages for `market.notifications`.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from events.emission import Telling
from events.notifications import (
    DropReason,
    NotificationAttempted,
    NotificationDropped,
    NotificationDue,
    NotificationFailed,
    NotificationSent,
)
from events.tracing import Trace
from events.values import Channel
from streams.notifier.ledger import Attempt, Ledger, Person, Waiting
from streams.notifier.rules import SHOWN, SILENT, Rules

Decision = NotificationAttempted | NotificationSent | NotificationFailed | NotificationDropped

NEVER: Final = 2**63 - 1
_HELD_MS: Final = 60_000
"""How long what only this process's clock calls too late is left alone."""


class Step(NamedTuple):
    """A channel for a notification, the first time it may go out on it, and if it could now.

    `alone` is when it would go if it were not kept for others to come along.
    """

    waiting: Waiting
    channel: Channel
    when: int
    alone: int


class Plan(NamedTuple):
    """What is to be recorded about a worker now; without that, when to look again, UTC ms.

    `is_held` when something is too late by this process's clock alone.
    """

    decisions: list[Decision]
    look_again: int
    is_held: bool


def plan(worker_id: str, person: Person, rules: Rules, now: int, said: int) -> Plan:
    """What can be decided about one worker now; the rest is waited with.

    `said` is the newest time of the market's log. What comes too late by `now` alone is neither
    told nor given up: one of the two clocks is wrong, or the market does not move.
    """
    planned: list[Decision] = []
    looks: list[int] = []
    is_held = False
    steps: defaultdict[Channel, list[Step]] = defaultdict(list)
    for waiting in person.waiting.values():
        if waiting.message_id is not None:
            continue
        if waiting.since is None or waiting.since > now:  # noted by a clock ahead of this one
            waiting.since = now
        step = _next_step(waiting, person.told_at, rules, now)
        if isinstance(step, Step):
            steps[step.channel].append(step)
            looks.append(step.when)
        elif said < now and isinstance(_next_step(waiting, person.told_at, rules, said), Step):
            looks.append(now + _HELD_MS)
            is_held = True
        else:
            planned.append(_dropped(waiting.due, step, now))
    told_at = list(person.told_at)
    for channel, those in steps.items():
        if channel in SILENT:
            planned += [_shown(step, now) for step in those]
            continue
        if rules.free_at(told_at, now) > now or all(step.when > now for step in those):
            continue
        items = [step.waiting.due for step in those if step.alone <= now]
        planned.append(_message(worker_id, channel, items, now))
        told_at = sorted([*told_at, now])
    return Plan(planned, min(looks, default=NEVER), is_held)


def telling(decision: Decision, after: Trace | None = None) -> Telling:
    """A decision with its id, which is the same for the same decision, and its place."""
    match decision:
        case NotificationDropped():
            subject = decision.notification_id
        case _:
            subject = decision.message_id
    id = f"{subject}-{decision.TYPE.partition('.')[2]}"
    return Telling(id=id, message=decision, after=after)


def may_go(attempt: Attempt, rules: Rules, now: int) -> bool:
    """Whether a message that was under way when the notifier ended may go on at this hour."""
    is_urgent = any(rules.is_urgent(due) for due in attempt.items)
    return is_urgent or rules.quiet_until(now) == now


def _next_step(
    waiting: Waiting, told_at: Sequence[int], rules: Rules, now: int
) -> Step | DropReason:
    """The first channel of the worker's preference that comes in time, or why none does."""
    due = waiting.due
    if now >= due.expires_at:
        return "expired"
    reason: DropReason = "channels_failed" if waiting.tried else "no_channel"
    for channel in due.channels:
        if channel in waiting.tried or channel not in rules.channels:
            continue
        if channel in SILENT:
            return Step(waiting, channel, now, now)
        free = rules.free_at(told_at, now)
        alone = free if rules.is_urgent(due) else rules.quiet_until(free)
        gathered = (waiting.since or now) + (0 if rules.is_urgent(due) else rules.gather_ms)
        if alone < due.expires_at:
            latest = due.expires_at - 1  # better alone than never
            return Step(waiting, channel, max(alone, min(gathered, latest)), alone)
        reason = "rate_limit" if free >= due.expires_at else "quiet_hours"
    return reason


def _shown(step: Step, now: int) -> NotificationSent:
    due = step.waiting.due
    return NotificationSent(
        worker_id=due.worker_id,
        at=now,
        message_id=_message_id(due, step.channel),
        channel=step.channel,
        notifications=(due.notification_id,),
    )


def _message(
    worker_id: str, channel: Channel, items: list[NotificationDue], now: int
) -> NotificationSent | NotificationAttempted:
    kind = NotificationSent if channel in SHOWN else NotificationAttempted
    return kind(
        worker_id=worker_id,
        at=now,
        message_id=_message_id(items[0], channel),
        channel=channel,
        notifications=tuple(due.notification_id for due in items),
    )


def _dropped(due: NotificationDue, reason: DropReason, now: int) -> NotificationDropped:
    return NotificationDropped(
        worker_id=due.worker_id, at=now, notification_id=due.notification_id, reason=reason
    )


def _message_id(first: NotificationDue, channel: Channel) -> str:
    """Of a channel that is tried once for each notification."""
    return f"{first.notification_id}.{channel}"


def _trace_of(person: Person, decision: Decision) -> Trace | None:
    """Where a decision goes on: after the first of its notifications that is in a trace."""
    if isinstance(decision, NotificationDropped):
        return person.waiting[decision.notification_id].trace
    traces = (person.waiting[id].trace for id in decision.notifications)
    return next((trace for trace in traces if trace is not None), None)


class Planner:
    """Plans for all workers of a ledger, and does not repeat what has not been read back yet."""

    def __init__(self, ledger: Ledger, rules: Rules) -> None:
        self._ledger = ledger
        self._rules = rules
        self._proposed: dict[str, set[str]] = {}
        self._look_again: dict[str, int] = {}
        self._planned_at = 0
        self._said = 0
        self._held: set[str] = set()

    def plan(self, now: int, said: int) -> list[Telling]:
        """What is to be published now; `said` is the newest time of the market's log."""
        planned: list[Telling] = []
        if now < self._planned_at:
            self._look_again.clear()  # the clock was wrong: so is what was counted from it
        self._planned_at = now
        if said > self._said:  # what was held may be too late by the log's clock, too
            for worker_id in self._held:
                self._look_again.pop(worker_id, None)
            self._held.clear()
        self._said = said
        for worker_id, person in self._ledger.waiting():
            if worker_id in self._proposed or now < self._look_again.get(worker_id, 0):
                continue
            decisions, look_again, is_held = plan(worker_id, person, self._rules, now, said)
            self._look_again[worker_id] = look_again
            if is_held:
                self._held.add(worker_id)
            if decisions:
                tellings = [telling(one, _trace_of(person, one)) for one in decisions]
                self._proposed[worker_id] = {one.id for one in tellings}
                planned += tellings
        return planned

    def read_back(self, worker_id: str, id: str) -> None:
        """A record of the topic has been applied to the ledger."""
        self._look_again.pop(worker_id, None)
        proposed = self._proposed.get(worker_id)
        if proposed is not None:
            proposed.discard(id)
            if not proposed:
                del self._proposed[worker_id]
