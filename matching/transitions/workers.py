"""Workers: available, unavailable, forgotten."""

from events.facts import WorkerAvailable, WorkerForgotten, WorkerUnavailable
from events.rejections import Rejection
from matching.constraints import years_short
from matching.lawful import first_start, lawful_age
from matching.ledger import Ledger
from matching.offers import offer_worker
from matching.state import Job, Worker
from matching.transitions.announcing import announce


def worker_available(ledger: Ledger, fact: WorkerAvailable) -> None:
    """Rank the jobs for a worker and offer those that want somebody."""
    worker = ledger.state.workers.get(fact.worker_id)
    if worker is None:
        worker = ledger.state.workers[fact.worker_id] = Worker()
    if worker.available is None:
        worker.since = ledger.state.now
    worker.available = fact
    worker.valid_until = fact.valid_until or max(window.end for window in fact.windows)
    _cancel_unlawful(ledger, fact)
    terms = ledger.worker_changed(fact.worker_id)
    assert terms is not None
    ledger.withdraw_changed(fact.worker_id)
    ranking = ledger.rank_jobs(terms)
    announce(ledger, ranking, worker_id=fact.worker_id)
    if ledger.hiring.lacking():
        offer_worker(ledger, fact.worker_id, ranking, ask_again=True)


def worker_unavailable(ledger: Ledger, fact: WorkerUnavailable) -> None:
    """A worker stops looking."""
    _known_worker(ledger, fact.worker_id)
    retire(ledger, fact.worker_id, cancel=fact.cancel_bookings)


def worker_forgotten(ledger: Ledger, fact: WorkerForgotten) -> None:
    """Erase a worker (PIPL art. 47)."""
    worker = _known_worker(ledger, fact.worker_id)
    worker.available = None
    ledger.worker_changed(fact.worker_id)
    ledger.withdraw_all(list(worker.open_offers), "worker_forgotten")
    for job in list(_jobs_booked_by(ledger, worker)):
        ledger.cancel_booking(job, fact.worker_id, "worker_forgotten")
    for job in ledger.state.jobs.values():
        job.forget(fact.worker_id)
    for offer_id, offer in list(ledger.state.offers.items()):
        if offer.worker_id == fact.worker_id:
            del ledger.state.offers[offer_id]
            ledger.state.jobs[offer.job_id].offer_ids.remove(offer_id)
    del ledger.state.workers[fact.worker_id]


def retire(ledger: Ledger, worker_id: str, *, cancel: bool) -> None:
    """Take a worker out of the pool; open offers go, bookings stay unless `cancel`."""
    worker = ledger.state.workers[worker_id]
    worker.available = None
    ledger.worker_changed(worker_id)
    ledger.withdraw_all(list(worker.open_offers), "worker_unavailable")
    if cancel:
        for job in list(_jobs_booked_by(ledger, worker)):
            ledger.cancel_booking(job, worker_id, "worker_unavailable")


def _cancel_unlawful(ledger: Ledger, fact: WorkerAvailable) -> None:
    """Cancel what a worker is booked for and, as they say now, too young for by law."""
    worker = ledger.state.workers[fact.worker_id]
    for job in list(_jobs_booked_by(ledger, worker)):
        starts, ends = first_start(job.posted), max(shift.end for shift in job.posted.shifts)
        short = years_short(lawful_age(job.posted), fact.birth_year, starts)
        if short > 0 and ends > ledger.state.now:
            ledger.cancel_booking(job, fact.worker_id, "terms_changed")


def _known_worker(ledger: Ledger, worker_id: str) -> Worker:
    worker = ledger.state.workers.get(worker_id)
    if worker is None:
        raise Rejection("unknown_worker", "worker_id", value=worker_id)
    return worker


def _jobs_booked_by(ledger: Ledger, worker: Worker) -> list[Job]:
    return [ledger.state.jobs[job_id] for job_id in worker.bookings]
