"""What each accepted fact changes in the read model."""

from collections.abc import Callable
from itertools import count
from typing import Any, Final, Literal

import msgspec

from events.facts import (
    ClockTicked,
    JobAmended,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferDeclined,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.notices import VisitorAnnounced
from events.topics import ALL_ZONES
from gigmatch.claim_terms import said_at
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ClaimDoc, ClosedClaimDoc
from matching.closing import amended, begins_anew
from matching.days import HOUR_MS
from matching.terms import pay_fen_day
from streams.call_numbers import free_number, give_number
from streams.desk import FORGOTTEN, Desk, close_offer, reopen

KEEP_MS: Final = 7 * 24 * HOUR_MS
"""How long what is over stays to be seen: as long as the market remembers it."""
MOST_CONTINUED: Final = 20
"""So many jobs a job names that have its remaining days."""


def _job_posted(desk: Desk, fact: JobPosted) -> None:
    pay = pay_fen_day(fact.pay, fact.shifts)
    now = desk.now(fact.zone)
    desk.shelf.put(JobDoc(posted=fact, offset=desk.offset, at=now, pay_fen_day=pay))
    station = desk.station(fact.zone, fact.station_id)
    station.place, station.lat, station.lon = fact.place.name, fact.place.lat, fact.place.lon
    _rename_claims(desk, fact)
    _continue(desk, fact)


def _continue(desk: Desk, fact: JobPosted) -> None:
    """A job whose remaining days are posted names the jobs that have them, the newest of them."""
    begun = None if fact.continues is None else desk.shelf.job(fact.zone, fact.continues)
    if begun is None or begun.posted.job_id == fact.job_id:
        return
    if begun.posted.station_id == fact.station_id:
        begun.continued_by = [*begun.continued_by, fact.job_id][-MOST_CONTINUED:]


def _job_amended(desk: Desk, fact: JobAmended) -> None:
    job = desk.shelf.job(fact.zone, fact.job_id)
    if job is None:
        return
    if begins_anew(job.posted, fact, is_expired=job.status == "expired"):
        job.was_filled = False
    job.posted = amended(job.posted, fact)
    job.pay_fen_day = pay_fen_day(job.posted.pay, job.posted.shifts)
    if fact.employer_name is not None:
        _rename_claims(desk, job.posted)
    reopen(desk, job)


def _job_cancelled(desk: Desk, fact: JobCancelled) -> None:
    job = desk.shelf.job(fact.zone, fact.job_id)
    if job is not None:
        job.status, job.filled_at = "cancelled", None


def _worker_available(desk: Desk, fact: WorkerAvailable) -> None:
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    now = desk.now(fact.zone)
    if worker is None or worker.home:
        worker = WorkerDoc(
            zone=fact.zone, worker_id=fact.worker_id, station_id=fact.station_id, at=now
        )
        desk.shelf.put(worker)
    if worker.station_id != fact.station_id:
        free_number(desk.shelf, worker)
    worker.station_id, worker.at = fact.station_id, now
    if not worker.call_number:
        give_number(desk.shelf, worker)
    worker.valid_until = fact.valid_until or max(window.end for window in fact.windows)
    desk.station(fact.zone, fact.station_id)


def _worker_unavailable(desk: Desk, fact: WorkerUnavailable) -> None:
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    if worker is not None:
        worker.valid_until, worker.at = None, desk.now(fact.zone)


def _visitor_announced(desk: Desk, fact: VisitorAnnounced) -> None:
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    now = desk.now(fact.zone)
    if fact.available is not None:
        if worker is None or worker.home != fact.from_zone:
            if worker is not None:
                free_number(desk.shelf, worker)
            worker = WorkerDoc(
                zone=fact.zone,
                worker_id=fact.worker_id,
                station_id=fact.available.station_id,
                home=fact.from_zone,
                at=now,
            )
            desk.shelf.put(worker)
        worker.at, worker.valid_until = now, fact.valid_until
    elif worker is None:
        if fact.forgotten:  # of somebody whose document has gone before
            _worker_forgotten(desk, fact)
    elif worker.home != fact.from_zone:
        return
    elif fact.forgotten:
        _worker_forgotten(desk, fact)
    else:
        worker.valid_until, worker.at = None, now


def _worker_forgotten(desk: Desk, fact: WorkerForgotten | VisitorAnnounced) -> None:
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    if worker is not None:
        desk.remove(worker)
    for job in desk.shelf.jobs(fact.zone):
        _forget(job, fact.worker_id)
    for employer in desk.shelf.employers_rated_by(fact.zone, fact.worker_id):
        employer.forget(fact.worker_id)
    desk.forgotten.add((fact.zone, fact.worker_id))


def _offer_declined(desk: Desk, fact: OfferDeclined) -> None:
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    offer = None if worker is None else worker.offers.get(fact.offer_id)
    if offer is not None:
        parties = (fact.zone, offer.job_id, fact.worker_id, fact.offer_id)
        close_offer(desk, *parties, "declined", desk.now(fact.zone))


def _work_completed(desk: Desk, fact: WorkCompleted) -> None:
    _attended(desk, fact, "completed")


def _work_no_show(desk: Desk, fact: WorkNoShow) -> None:
    _attended(desk, fact, "no_show")


def _attended(
    desk: Desk, fact: WorkCompleted | WorkNoShow, status: Literal["completed", "no_show"]
) -> None:
    job = desk.shelf.job(fact.zone, fact.job_id)
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    for held in (
        None if job is None else job.bookings.get(fact.worker_id),
        None if worker is None else worker.bookings.get(fact.job_id),
    ):
        if held is not None and held.status == "confirmed":
            held.status = status


def _work_rated(desk: Desk, fact: WorkRated) -> None:
    job = desk.shelf.job(fact.zone, fact.job_id)
    if job is None:
        return
    if fact.rated_by == "worker":
        _employer_rated(desk, job.posted.employer_id, fact)
    elif (held := job.bookings.get(fact.worker_id)) is not None:
        held.stars = fact.stars


def _employer_rated(desk: Desk, employer_id: str, fact: WorkRated) -> None:
    """It is counted once of each job and worker; in logs of before the market took it again."""
    worker = desk.shelf.worker(fact.zone, fact.worker_id)
    held = None if worker is None else worker.bookings.get(fact.job_id)
    if held is not None and held.rated is not None:
        return
    employer = desk.shelf.employer(fact.zone, employer_id)
    if employer is None:
        employer = EmployerDoc(zone=fact.zone, employer_id=employer_id)
        desk.shelf.put(employer)
    employer.rate(fact.worker_id, fact.stars)
    if held is not None:
        held.rated = fact.stars


def _wage_claim_opened(desk: Desk, fact: WageClaimOpened) -> None:
    claims = desk.market(fact.zone).claims.setdefault(fact.employer_id, {})
    claims[fact.claim_id] = ClaimDoc(
        amount_fen=fact.amount_fen,
        workers=fact.workers,
        at=said_at(desk.now(fact.zone), desk.time, desk.stamped_at),
        station_id=desk.speaker(fact.zone),
        employer_name=_name_of(desk, fact.zone, fact.employer_id),
        kind=fact.kind,
    )


def _name_of(desk: Desk, zone: str, employer_id: str) -> str:
    """What the newest job of an employer that says so calls it."""
    jobs = [job for job in desk.shelf.jobs(zone) if job.posted.employer_id == employer_id]
    named = [job for job in jobs if job.posted.employer_name]
    newest = max(named, key=lambda job: job.offset, default=None)
    return "" if newest is None else newest.posted.employer_name or ""


def _rename_claims(desk: Desk, posted: JobPosted) -> None:
    """Open claims against an employer are found under the name that its jobs have now."""
    if posted.employer_name:
        for claim in desk.market(posted.zone).claims.get(posted.employer_id, {}).values():
            claim.employer_name = posted.employer_name


def _wage_claim_closed(desk: Desk, fact: WageClaimClosed) -> None:
    market = desk.market(fact.zone)
    left = market.claims.get(fact.employer_id, {})
    claim = left.pop(fact.claim_id, None)
    if not left:
        market.claims.pop(fact.employer_id, None)
    if claim is not None:
        closed = market.closed_claims.setdefault(fact.employer_id, {})
        closed[fact.claim_id] = ClosedClaimDoc(
            **msgspec.structs.asdict(claim),
            offset=desk.offset,
            closed_at=said_at(desk.now(fact.zone), desk.time, desk.stamped_at),
            result=fact.result,
            referred_to=fact.referred_to or "",
        )


def _clock_ticked(desk: Desk, fact: ClockTicked) -> None:
    if fact.zone != ALL_ZONES:
        zone = desk.market(fact.zone)
        before, zone.clock = zone.clock, max(zone.clock, fact.now)
        if zone.clock // HOUR_MS != before // HOUR_MS:
            _drop_old(desk, fact.zone, zone.clock - KEEP_MS)
        return
    before, desk.progress.clock = desk.progress.clock, max(desk.progress.clock, fact.now)
    if desk.progress.clock // HOUR_MS != before // HOUR_MS:
        for zone_id in desk.progress.zones:
            _drop_old(desk, zone_id, desk.progress.clock - KEEP_MS)


def _drop_old(desk: Desk, zone: str, horizon: int) -> None:
    for job in desk.shelf.jobs(zone, horizon):
        if job.status != "open":
            desk.shelf.remove(job)
    for worker in desk.shelf.workers(zone, horizon):
        desk.remove(worker)
    market = desk.market(zone)
    market.closed_claims = {
        employer_id: kept
        for employer_id, closed in market.closed_claims.items()
        if (kept := {id: claim for id, claim in closed.items() if claim.closed_at > horizon})
    }


def _model_promoted(desk: Desk, fact: ModelPromoted) -> None:
    if fact.zone == ALL_ZONES:
        desk.progress.model = fact.release
    for zone in desk.progress.zones if fact.zone == ALL_ZONES else (fact.zone,):
        desk.market(zone).model = fact.release


def _forget(job: JobDoc, worker_id: str) -> None:
    """Erase a worker from a job; a place where they have worked stays taken, by nobody known."""
    job.offers = {id: offer for id, offer in job.offers.items() if offer.worker_id != worker_id}
    if job.ranking is not None:
        lines = tuple(line for line in job.ranking.lines if line.worker_id != worker_id)
        job.ranking.lines = lines
    booking = job.bookings.pop(worker_id, None)
    if booking is not None and booking.status in ("completed", "no_show"):
        name = next(name for n in count() if (name := f"{FORGOTTEN}-{n}") not in job.bookings)
        booking.worker_id, booking.offer_id = name, ""
        job.bookings[name] = booking


FACTS: Final[dict[type[Any], Callable[[Desk, Any], None]]] = {
    JobPosted: _job_posted,
    JobAmended: _job_amended,
    JobCancelled: _job_cancelled,
    WorkerAvailable: _worker_available,
    WorkerUnavailable: _worker_unavailable,
    WorkerForgotten: _worker_forgotten,
    VisitorAnnounced: _visitor_announced,
    OfferDeclined: _offer_declined,
    WorkCompleted: _work_completed,
    WorkNoShow: _work_no_show,
    WorkRated: _work_rated,
    WageClaimOpened: _wage_claim_opened,
    WageClaimClosed: _wage_claim_closed,
    ClockTicked: _clock_ticked,
    ModelPromoted: _model_promoted,
}
