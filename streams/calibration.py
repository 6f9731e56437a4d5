"""Do the promised probabilities come true? Counted by tenth of the probability, as the log goes on.

What counts as a yes and as work done is what counts in training (`models.decisions.Answers`): a
test holds the two against each other on the same log. As there, what became of a booking counts
when its work is over and reported on: before that only those are known who fell out early, and a
release that is new would seem to promise too much.
"""

import heapq
from typing import Final, NamedTuple, TypeVar

from prometheus_client import Counter

from events.facts import ClockTicked, OfferDeclined, WorkCompleted, WorkNoShow
from events.notices import AnyFact
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from matching.track_record import REPORTED_MS
from streams.causal import FactRead, OutcomeRead, Position

_LABELS: Final = ("release", "target", "decile")
OFFERS: Final = Counter(
    "gigmatch_calibration_offers", "Offers whose answer, or whose end, is known", _LABELS
)
EXPECTED: Final = Counter(
    "gigmatch_calibration_expected", "Sum of the probabilities that were promised for them", _LABELS
)
OBSERVED: Final = Counter(
    "gigmatch_calibration_observed", "How many of them were accepted, or the work done", _LABELS
)

COUNTED_MS: Final = 86_400_000
"""As far as the alert rules look back: what was answered before would be counted as of today."""

Key = TypeVar("Key")
Kept = TypeVar("Kept")

MOST_OFFERS: Final = 200_000
"""Offers without an end that are remembered for each partition; the oldest are forgotten."""


class _Promise(NamedTuple):
    release: str
    p_accept: float
    p_complete: float
    worker_id: str


class Calibration:
    """Follows the offers of one partition. What it has seen before changes nothing."""

    def __init__(self, since: int = 0) -> None:
        """What became known before `since`, UTC ms by the market's clock, is not counted."""
        self._since = since
        self._now = 0
        self._open: dict[str, _Promise] = {}
        self._kept: dict[str, _Promise] = {}
        self._bookings: dict[tuple[str, str, str], str] = {}
        self._ends: dict[str, int] = {}
        self._ended: list[tuple[int, str, _Promise, bool]] = []
        """What became of bookings, by when it counts; a heap."""
        self._events = -1
        self._position: Position = (-1, "", -1)

    def take(self, step: FactRead | OutcomeRead) -> None:
        """Take in the next step of the log."""
        if isinstance(step, FactRead):
            if step.offset > self._events:
                self._events = step.offset
                self._take_fact(step.event.fact)
        elif step.position > self._position:
            self._position = step.position
            self._take_outcome(step.outcome)

    def _take_fact(self, fact: AnyFact) -> None:
        match fact:
            case ClockTicked():
                self._now = max(self._now, fact.now)
                self._pass(fact.now)
            case OfferDeclined():
                promise = self._open.get(fact.offer_id)
                if promise is not None and promise.worker_id == fact.worker_id:
                    self._answer(fact.offer_id, accepted=False)
            case WorkCompleted() | WorkNoShow():
                offer_id = self._bookings.pop((fact.zone, fact.job_id, fact.worker_id), "")
                excused = isinstance(fact, WorkNoShow) and fact.excused
                self._end(offer_id, None if excused else isinstance(fact, WorkCompleted))
            case _:
                pass

    def _take_outcome(self, outcome: AnyOutcome) -> None:
        self._now = max(self._now, outcome.at)
        match outcome:
            case OfferMade():
                _keep(self._open, outcome.offer_id, _promise(outcome))
            case BookingConfirmed():
                self._answer(outcome.offer_id, accepted=True)
                parties = (outcome.zone, outcome.job_id, outcome.worker_id)
                _keep(self._bookings, parties, outcome.offer_id)
                _keep(self._ends, outcome.offer_id, max(shift.end for shift in outcome.shifts))
            case BookingPending() | BookingRefused(reason="taken" | "job_filled" | "blocked"):
                self._answer(outcome.offer_id, accepted=True)
            case OfferExpired(counted=True):
                self._answer(outcome.offer_id, accepted=False)
            case OfferExpired() | OfferWithdrawn():
                self._open.pop(outcome.offer_id, None)
            case BookingCancelled():
                self._bookings.pop((outcome.zone, outcome.job_id, outcome.worker_id), None)
                is_theirs = outcome.reason in ("worker_declined", "worker_unavailable")
                self._end(outcome.offer_id, False if is_theirs else None)
            case _:
                pass

    def _answer(self, offer_id: str, *, accepted: bool) -> None:
        promise = self._open.pop(offer_id, None)
        if promise is None:
            return
        self._count(promise.release, "accept", promise.p_accept, accepted)
        if accepted:
            _keep(self._kept, offer_id, promise)

    def _end(self, offer_id: str, completed: bool | None) -> None:
        promise, end = self._kept.pop(offer_id, None), self._ends.pop(offer_id, 0)
        if promise is not None and completed is not None:
            heapq.heappush(self._ended, (end + REPORTED_MS, offer_id, promise, completed))
            if len(self._ended) > MOST_OFFERS:
                heapq.heappop(self._ended)

    def _pass(self, now: int) -> None:
        """Count what has been over for long enough."""
        while self._ended and self._ended[0][0] <= now:
            _, _, promise, completed = heapq.heappop(self._ended)
            self._count(promise.release, "complete", promise.p_complete, completed)

    def _count(self, release: str, target: str, promised: float, came_true: bool) -> None:
        if self._now < self._since:
            return
        labels = release, target, str(min(9, int(promised * 10)))
        OFFERS.labels(*labels).inc()
        EXPECTED.labels(*labels).inc(promised)
        OBSERVED.labels(*labels).inc(came_true)


def _promise(offer: OfferMade) -> _Promise:
    return _Promise(offer.model, offer.p_accept, offer.p_complete, offer.worker_id)


def _keep(kept: dict[Key, Kept], key: Key, value: Kept) -> None:
    kept[key] = value
    if len(kept) > MOST_OFFERS:
        del kept[next(iter(kept))]
