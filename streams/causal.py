"""Facts and outcomes of a partition in the order of the log: a fact, then what follows from it.

The two come from two topics, at their own pace. A fact counts only when the matcher has passed it:
an outcome of it or of a later one says so, or the matcher's committed offset. A refused fact is
dropped, because its refusal is an outcome at its own offset. So the result does not depend on how
the two topics happen to arrive, and what is projected is what the matcher took.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from events.codec import Event
from events.emission import emission_position
from events.facts import JobPosted, WorkerAvailable
from events.outcomes import AnyOutcome, EventRejected
from events.tracing import Trace

ALWAYS_ANSWERED: Final = (JobPosted, WorkerAvailable)
"""The matcher ranks for each of these; without an outcome it was a repetition."""

Position = tuple[int, str, int]


class FactRead(msgspec.Struct, frozen=True):
    """A fact that the matcher took. `answered`: an outcome of it follows; `trace`: its place.

    `timestamp` is its record's, UTC ms.
    """

    offset: int
    event: Event
    answered: bool
    trace: Trace | None = None
    timestamp: int = 0


class OutcomeRead(msgspec.Struct, frozen=True):
    """An outcome, its offset in its topic and its place in a trace."""

    offset: int
    id: str
    outcome: AnyOutcome
    trace: Trace | None = None

    @property
    def position(self) -> Position:
        """Its place in the order of the partition."""
        return emission_position(self.id)


class CausalOrder:
    """Puts one partition's two topics together. Offsets are those of the next record to come."""

    def __init__(self, events: int = 0, outcomes: int = 0, position: Position = (-1, "", -1)):
        """Go on from what has been handed out."""
        self.events = events
        self.outcomes = outcomes
        self.position = position
        self.events_read = events
        self.outcomes_read = outcomes
        self._facts: deque[tuple[int, Event, Trace | None, int]] = deque()
        self._outcomes: deque[OutcomeRead] = deque()

    @property
    def waiting_facts(self) -> int:
        """Facts read and not handed out."""
        return len(self._facts)

    @property
    def waiting_outcomes(self) -> int:
        """Outcomes read and not handed out."""
        return len(self._outcomes)

    def read_fact(
        self, offset: int, event: Event | None, trace: Trace | None = None, timestamp: int = 0
    ) -> None:
        """Take a record of `market.events`; None for one that says nothing here."""
        self.events_read = offset + 1
        if event is not None:
            self._facts.append((offset, event, trace, timestamp))

    def read_outcome(
        self, offset: int, id: str, outcome: AnyOutcome, trace: Trace | None = None
    ) -> None:
        """Take a record of `market.outcomes`."""
        self.outcomes_read = offset + 1
        self._outcomes.append(OutcomeRead(offset, id, outcome, trace))

    def ready(self, passed: int = 0) -> Iterator[FactRead | OutcomeRead]:
        """Hand out what is certain; facts before `passed` were passed by the matcher.

        `passed` holds only if every outcome that stood in the topic then has been read. What has
        been handed out is counted in `events`, `outcomes` and `position`: stop at any item.
        """
        while self._outcomes and self._outcomes[0].outcome.cause.offset < self.events_read:
            first = self._outcomes[0]
            yield from self._facts_up_to(first)
            self._outcomes.popleft()
            self.outcomes = first.offset + 1
            if first.position > self.position:  # a second owner may have said it again
                self.position = first.position
                yield first
        if self._outcomes:  # its cause is not read yet, and whatever comes before has been passed
            yield from self._facts_before(self._outcomes[0].outcome.cause.offset)
        else:
            self.outcomes = self.outcomes_read
            yield from self._facts_before(passed)

    def _facts_up_to(self, outcome: OutcomeRead) -> Iterator[FactRead]:
        cause = outcome.outcome.cause.offset
        yield from self._facts_before(cause)
        if self._facts and self._facts[0][0] == cause:
            offset, event, trace, timestamp = self._facts.popleft()
            self.events = max(self.events, offset + 1)
            if not isinstance(outcome.outcome, EventRejected):
                yield FactRead(offset, event, True, trace, timestamp)

    def _facts_before(self, end: int) -> Iterator[FactRead]:
        while self._facts and self._facts[0][0] < end:
            offset, event, trace, timestamp = self._facts.popleft()
            self.events = max(self.events, offset + 1)
            if not isinstance(event.fact, ALWAYS_ANSWERED):
                yield FactRead(offset, event, False, trace, timestamp)
        self.events = max(self.events, min(end, self.events_read))
