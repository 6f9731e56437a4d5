"""What workers are to be told and have been told: a fold over `market.notifications`.

Of records with one id the first counts, and a message goes out only when its `attempted` has been
read back. So two notifiers that hold the same partition for a moment send the same message under
the same id, and one that starts again goes on with the messages that were under way.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from events.notifications import (
    AnyNotification,
    NotificationAttempted,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationFailed,
    NotificationSent,
)
from events.tracing import Trace
from events.values import Channel
from matching.days import DAY_MS
from streams.notifier.rules import SILENT

KEEP_MS: Final = DAY_MS
"""How long ids are remembered after their notification has ended: a repetition changes nothing."""
_REMEMBER_MS: Final = 2 * DAY_MS


class Waiting(msgspec.Struct):
    """A notification not told yet. `since`: when it was first looked at, UTC ms.

    `trace`: the place of its record in a trace, if it is in one.
    """

    due: NotificationDue
    tried: tuple[Channel, ...] = ()
    message_id: str | None = None
    since: int | None = None
    trace: Trace | None = None


class Attempt(msgspec.Struct, frozen=True):
    """A message under way. `traces`: where those of its items stand that are in a trace."""

    message: NotificationAttempted
    items: tuple[NotificationDue, ...]
    traces: tuple[Trace, ...] = ()

    @property
    def trace(self) -> Trace | None:
        """The place of carrying it out, in the trace of its first item that is in one."""
        return self.place_after(self.traces[0]) if self.traces else None

    def place_after(self, due: Trace) -> Trace:
        """The place of carrying it out, in the trace of an item."""
        return due.then(f"{self.message.message_id}-send")


class Person(msgspec.Struct):
    """All that is known of one worker."""

    waiting: dict[str, Waiting] = {}
    attempts: dict[str, Attempt] = {}
    told_at: list[int] = []


class LedgerState(msgspec.Struct):
    """All that is remembered. `done`: the ids of what has ended, and until when they are kept."""

    clock: int = 0
    people: dict[str, Person] = {}
    done: dict[str, int] = {}


class Ledger:
    """One partition's notifications."""

    def __init__(self, state: LedgerState | None = None) -> None:
        self.state = state or LedgerState()
        self._busy = {
            worker_id: person
            for worker_id, person in self.state.people.items()
            if person.waiting or person.attempts
        }

    def apply(self, message: AnyNotification, trace: Trace | None = None) -> bool:
        """Fold one record in; False when it changed nothing because it was known.

        `trace` is the record's place.
        """
        self.state.clock = max(self.state.clock, message.at)
        person = self.state.people.get(message.worker_id)
        match message:
            case NotificationDue():
                changed = self._due(person or Person(), message, trace)
            case NotificationErased():
                changed = self._erase(person, message)
            case _ if person is None:
                return False
            case NotificationCancelled() | NotificationDropped():
                changed = self._end(person, message.notification_id)
            case NotificationAttempted():
                changed = self._begin(person, message)
            case NotificationSent():
                changed = self._sent(person, message)
            case NotificationFailed():
                changed = self._failed(person, message)
        return changed

    @property
    def busy(self) -> int:
        """Workers with something to be told, or being told."""
        return len(self._busy)

    def waiting(self) -> Iterator[tuple[str, Person]]:
        """The workers with something that is not told yet."""
        return ((id, person) for id, person in self._busy.items() if person.waiting)

    def attempts(self) -> Iterator[Attempt]:
        """The messages under way."""
        return (one for person in self._busy.values() for one in person.attempts.values())

    def prune(self) -> None:
        """Forget what can no longer matter, by the ledger's clock."""
        state, now = self.state, self.state.clock
        state.done = {id: until for id, until in state.done.items() if until > now}
        for worker_id, person in list(state.people.items()):
            person.told_at = [at for at in person.told_at if at > now - _REMEMBER_MS]
            if not (person.waiting or person.attempts or person.told_at):
                del state.people[worker_id]

    def _due(self, person: Person, due: NotificationDue, trace: Trace | None) -> bool:
        id = due.notification_id
        is_old = due.expires_at + KEEP_MS <= self.state.clock
        if is_old or id in self.state.done or id in person.waiting:
            return False
        person.waiting[id] = Waiting(due, trace=trace)
        self.state.people[due.worker_id] = self._busy[due.worker_id] = person
        return True

    def _erase(self, person: Person | None, message: NotificationErased) -> bool:
        if message.erasure_id in self.state.done:
            return False
        self._done(message.erasure_id)
        if person is None:
            return False
        for id, waiting in list(person.waiting.items()):
            if message.is_about(waiting.due.zone):
                self._end(person, id)
        for id, attempt in list(person.attempts.items()):
            kept = tuple(due for due in attempt.items if not message.is_about(due.zone))
            person.attempts[id] = msgspec.structs.replace(attempt, items=kept)
        if not person.waiting:
            del self.state.people[message.worker_id]
        return True

    def _end(self, person: Person, id: str) -> bool:
        """A notification has ended; a message with nothing else in it is called back."""
        waiting = person.waiting.pop(id, None)
        if waiting is None:
            return False
        self._done(id, waiting.due.expires_at)
        attempt = person.attempts.get(waiting.message_id or "")
        if attempt is not None and not self._still(person, attempt):
            self._close(person, attempt)
        self._rest(waiting.due.worker_id, person)
        return True

    def _begin(self, person: Person, message: NotificationAttempted) -> bool:
        if message.message_id in self.state.done or message.message_id in person.attempts:
            return False
        found = [person.waiting.get(id) for id in message.notifications]
        taken = [one for one in found if one is not None and one.message_id is None]
        if not taken:
            self._done(message.message_id)
            return False
        for waiting in taken:
            waiting.message_id = message.message_id
        traces = tuple(waiting.trace for waiting in taken if waiting.trace is not None)
        attempt = Attempt(message, tuple(waiting.due for waiting in taken), traces)
        person.attempts[message.message_id] = attempt
        person.told_at = sorted([*person.told_at, message.at])
        return True

    def _sent(self, person: Person, message: NotificationSent) -> bool:
        if message.message_id in self.state.done:
            return False
        attempt = person.attempts.get(message.message_id)
        if attempt is None and message.channel not in SILENT:
            person.told_at = sorted([*person.told_at, message.at])
        for id in message.notifications:
            if (waiting := person.waiting.pop(id, None)) is not None:
                self._done(id, waiting.due.expires_at)
        if attempt is not None:
            self._close(person, attempt)
        self._done(message.message_id)
        self._rest(message.worker_id, person)
        return True

    def _failed(self, person: Person, message: NotificationFailed) -> bool:
        attempt = person.attempts.get(message.message_id)
        if attempt is None:
            return False
        for waiting in self._still(person, attempt):
            waiting.message_id, waiting.since = None, message.at
            waiting.tried = (*waiting.tried, message.channel)
        self._close(person, attempt)
        began = attempt.message.at
        if message.reason != "timed_out" and began in person.told_at:  # else they may have heard
            person.told_at.remove(began)
        return True

    def _still(self, person: Person, attempt: Attempt) -> list[Waiting]:
        """What an attempt tells that has not ended meanwhile."""
        id = attempt.message.message_id
        return [waiting for waiting in person.waiting.values() if waiting.message_id == id]

    def _close(self, person: Person, attempt: Attempt) -> None:
        del person.attempts[attempt.message.message_id]
        self._done(attempt.message.message_id)

    def _done(self, id: str, ended_at: int = 0) -> None:
        self.state.done[id] = max(ended_at, self.state.clock) + KEEP_MS

    def _rest(self, worker_id: str, person: Person) -> None:
        if not (person.waiting or person.attempts):
            self._busy.pop(worker_id, None)
