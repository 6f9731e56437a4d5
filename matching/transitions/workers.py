"""Workers: available, unavailable, forgotten."""

from typing import Literal

import msgspec

from events.facts import JobPosted, WorkerAvailable, WorkerForgotten, WorkerUnavailable
from events.rejections import Rejection
from matching.constraints import years_over, years_short
from matching.lawful import first_start, highest_age, is_over, lawful_age
from matching.ledger import Ledger
from matching.offers import offer_worker
from matching.state import Job, Worker
from matching.terms import crew_size
from matching.transitions import away
from matching.transitions.announcing import announce


def worker_available(ledger: Ledger, fact: WorkerAvailable) -> None:
    """Rank the jobs for a worker and offer those that want somebody.

    What comes so late that it is over already only ends what they said before; it is answered
    like any other, with a ranking in which every job comes too late.
    """
    worker = resident(ledger, fact.worker_id)
    if worker is None:
        worker = ledger.state.workers[fact.worker_id] = Worker()
    before = worker.available
    if before is None:
        worker.since = ledger.state.now
    else:
        ledger.announce(fact.worker_id, before.other_zones)
    worker.available = fact
    worker.valid_until = end_of(fact)
    if worker.bookings:
        _cancel_impossible(ledger, fact)
    if worker.valid_until <= ledger.state.now:
        gone = msgspec.structs.replace(ledger.terms_of(worker), windows=((0, worker.valid_until),))
        announce(ledger, ledger.rank_jobs(gone), worker_id=fact.worker_id)
        retire(ledger, fact.worker_id, cancel=False)
        return
    terms = ledger.worker_changed(fact.worker_id)
    assert terms is not None
    ranking = ledger.rank_jobs(terms)
    ledger.withdraw_changed(fact.worker_id, ranking, other_crew=is_other_crew(before, fact))
    announce(ledger, ranking, worker_id=fact.worker_id)
    if ledger.hiring.lacking():
        offer_worker(ledger, fact.worker_id, ranking, ask_again=True)


def worker_unavailable(ledger: Ledger, fact: WorkerUnavailable) -> None:
    """A worker stops looking."""
    _known_worker(ledger, fact.worker_id)
    retire(ledger, fact.worker_id, cancel=fact.cancel_bookings)


def worker_forgotten(ledger: Ledger, fact: WorkerForgotten) -> None:
    """Erase a worker (PIPL art. 47)."""
    _known_worker(ledger, fact.worker_id)
    erase(ledger, fact.worker_id)


def erase(ledger: Ledger, worker_id: str) -> None:
    """Leave nothing of a worker; other zones where they might be known are asked to do so, too."""
    worker = ledger.state.workers[worker_id]
    _stop_looking(ledger, worker_id)
    ledger.withdraw_all(list(worker.open_offers), "worker_forgotten")
    _cancel_all(ledger, worker_id, "worker_forgotten")
    ledger.announce(worker_id, worker.told)
    erase_traces(ledger, worker_id)
    del ledger.state.workers[worker_id]


def erase_traces(ledger: Ledger, worker_id: str) -> None:
    """Leave nothing of a worker in jobs and offers, and in the crew they led."""
    for job in ledger.state.jobs.values():
        job.forget(worker_id)
    for offer_id, offer in list(ledger.state.offers.items()):
        if offer.worker_id == worker_id:
            del ledger.state.offers[offer_id]
            ledger.state.jobs[offer.job_id].offer_ids.remove(offer_id)
    for member_id in ledger.state.workers.naming(worker_id):
        _leave_crew(ledger, member_id, worker_id)


def _leave_crew(ledger: Ledger, member_id: str, leader_id: str) -> None:
    """Whoever came with a leader who is gone looks for work alone from now on."""
    member = ledger.state.workers[member_id]
    said = member.available
    crew = None if said is None else said.crew
    if said is None or crew is None or crew.leader_id != leader_id or member_id == leader_id:
        return
    member.available = msgspec.structs.replace(said, crew=None)
    ledger.worker_changed(member_id)
    ledger.to_seek[member_id] = None


def retire(ledger: Ledger, worker_id: str, *, cancel: bool) -> None:
    """Take a worker out of the pool; open offers go, bookings stay unless `cancel`."""
    _stop_looking(ledger, worker_id)
    ledger.withdraw_all(list(ledger.state.workers[worker_id].open_offers), "worker_unavailable")
    if cancel:
        _cancel_all(ledger, worker_id, "worker_unavailable")


def resident(ledger: Ledger, worker_id: str) -> Worker | None:
    """A worker whose calendar is kept here; None when nobody has the id.

    Whoever has been a visitor and is no more may settle. Raises Rejection for a visitor.
    """
    worker = ledger.state.workers.get(worker_id)
    if worker is None or worker.visit is None:
        return worker
    if worker.available is not None or worker.bookings:
        raise Rejection("lives_elsewhere", "worker_id", worker=worker_id, home=worker.visit.home)
    worker.visit = None
    ledger.state.visitors.remove(worker_id)
    return worker


def end_of(available: WorkerAvailable) -> int:
    """When an availability ends, UTC ms."""
    if available.valid_until is not None:
        return available.valid_until
    return max([window.end for window in available.windows])


def is_other_crew(before: WorkerAvailable | None, now: WorkerAvailable) -> bool:
    """Whether a worker comes with more or fewer people than they said before."""
    return before is not None and crew_size(before) != crew_size(now)


def jobs_booked_by(ledger: Ledger, worker_id: str) -> list[Job]:
    """The jobs of this zone that a worker is booked for."""
    bookings = ledger.state.workers[worker_id].bookings
    return [ledger.state.jobs[key] for key in bookings if key not in ledger.state.away]


def _stop_looking(ledger: Ledger, worker_id: str) -> None:
    worker = ledger.state.workers[worker_id]
    if worker.available is not None and worker.visit is None:
        ledger.announce(worker_id, worker.available.other_zones)
    worker.available = None
    ledger.worker_changed(worker_id)


def _cancel_all(
    ledger: Ledger, worker_id: str, reason: Literal["worker_unavailable", "worker_forgotten"]
) -> None:
    """Cancel what a worker is booked for; what they have done already only when all is erased."""
    now, is_all = ledger.latest, reason == "worker_forgotten"
    for job in jobs_booked_by(ledger, worker_id):
        if is_all or not is_over(job.posted, now):
            ledger.cancel_booking(job, worker_id, reason)
    for key in away.keys_of(ledger, worker_id):
        if is_all or not is_over(ledger.state.away[key].job, now):
            away.end(ledger, key, reason)


def _cancel_impossible(ledger: Ledger, fact: WorkerAvailable) -> None:
    """Cancel what a worker is booked for and, as they say now, not of an age for or too few.

    A crew that has become smaller is asked again, for the places that it can fill. What comes when
    it is over says nothing of how many come to other work.
    """
    for job in jobs_booked_by(ledger, fact.worker_id):
        places = job.booked[fact.worker_id].places
        if _is_impossible(ledger, job.posted, places, fact):
            ledger.cancel_booking(job, fact.worker_id, "terms_changed")
    for key in away.keys_of(ledger, fact.worker_id):
        booked = ledger.state.away[key]
        if _is_impossible(ledger, booked.job, booked.places, fact):
            away.end(ledger, key, "terms_changed")


def _is_impossible(ledger: Ledger, posted: JobPosted, places: int, fact: WorkerAvailable) -> bool:
    return is_barred_from(ledger, posted, fact) or (
        places > crew_size(fact)
        and first_start(posted) > ledger.state.now
        and end_of(fact) > ledger.state.now
    )


def is_barred_from(ledger: Ledger, posted: JobPosted, fact: WorkerAvailable) -> bool:
    """Whether a worker's age, as they say now, bars them by law from work that is not over."""
    start = first_start(posted)
    short = years_short(lawful_age(posted), fact.birth_year, start)
    over = years_over(highest_age(posted), fact.birth_year, start)
    return max(short, over) > 0 and not is_over(posted, ledger.state.now)


def _known_worker(ledger: Ledger, worker_id: str) -> Worker:
    worker = resident(ledger, worker_id)
    if worker is None:
        raise Rejection("unknown_worker", "worker_id", value=worker_id)
    return worker
