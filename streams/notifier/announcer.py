"""What a partition's markets make due: a fold over facts and outcomes, without a clock.

The same log gives the same messages with the same ids, so whoever folds it again repeats itself.
"""

from collections.abc import Callable
from typing import Any, Final, TypeGuard, get_args

import msgspec

from events.codec import Event
from events.emission import Telling
from events.facts import (
    ClockTicked,
    JobAmended,
    JobPosted,
    OfferDeclined,
    WorkerAvailable,
    WorkerForgotten,
)
from events.notices import VisitorAnnounced
from events.notifications import (
    CancelReason,
    NotificationCancelled,
    NotificationDue,
    NotificationErased,
    OffReason,
)
from events.outcomes import (
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    CancellationReason,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    RefusalReason,
)
from events.values import Interval, Place
from matching.closing import amended
from matching.geo import km_between, unit_vector
from matching.terms import pay_fen_day
from streams.causal import FactRead, OutcomeRead
from streams.notifier.known import AnnouncerState, Booked, OpenOffer, key_of, last, last_end

_NOT_GRANTED: Final[tuple[RefusalReason, ...]] = ("taken", "withdrawn", "home_silent")
"""Why a pending booking is refused, when that is not its worker's own doing."""
_REPEATABLE: Final = (JobAmended, WorkerForgotten, VisitorAnnounced)
"""Facts that do harm when a late repetition of them, which the matcher drops, is taken again."""


class Announcer:
    """Folds one partition's facts and outcomes, in causal order."""

    def __init__(self, state: AnnouncerState | None = None) -> None:
        self.state = state or AnnouncerState()

    def apply(self, step: FactRead | OutcomeRead) -> list[Telling]:
        """What a fact or an outcome makes due, or due no more."""
        tellings = self._apply(step)
        if step.trace is None:
            return tellings
        return [msgspec.structs.replace(telling, after=step.trace) for telling in tellings]

    def _apply(self, step: FactRead | OutcomeRead) -> list[Telling]:
        if isinstance(step, FactRead):
            if isinstance(step.event.fact, _REPEATABLE) and self._has_seen(step.event):
                return []
            return _apply(self.state, step.event.fact, f"{step.event.fact.zone}-{step.offset}")
        self.state.clock = max(self.state.clock, step.outcome.at)
        return _apply(self.state, step.outcome, step.id)

    def _has_seen(self, event: Event) -> bool:
        key = f"{event.source} {event.id}"
        if key in self.state.seen:
            return True
        self.state.seen[key] = self.state.clock
        return False


def _apply(state: AnnouncerState, message: Any, id: str) -> list[Telling]:
    handler = _HANDLERS.get(type(message))
    return [] if handler is None else handler(state, message, id)


def _clock_ticked(state: AnnouncerState, fact: ClockTicked, id: str) -> list[Telling]:
    state.clock = max(state.clock, fact.now)
    return []


def _job_posted(state: AnnouncerState, fact: JobPosted, id: str) -> list[Telling]:
    state.jobs[key_of(fact.zone, fact.job_id)] = fact
    return []


def _job_amended(state: AnnouncerState, fact: JobAmended, id: str) -> list[Telling]:
    key = key_of(fact.zone, fact.job_id)
    if (job := state.jobs.get(key)) is not None:
        state.jobs[key] = amended(job, fact)
    return []


def _worker_available(state: AnnouncerState, fact: WorkerAvailable, id: str) -> list[Telling]:
    state.reach(fact.zone, fact)
    return []


def _visitor_announced(state: AnnouncerState, fact: VisitorAnnounced, id: str) -> list[Telling]:
    if fact.forgotten:
        known = state.workers.get(key_of(fact.zone, fact.worker_id))
        lives_elsewhere = known is not None and known.home not in ("", fact.from_zone)
        return [] if lives_elsewhere else _erase(state, fact, id)
    if fact.available is not None:
        state.reach(fact.zone, fact.available)
    return []


def _erase(
    state: AnnouncerState, fact: WorkerForgotten | VisitorAnnounced, id: str
) -> list[Telling]:
    state.forget(fact.zone, fact.worker_id)
    message = NotificationErased(
        worker_id=fact.worker_id, at=state.clock, erasure_id=id, zone=fact.zone
    )
    return [Telling(id=f"{id}-erased", message=message)]


def _offer_made(state: AnnouncerState, offer: OfferMade, id: str) -> list[Telling]:
    state.offers[key_of(offer.zone, offer.offer_id)] = OpenOffer(id, offer.worker_id)
    job = state.jobs.get(key_of(offer.zone, offer.job_id))
    if job is None:
        return []
    due = _due(state, offer, id, job)
    message = msgspec.structs.replace(due, expires_at=offer.expires_at)
    return [Telling(id=f"{id}-due", message=message)]


def _booking_confirmed(
    state: AnnouncerState, confirmed: BookingConfirmed, id: str
) -> list[Telling]:
    job = state.jobs.get(key_of(confirmed.zone, confirmed.job_id))
    key = key_of(confirmed.zone, confirmed.offer_id)
    state.pending.pop(key, None)
    if job is not None:
        state.bookings[key] = Booked(confirmed.worker_id, confirmed.shifts, job.place)
    return _close(state, confirmed, "accepted")


def _booking_pending(state: AnnouncerState, pending: BookingPending, id: str) -> list[Telling]:
    job = state.jobs.get(key_of(pending.zone, pending.job_id))
    key = key_of(pending.zone, pending.offer_id)
    if job is not None and key not in state.pending:  # said again, it is what they said yes to
        state.pending[key] = Booked(pending.worker_id, job.shifts, job.place)
    return _close(state, pending, "accepted")


def _booking_refused(state: AnnouncerState, refused: BookingRefused, id: str) -> list[Telling]:
    """Told to those alone whose yes was pending: a yes that comes too late was answered at once."""
    booked = state.pending.pop(key_of(refused.zone, refused.offer_id), None)
    if booked is None or refused.reason not in _NOT_GRANTED:
        return []
    return _off(state, refused, id, booked, "not_granted")


def _booking_cancelled(
    state: AnnouncerState, cancelled: BookingCancelled, id: str
) -> list[Telling]:
    booked = state.bookings.pop(key_of(cancelled.zone, cancelled.offer_id), None)
    if not _is_not_their_doing(cancelled.reason):
        return []
    return _off(state, cancelled, id, booked, cancelled.reason)


def _off(
    state: AnnouncerState,
    outcome: BookingCancelled | BookingRefused,
    id: str,
    booked: Booked | None,
    reason: OffReason,
) -> list[Telling]:
    """Told with what they were booked for: the job's new terms come before its cancellations."""
    job = state.jobs.get(key_of(outcome.zone, outcome.job_id or ""))
    if job is None:
        return []
    if booked is not None:
        job = msgspec.structs.replace(job, shifts=booked.shifts, place=booked.place)
    to_come = tuple(shift for shift in job.shifts if shift.start > outcome.at)
    due = msgspec.structs.replace(
        _due(state, outcome, id, job, to_come or (last(job.shifts),)),
        kind="cancelled",
        reason=reason,
    )
    return [Telling(id=f"{id}-due", message=due)]


def _is_not_their_doing(reason: CancellationReason) -> TypeGuard[OffReason]:
    return reason in get_args(OffReason)


def _due(
    state: AnnouncerState,
    outcome: OfferMade | BookingCancelled | BookingRefused,
    id: str,
    job: JobPosted,
    shifts: tuple[Interval, ...] = (),
) -> NotificationDue:
    """What a worker is to know of some of a job's shifts; of all without `shifts`."""
    shifts = shifts or job.shifts
    worker = state.workers.get(key_of(outcome.zone, outcome.worker_id))
    return NotificationDue(
        worker_id=outcome.worker_id,
        at=outcome.at,
        notification_id=id,
        kind="offer",
        zone=outcome.zone,
        station_id=job.station_id if worker is None else worker.station_id,
        offer_id=outcome.offer_id,
        job_id=job.job_id,
        channels=("page",) if worker is None else tuple(dict.fromkeys(worker.channels)),
        title=job.title,
        place=job.place.name,
        first_shift=min(shifts, key=lambda shift: shift.start),
        shifts=len(shifts),
        last_start=max(shift.start for shift in shifts) if len(shifts) > 1 else None,
        pay_fen_day=pay_fen_day(job.pay, job.shifts),
        pay=None if job.pay.unit == "day" else job.pay,
        expires_at=last_end(shifts),
        distance_km=None if worker is None else _km(job.place, worker.place),
        perks=job.perks,
    )


def _km(a: Place, b: Place) -> float:
    return round(km_between(unit_vector(a.lat, a.lon), unit_vector(b.lat, b.lon)), 1)


def _offer_declined(state: AnnouncerState, fact: OfferDeclined, id: str) -> list[Telling]:
    open_offer = state.offers.get(key_of(fact.zone, fact.offer_id))
    if open_offer is None or open_offer.worker_id != fact.worker_id:
        return []
    return _close(state, fact, "declined")


def _offer_withdrawn(state: AnnouncerState, outcome: OfferWithdrawn, id: str) -> list[Telling]:
    return _close(state, outcome, outcome.reason)


def _offer_expired(state: AnnouncerState, outcome: OfferExpired, id: str) -> list[Telling]:
    state.offers.pop(key_of(outcome.zone, outcome.offer_id), None)  # its due says when it ends
    return []


def _close(
    state: AnnouncerState,
    message: OfferDeclined | OfferWithdrawn | BookingConfirmed | BookingPending,
    reason: CancelReason,
) -> list[Telling]:
    offer = state.offers.pop(key_of(message.zone, message.offer_id), None)
    if offer is None:
        return []
    cancelled = NotificationCancelled(
        worker_id=offer.worker_id,
        at=state.clock,
        notification_id=offer.notification_id,
        reason=reason,
    )
    return [Telling(id=f"{offer.notification_id}-cancelled", message=cancelled)]


_HANDLERS: Final[dict[type[Any], Callable[[AnnouncerState, Any, str], list[Telling]]]] = {
    ClockTicked: _clock_ticked,
    JobPosted: _job_posted,
    JobAmended: _job_amended,
    WorkerAvailable: _worker_available,
    WorkerForgotten: _erase,
    VisitorAnnounced: _visitor_announced,
    OfferDeclined: _offer_declined,
    OfferMade: _offer_made,
    OfferExpired: _offer_expired,
    OfferWithdrawn: _offer_withdrawn,
    BookingConfirmed: _booking_confirmed,
    BookingPending: _booking_pending,
    BookingRefused: _booking_refused,
    BookingCancelled: _booking_cancelled,
}
