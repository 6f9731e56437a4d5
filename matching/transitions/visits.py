"""Visitors: workers whose calendar another zone keeps, in this zone's market."""

import msgspec

from events.notices import BookingAnswered, Denial, VisitorAnnounced, VisitorReported
from events.outcomes import RefusalReason
from events.rejections import Rejection
from matching.lawful import is_over
from matching.ledger import Ledger
from matching.offers import offer_worker
from matching.state import Visit, Worker
from matching.terms import spans
from matching.track_record import TrackRecord
from matching.transitions.announcing import announce
from matching.transitions.workers import (
    end_of,
    erase,
    erase_traces,
    is_barred_from,
    is_other_crew,
    jobs_booked_by,
    retire,
)

_REFUSALS: dict[Denial, RefusalReason] = {"taken": "taken", "unavailable": "withdrawn"}


def visitor_announced(ledger: Ledger, fact: VisitorAnnounced) -> None:
    """Take a visitor as their home zone says they are; what is older than known is passed over."""
    worker = _visitor(ledger, fact)
    if worker is None:
        if fact.forgotten and fact.worker_id not in ledger.state.workers:
            erase_traces(ledger, fact.worker_id)  # of somebody who has gone before
        return
    if fact.forgotten:
        worker.available = worker.visit = None  # nobody is told of them any more
        ledger.state.visitors.remove(fact.worker_id)
        erase(ledger, fact.worker_id)
        return
    before = worker.available
    is_news = before != fact.available
    _follow(ledger, worker, fact)
    until = 0 if fact.available is None else fact.valid_until or end_of(fact.available)
    if fact.available is None or until <= ledger.state.now:
        retire(ledger, fact.worker_id, cancel=False)
        return
    worker.available, worker.valid_until = fact.available, until
    terms = ledger.worker_changed(fact.worker_id)
    assert terms is not None
    ranking = ledger.rank_jobs(terms)
    other_crew = is_other_crew(before, fact.available)
    ledger.withdraw_changed(fact.worker_id, ranking, other_crew=other_crew)
    if not is_news:
        ledger.to_seek[fact.worker_id] = None
        return
    announce(ledger, ranking, worker_id=fact.worker_id)
    if ledger.hiring.lacking():
        offer_worker(ledger, fact.worker_id, ranking, ask_again=True)


def booking_answered(ledger: Ledger, fact: BookingAnswered) -> None:
    """The home zone grants a booking or does not; what has been given up meanwhile goes back.

    Raises Rejection when it is not the home zone that answers.
    """
    offer = ledger.state.offers.get(fact.offer_id)
    job = None if offer is None else ledger.state.jobs[offer.job_id]
    booking = None if job is None else job.booked.get(fact.worker_id)
    if job is None or booking is None or booking.offer_id != fact.offer_id:
        if fact.denied is None:
            ledger.send(
                VisitorReported,
                zone=fact.from_zone,
                worker_id=fact.worker_id,
                offer_id=fact.offer_id,
                what="cancelled",
            )
        return
    visit = ledger.state.workers[fact.worker_id].visit
    if visit is not None and visit.home != fact.from_zone:
        raise Rejection("not_from_market", "from_zone", value=fact.from_zone, zone=visit.home)
    if booking.pending_until and fact.denied is None:
        ledger.confirm(job, fact.worker_id)
    elif booking.pending_until and fact.denied is not None:
        ledger.refuse(job, fact.worker_id, _REFUSALS[fact.denied])


def time_is_up(ledger: Ledger, offer_id: str, *, was_heard: bool) -> None:
    """The home zone has not answered in time: the places are for somebody else.

    One that was perhaps not heard, because no matcher was there, has its time once more. The
    visitor keeps what they have said, but it is not asked for again before they are heard of.
    """
    if not was_heard and ledger.put_off(offer_id):
        return
    offer = ledger.state.offers[offer_id]
    ledger.note_answer(offer, "unanswered")
    ledger.refuse(ledger.state.jobs[offer.job_id], offer.worker_id, "home_silent")
    ledger.report(offer, "cancelled")


def forget_gone(ledger: Ledger) -> None:
    """Drop visitors who look for no work here and of whom no job knows."""
    gone = [
        worker_id
        for worker_id in ledger.state.visitors
        if ledger.state.workers[worker_id].available is None
    ]
    known = {id for job in ledger.state.jobs.values() for id in (*job.booked, *job.answers)}
    for worker_id in gone:
        if worker_id not in known:
            ledger.state.visitors.remove(worker_id)
            del ledger.state.workers[worker_id]


def _visitor(ledger: Ledger, fact: VisitorAnnounced) -> Worker | None:
    """The visitor that is announced, if it is news. Raises Rejection when they live elsewhere."""
    worker = ledger.state.workers.get(fact.worker_id)
    if worker is not None and worker.visit is not None and worker.visit.home == fact.from_zone:
        return worker if worker.visit.version < fact.version else None
    if fact.available is None:
        return None
    if worker is not None and (worker.available is not None or worker.bookings):
        home = ledger.state.zone if worker.visit is None else worker.visit.home
        raise Rejection("lives_elsewhere", "worker_id", worker=fact.worker_id, home=home)
    if worker is None or worker.visit is None:
        ledger.state.visitors.append(fact.worker_id)
    if worker is None:
        worker = ledger.state.workers[fact.worker_id] = Worker()
    return worker


def _follow(ledger: Ledger, worker: Worker, fact: VisitorAnnounced) -> None:
    """Calendar and track record are the home zone's; a booking that it does not hold is off.

    Of work that is over it forgets what nobody has reported.
    """
    worker.visit = Visit(
        home=fact.from_zone,
        version=fact.version,
        busy=spans(fact.busy),
        bookings_left=fact.bookings_left,
    )
    worker.record = TrackRecord(**msgspec.structs.asdict(fact.experience))
    worker.since = max(worker.since, fact.since)
    for job in jobs_booked_by(ledger, fact.worker_id):
        booking, said = job.booked[fact.worker_id], fact.available
        if booking.pending_until:
            is_off = said is not None and is_barred_from(ledger, job.posted, said)
        else:
            is_off = booking.offer_id not in fact.held
            is_off = is_off and not is_over(job.posted, ledger.state.now)
        if is_off:
            ledger.cancel_booking(
                job, fact.worker_id, "worker_unavailable" if said is None else "terms_changed"
            )
