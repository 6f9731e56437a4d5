"""Bookings: an offer's yes, what a visitor's home zone makes of it, and what no longer stands."""

from typing import Final

from events.notices import BookingRequested
from events.outcomes import (
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    CancellationReason,
    RefusalReason,
)
from matching.lawful import is_over
from matching.ledger.places import Places
from matching.ledger.sayings import parties
from matching.state import Booking, Job, Offer
from matching.terms import spans

_AS_REFUSAL: Final[dict[CancellationReason, RefusalReason]] = {
    "worker_declined": "declined",
    "worker_forgotten": "worker_forgotten",
}
"""Why what was only pending is refused; for other reasons it is withdrawn."""


class Bookings(Places):
    """The bookings of a market, each with its places in a job and its shifts in a calendar."""

    def book(self, offer_id: str) -> None:
        """The worker said yes to an open offer: it becomes a booking, others make way.

        A visitor's is pending: their home zone is asked.
        """
        offer = self._close(offer_id, "accepted")
        job = self.state.jobs[offer.job_id]
        worker = self.state.workers[offer.worker_id]
        job.booked[offer.worker_id] = Booking(offer_id=offer_id, places=offer.places)
        worker.bookings[offer.job_id] = spans(job.posted.shifts)
        self.keep_booking(offer_id, job.posted)
        self.end_wait(worker)
        self.count_answer(offer, "accepted")
        self.worker_changed(offer.worker_id)
        if worker.visit is None:
            self._say_confirmed(offer, job)
        else:
            self._ask_home(offer, job, worker.visit.home)
        self.make_way(offer.worker_id)
        self.settle_places(job)

    def hasten_pending(self, job: Job) -> None:
        """Nothing is pending when the job's time is over: it ends with its places settled."""
        for booking in job.booked.values():
            if booking.pending_until >= job.expires_at:
                self._pend(booking, job.expires_at - 1)

    def put_off(self, offer_id: str) -> bool:
        """Whether a home zone that could not answer gets its time again: once, if there is any."""
        offer = self.state.offers[offer_id]
        job = self.state.jobs[offer.job_id]
        booking = job.booked[offer.worker_id]
        until = min(self.state.now + self.state.policy.home_answer_ms, job.expires_at - 1)
        if booking.was_put_off or until <= self.state.now:
            return False
        booking.was_put_off = True
        self._pend(booking, until)
        self.say_pending(offer)
        return True

    def _pend(self, booking: Booking, until: int) -> None:
        booking.pending_until = until
        self.deadlines.add(until, "request", booking.offer_id)

    def _ask_home(self, offer: Offer, job: Job, home: str) -> None:
        until = min(self.state.now + self.state.policy.home_answer_ms, job.expires_at - 1)
        self._pend(job.booked[offer.worker_id], until)
        self.say_pending(offer)
        self.send(
            BookingRequested,
            zone=home,
            worker_id=offer.worker_id,
            offer_id=offer.offer_id,
            job=job.posted,
            places=offer.places,
        )

    def say_pending(self, offer: Offer) -> None:
        """A yes waits for the home zone; said again, it still does."""
        until = self.state.jobs[offer.job_id].booked[offer.worker_id].pending_until
        self.say(BookingPending, **parties(offer), places=offer.places, until=until)

    def confirm(self, job: Job, worker_id: str) -> None:
        """A pending booking has been granted."""
        booking = job.booked[worker_id]
        booking.pending_until = 0
        self._say_confirmed(self.state.offers[booking.offer_id], job)
        self._say_if_filled(job)

    def refuse(self, job: Job, worker_id: str, reason: RefusalReason) -> None:
        """A pending booking has not been granted; its places are open again."""
        offer = self._unbook(job, worker_id, reason)
        self.say(BookingRefused, **parties(offer), reason=reason)
        self._reopen(job, worker_id)
        self.give_up_if_over(job)

    def cancel_booking(
        self, job: Job, worker_id: str, reason: CancellationReason, *, becomes_another: bool = False
    ) -> None:
        """A booking no longer stands; its places are open again, or the job is given up.

        Not when it `becomes_another` in the same event: then that is seen when it has.
        """
        is_pending = job.booked[worker_id].pending_until > 0
        offer = self._unbook(job, worker_id, reason)
        if is_pending:
            refusal = _AS_REFUSAL.get(reason, "withdrawn")
            self.say(BookingRefused, **parties(offer), reason=refusal)
        else:
            self.say(BookingCancelled, **parties(offer), reason=reason)
        self.report(offer, "cancelled")
        self._reopen(job, worker_id)
        if not becomes_another and (is_pending or not is_over(job.posted, self.state.now)):
            self.give_up_if_over(job)  # of work that is over it stays true that it was filled

    def _say_confirmed(self, offer: Offer, job: Job) -> None:
        self.say(
            BookingConfirmed,
            **parties(offer),
            shifts=job.posted.shifts,
            places=offer.places,
            remaining=job.open_places,
        )

    def _unbook(self, job: Job, worker_id: str, reason: str) -> Offer:
        booking = job.booked.pop(worker_id)
        self.state.workers[worker_id].finish(job.posted.job_id, self.state.now)
        offer = self.state.offers[booking.offer_id]
        offer.status, offer.closed_by = "withdrawn", reason
        self.worker_changed(worker_id)
        return offer

    def _reopen(self, job: Job, worker_id: str) -> None:
        self.settle_places(job)
        self.to_seek[worker_id] = None
