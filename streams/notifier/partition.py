"""One partition of the notifier: records in, messages and attempts out. No Kafka here."""

from collections.abc import Iterator

import structlog

from events.codec import decode_notification
from events.emission import Telling
from events.envelope import Record
from events.notifications import NotificationErased
from events.rejections import Rejection
from events.topics import ALL_ZONES, EVENTS, NOTIFICATIONS, OUTCOMES, partition_of
from events.tracing import trace_of
from streams.causal import CausalOrder, FactRead
from streams.causal_reading import read_into
from streams.notifier import metrics
from streams.notifier.announcer import Announcer
from streams.notifier.ledger import KEEP_MS, Attempt, Ledger
from streams.notifier.planning import Planner, may_go
from streams.notifier.rules import Rules
from streams.notifier.state import PartitionState

_log = structlog.get_logger()


class Partition:
    """Announces what the zones of a partition make due, and tells the workers of a partition.

    `end`: the notifications before this offset were there at the start; nothing is told before
    they have been read.
    """

    def __init__(
        self, number: int, partitions: int, state: PartitionState, rules: Rules, end: int
    ) -> None:
        self.number = number
        self.order = CausalOrder(state.events, state.outcomes, state.position)
        self.since_save = 0
        self.has_erased = False
        self._partitions = partitions
        self._announcer = Announcer(state.announcer)
        self._ledger = Ledger(state.ledger)
        self._planner = Planner(self._ledger, rules)
        self._rules = rules
        self._next = state.notifications
        self._end = end

    @property
    def clock(self) -> int:
        """The newest time that the partition's log names, UTC ms."""
        return max(self._announcer.state.clock, self._ledger.state.clock)

    @property
    def next_offsets(self) -> dict[str, int]:
        """Where each topic is to be read on."""
        order = self.order
        return {
            EVENTS: order.events_read,
            OUTCOMES: order.outcomes_read,
            NOTIFICATIONS: self._next,
        }

    @property
    def left(self) -> int:
        """Notifications of before the start that are still to be read."""
        return max(0, self._end - self._next)

    @property
    def waiting(self) -> int:
        """Workers with something to be told, or being told."""
        return self._ledger.busy

    def take(self, record: Record) -> None:
        """Take a record of any of the three topics."""
        self.since_save += 1
        if record.topic != NOTIFICATIONS:
            read_into(self.order, record)
        elif record.offset >= self._next:
            self._next = record.offset + 1
            self._take_notification(record)

    def announce(self, passed: int, now: int) -> Iterator[Telling]:
        """What has become due; facts before `passed` were passed by the matcher."""
        for step in self.order.ready(passed):
            if isinstance(step, FactRead) and not self._is_ours(step):
                continue
            for telling in self._announcer.apply(step):
                self.has_erased |= isinstance(telling.message, NotificationErased)
                ends = getattr(telling.message, "expires_at", now)
                if ends + KEEP_MS > now:  # else nobody remembers whether it was told
                    yield telling

    def plan(self, now: int) -> list[Telling]:
        """What to do now."""
        return [] if self.left else self._planner.plan(now, self._announcer.state.clock)

    def attempts(self, now: int) -> list[Attempt]:
        """The messages that should be going out."""
        if self.left:
            return []
        return [one for one in self._ledger.attempts() if may_go(one, self._rules, now)]

    def state(self) -> PartitionState:
        """All of it, to go on from; to be kept now."""
        self.since_save, self.has_erased = 0, False
        self._announcer.state.prune()
        self._ledger.prune()
        return PartitionState(
            events=self.order.events,
            outcomes=self.order.outcomes,
            notifications=self._next,
            position=self.order.position,
            announcer=self._announcer.state,
            ledger=self._ledger.state,
        )

    def _is_ours(self, step: FactRead) -> bool:
        """Whether the fact's zone lives here; the matcher sends a misplaced one on."""
        zone = step.event.fact.zone
        return zone == ALL_ZONES or partition_of(zone, self._partitions) == self.number

    def _take_notification(self, record: Record) -> None:
        try:
            envelope, message = decode_notification(record)
        except Rejection as error:
            _log.warning(
                "a notification that is none of ours", origin=record.origin, why=error.code
            )
            return
        self.has_erased |= isinstance(message, NotificationErased)
        if self._ledger.apply(message, trace_of(record.headers)):
            if not self.left:
                metrics.count(message)
        else:
            metrics.REPEATED.inc()
        self._planner.read_back(message.worker_id, envelope.id)
