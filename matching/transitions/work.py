"""Work: done, not come to, rated.

Nobody has done work, or stayed away from it, before its first shift begins. Two clocks are asked
and the later one counts: the market's, and the one by which the report was made (its `ce_time`,
or the record's own time). A report that was held up at its station comes late by the market's clock
and is taken whatever the station's clock shows; one that was made while no matcher ran stands in
the log before the tick that would have told the market the time, and is taken by its own: the hours
of that first day count towards rest and the day's limit all the same.
"""

from events.facts import WorkCompleted, WorkNoShow, WorkRated
from events.rejections import Rejection
from matching.lawful import first_start
from matching.ledger import Ledger
from matching.state import Booking, Job
from matching.terms import days_begun


def work_completed(ledger: Ledger, fact: WorkCompleted) -> None:
    """A booked worker did the work."""
    job, booking = _open_booking(ledger, fact)
    booking.result = "completed"
    worker = ledger.state.workers[fact.worker_id]
    until = ledger.worked_until(job.posted)
    worker.finish(fact.job_id, ledger.state.now, until)
    ledger.report(ledger.state.offers[booking.offer_id], "completed")
    worker.record.complete(job.posted.employer_id, days_begun(job.posted.shifts, until))
    ledger.worker_changed(fact.worker_id)
    ledger.to_seek[fact.worker_id] = None


def work_no_show(ledger: Ledger, fact: WorkNoShow) -> None:
    """A booked worker did not come."""
    _, booking = _open_booking(ledger, fact)
    booking.result = "no_show"
    worker = ledger.state.workers[fact.worker_id]
    worker.bookings.pop(fact.job_id, None)
    offer = ledger.state.offers[booking.offer_id]
    ledger.report(offer, "excused" if fact.excused else "no_show")
    if not fact.excused:
        worker.record.no_shows += 1
    ledger.worker_changed(fact.worker_id)
    ledger.to_seek[fact.worker_id] = None


def work_rated(ledger: Ledger, fact: WorkRated) -> None:
    """One side of a booking rates the other, once the work is done.

    Of an employer what comes last counts. A worker says it once, and it ranks nobody: it is for
    other workers to read.
    """
    _, booking = _booking(ledger, fact)
    if booking.result != "completed":
        raise _unknown(fact)
    if fact.rated_by == "employer":
        ledger.state.workers[fact.worker_id].record.rate(fact.stars, booking.stars)
        ledger.worker_changed(fact.worker_id)
        offer = ledger.state.offers[booking.offer_id]
        ledger.report(offer, "rated", fact.stars, former=booking.stars or None)
        booking.stars = fact.stars
    elif booking.has_rated:
        raise Rejection("already_rated", "job_id", value=fact.job_id, worker=fact.worker_id)
    else:
        booking.has_rated = True


def _open_booking(ledger: Ledger, fact: WorkCompleted | WorkNoShow) -> tuple[Job, Booking]:
    job, booking = _booking(ledger, fact)
    if booking.result or booking.pending_until:
        raise _unknown(fact)
    if ledger.latest < first_start(job.posted):
        raise Rejection("work_not_begun", "job_id", value=fact.job_id, worker=fact.worker_id)
    return job, booking


def _booking(ledger: Ledger, fact: WorkCompleted | WorkNoShow | WorkRated) -> tuple[Job, Booking]:
    """A job and the booking of a worker there; the place of who was erased is nobody's."""
    job = ledger.state.jobs.get(fact.job_id)
    booking = job.booked.get(fact.worker_id) if job is not None else None
    if job is None or booking is None or not booking.offer_id:
        raise _unknown(fact)
    return job, booking


def _unknown(fact: WorkCompleted | WorkNoShow | WorkRated) -> Rejection:
    return Rejection("unknown_booking", "job_id", value=fact.job_id, worker=fact.worker_id)
