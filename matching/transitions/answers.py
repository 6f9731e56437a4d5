"""Answers to offers.

A yes that was said when the work had begun comes too late, though the market's clock may not know:
what was said while no matcher ran stands in the log before the tick that would have told the time.
Like a report of work (`work`) it is held against the first shift only. Its offer is open until that
tick: ended here, its place would have to be offered on, and that is work that has begun. That an
offer has run out is for the market's clock to say: a station whose own is fast could not accept any
other way.

Work that is over is cancelled by nobody, and for that the later of both clocks counts, too.
"""

from typing import Final

from events.facts import OfferAccepted, OfferDeclined
from events.outcomes import BookingRefused, RefusalReason
from events.rejections import Rejection
from matching.lawful import first_start, is_over
from matching.ledger import Ledger
from matching.state import Offer

_REFUSALS: Final[dict[str, RefusalReason]] = {
    "job_expired": "expired",
    "job_filled": "job_filled",
    "worker_booked": "taken",
    "employer_blocked": "blocked",
    "worker_declined": "declined",
}


def offer_accepted(ledger: Ledger, fact: OfferAccepted) -> None:
    """A yes books the place; one that comes too late is refused with the reason.

    Said again by who has the place it changes nothing, as a no to what is gone.
    """
    offer = ledger.state.offers.get(fact.offer_id)
    if offer is None or offer.worker_id != fact.worker_id:
        _refuse(ledger, fact, "unknown_offer")
    elif offer.status == "open" and _has_begun(ledger, offer):
        _refuse(ledger, fact, "expired", offer.job_id)
    elif offer.status == "open":
        ledger.book(fact.offer_id)
    elif ledger.pending(offer) is not None:
        ledger.say_pending(offer)
    elif offer.status != "accepted":
        _refuse(ledger, fact, _refusal(offer), offer.job_id)


def offer_declined(ledger: Ledger, fact: OfferDeclined) -> None:
    """A no passes the offer on, or cancels the booking that came of it."""
    offer = ledger.state.offers.get(fact.offer_id)
    if offer is None or offer.worker_id != fact.worker_id:
        raise Rejection("unknown_offer", "offer_id", value=fact.offer_id)
    if offer.status == "open":
        ledger.decline_offer(fact.offer_id)
        return
    job = ledger.state.jobs[offer.job_id]
    booking = job.booked.get(fact.worker_id)
    if booking is not None and booking.result:
        raise Rejection("unknown_offer", "offer_id", value=fact.offer_id)
    is_booked = booking is not None and booking.offer_id == fact.offer_id
    if is_booked and is_over(job.posted, ledger.latest):
        raise Rejection("work_over", "offer_id", value=offer.job_id)
    if is_booked:
        ledger.note_answer(offer, "declined")
        ledger.cancel_booking(job, fact.worker_id, "worker_declined")
    else:
        ledger.take_late_no(offer)


def _has_begun(ledger: Ledger, offer: Offer) -> bool:
    """Whether the work of an offer had begun when the present event was said."""
    return ledger.said_at >= first_start(ledger.state.jobs[offer.job_id].posted)


def _refuse(
    ledger: Ledger, fact: OfferAccepted, reason: RefusalReason, job_id: str | None = None
) -> None:
    ledger.say(
        BookingRefused,
        offer_id=fact.offer_id,
        worker_id=fact.worker_id,
        reason=reason,
        job_id=job_id,
    )


def _refusal(offer: Offer) -> RefusalReason:
    """Why an offer that is no longer open cannot be accepted."""
    match offer.status:
        case "expired":
            return "expired"
        case "declined":
            return "declined"
        case _:
            return _REFUSALS.get(offer.closed_by, "withdrawn")
