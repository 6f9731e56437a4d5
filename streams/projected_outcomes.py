"""What each outcome changes in the read model."""

from collections.abc import Callable
from typing import Any, Final, Literal

from events.outcomes import (
    AwayBooked,
    AwayEnded,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    EmployerBlocked,
    EmployerCleared,
    JobExpired,
    JobFilled,
    JobUnfilled,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from gigmatch.readmodel.job import BookingDoc, JobDoc, OfferDoc
from gigmatch.readmodel.keys import matched_key
from gigmatch.readmodel.ranking import RankingDoc
from gigmatch.readmodel.worker import WorkerBookingDoc, WorkerDoc, WorkerOfferDoc, away_id
from matching.proposal import for_anybody
from streams.desk import Desk, close_offer, reopen


def _match_ranked(desk: Desk, outcome: MatchRanked) -> None:
    ranking = RankingDoc(
        offset=desk.offset,
        at=outcome.at,
        model=outcome.model,
        policy=outcome.policy,
        pool=outcome.pool,
        feasible=outcome.feasible,
        excluded=outcome.excluded,
        lines=outcome.ranking,
    )
    target: JobDoc | WorkerDoc | None = None
    if outcome.job_id is not None:
        target = desk.shelf.job(outcome.zone, outcome.job_id)
        for worker_id in outcome.ranked_workers:
            if desk.shelf.knows_worker(outcome.zone, worker_id):
                key = matched_key(outcome.zone, worker_id)
                desk.shelf.mark(key, outcome.job_id, desk.offset)
    elif outcome.worker_id is not None:
        target = desk.shelf.worker(outcome.zone, outcome.worker_id)
    if target is not None:
        target.ranking = ranking


def _offer_made(desk: Desk, outcome: OfferMade) -> None:
    job = desk.shelf.job(outcome.zone, outcome.job_id)
    if job is not None:
        job.unfilled = None
        job.offers[outcome.offer_id] = OfferDoc(
            offer_id=outcome.offer_id,
            worker_id=outcome.worker_id,
            rank=outcome.rank,
            score=outcome.score,
            p_accept=outcome.p_accept,
            p_complete=outcome.p_complete,
            places=outcome.places,
            at=outcome.at,
            expires_at=outcome.expires_at,
            tier=outcome.tier,
            ring=outcome.ring,
            via=outcome.via,
            offered=for_anybody(job.posted),
        )
    worker = desk.shelf.worker(outcome.zone, outcome.worker_id)
    if worker is not None:
        worker.asked += 1
        worker.offers[outcome.offer_id] = WorkerOfferDoc(
            job_id=outcome.job_id,
            rank=outcome.rank,
            score=outcome.score,
            places=outcome.places,
            at=outcome.at,
            expires_at=outcome.expires_at,
        )


def _offer_expired(desk: Desk, outcome: OfferExpired) -> None:
    parties = (outcome.zone, outcome.job_id, outcome.worker_id, outcome.offer_id)
    close_offer(desk, *parties, "expired", outcome.at)


def _offer_withdrawn(desk: Desk, outcome: OfferWithdrawn) -> None:
    parties = (outcome.zone, outcome.job_id, outcome.worker_id, outcome.offer_id)
    close_offer(desk, *parties, "withdrawn", outcome.at, outcome.reason)


def _booking_confirmed(desk: Desk, outcome: BookingConfirmed) -> None:
    _book(desk, outcome, "confirmed")


def _booking_pending(desk: Desk, outcome: BookingPending) -> None:
    _book(desk, outcome, "pending")


def _book(
    desk: Desk, outcome: BookingConfirmed | BookingPending, status: Literal["confirmed", "pending"]
) -> None:
    parties = (outcome.zone, outcome.job_id, outcome.worker_id, outcome.offer_id)
    close_offer(desk, *parties, "accepted", outcome.at)
    job = desk.shelf.job(outcome.zone, outcome.job_id)
    if job is None:
        return
    job.bookings[outcome.worker_id] = BookingDoc(
        offer_id=outcome.offer_id,
        worker_id=outcome.worker_id,
        places=outcome.places,
        at=outcome.at,
        status=status,
    )
    worker = desk.shelf.worker(outcome.zone, outcome.worker_id)
    if worker is not None:
        worker.booked += outcome.job_id not in worker.bookings
        worker.bookings[outcome.job_id] = WorkerBookingDoc(
            offer_id=outcome.offer_id,
            places=outcome.places,
            at=outcome.at,
            shifts=job.posted.shifts,
            status=status,
        )


def _booking_refused(desk: Desk, outcome: BookingRefused) -> None:
    """Too late, which changes nothing, or a pending booking that is not granted.

    Whoever said yes to one offer may say it to an older one of the same job, and is refused that.
    """
    job = None if outcome.job_id is None else desk.shelf.job(outcome.zone, outcome.job_id)
    booking = None if job is None else job.bookings.get(outcome.worker_id)
    if job is None or booking is None or booking.status != "pending":
        return
    if booking.offer_id == outcome.offer_id:
        _unbook(desk, job, outcome)


def _away_booked(desk: Desk, outcome: AwayBooked) -> None:
    worker = desk.shelf.worker(outcome.zone, outcome.worker_id)
    if worker is not None:
        worker.booked += 1
        worker.bookings[away_id(outcome.job_zone, outcome.job_id)] = WorkerBookingDoc(
            offer_id=outcome.offer_id,
            places=outcome.places,
            at=outcome.at,
            shifts=outcome.shifts,
            job_zone=outcome.job_zone,
        )


def _away_ended(desk: Desk, outcome: AwayEnded) -> None:
    worker = desk.shelf.worker(outcome.zone, outcome.worker_id)
    key = away_id(outcome.job_zone, outcome.job_id)
    booking = None if worker is None else worker.bookings.get(key)
    if worker is None or booking is None:
        return
    if outcome.result in ("completed", "no_show"):
        booking.status = outcome.result
    else:
        del worker.bookings[key]


def _booking_cancelled(desk: Desk, outcome: BookingCancelled) -> None:
    job = desk.shelf.job(outcome.zone, outcome.job_id)
    if job is not None:
        _unbook(desk, job, outcome)


def _unbook(desk: Desk, job: JobDoc, outcome: BookingCancelled | BookingRefused) -> None:
    worker = desk.shelf.worker(outcome.zone, outcome.worker_id)
    if worker is not None:
        worker.bookings.pop(job.posted.job_id, None)
    if (booking := job.bookings.get(outcome.worker_id)) is not None:
        booking.status, booking.reason = "cancelled", outcome.reason
    if (offer := job.offers.get(outcome.offer_id)) is not None:
        offer.status, offer.closed_at, offer.reason = "withdrawn", outcome.at, outcome.reason
    reopen(desk, job)


def _job_filled(desk: Desk, outcome: JobFilled) -> None:
    _set_status(desk, outcome, "filled")


def _job_expired(desk: Desk, outcome: JobExpired) -> None:
    _set_status(desk, outcome, "expired")


def _set_status(
    desk: Desk, outcome: JobFilled | JobExpired, status: Literal["filled", "expired"]
) -> None:
    job = desk.shelf.job(outcome.zone, outcome.job_id)
    if job is not None:
        job.status = status
        job.filled_at = outcome.at if status == "filled" else None
        job.was_filled = job.was_filled or status == "filled"


def _job_unfilled(desk: Desk, outcome: JobUnfilled) -> None:
    job = desk.shelf.job(outcome.zone, outcome.job_id)
    if job is not None:
        job.unfilled = outcome.excluded


def _employer_blocked(desk: Desk, outcome: EmployerBlocked) -> None:
    desk.market(outcome.zone).blocked[outcome.employer_id] = outcome.open_claims


def _employer_cleared(desk: Desk, outcome: EmployerCleared) -> None:
    desk.market(outcome.zone).blocked.pop(outcome.employer_id, None)


OUTCOMES: Final[dict[type[Any], Callable[[Desk, Any], None]]] = {
    MatchRanked: _match_ranked,
    OfferMade: _offer_made,
    OfferExpired: _offer_expired,
    OfferWithdrawn: _offer_withdrawn,
    BookingConfirmed: _booking_confirmed,
    BookingPending: _booking_pending,
    BookingRefused: _booking_refused,
    BookingCancelled: _booking_cancelled,
    AwayBooked: _away_booked,
    AwayEnded: _away_ended,
    JobFilled: _job_filled,
    JobExpired: _job_expired,
    JobUnfilled: _job_unfilled,
    EmployerBlocked: _employer_blocked,
    EmployerCleared: _employer_cleared,
}
