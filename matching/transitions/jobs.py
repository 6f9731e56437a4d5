"""Jobs: posted, amended, cancelled."""

import math
from typing import Final

from events.facts import JobAmended, JobCancelled, JobPosted
from events.rejections import Rejection
from events.values import Millis, Settlement
from matching.closing import amended, begins_anew, closes_at
from matching.days import DAY_MS
from matching.lawful import check_posting, first_start, highest_age, is_over, lawful_age
from matching.ledger import Ledger
from matching.offers import offer_job
from matching.state import Job
from matching.terms import pay_fen_day, spans
from matching.transitions.announcing import announce
from matching.widening import start

_SETTLED_DAYS: Final[dict[Settlement, int]] = {"daily": 1, "weekly": 7, "monthly": 30}
"""The longest that pay is waited for; on completion it is as long as the job."""


def job_posted(ledger: Ledger, fact: JobPosted) -> None:
    """A new job: rank its workers, ask the best."""
    if fact.job_id in ledger.state.jobs:
        raise Rejection("job_exists", "job_id", value=fact.job_id)
    check_posting(fact)
    closes = closes_at(fact, was_filled=False)
    job = Job(posted=fact, status="open", expires_at=closes)
    start(job, ledger.state.now, ledger.state.policy)
    ledger.state.jobs[fact.job_id] = job
    _open_job(ledger, job)


def job_amended(ledger: Ledger, fact: JobAmended) -> None:
    """New terms: those booked keep their place unless they agreed to something else.

    What had expired and has its time ahead now is open again.
    """
    job = _standing_job(ledger, fact.job_id)
    old, new = job.posted, amended(job.posted, fact)
    check_posting(new)
    is_new_search = begins_anew(job.posted, fact, is_expired=job.status == "expired")
    was_filled = job.was_filled and not is_new_search
    closes = closes_at(new, was_filled=was_filled)
    _check_closing(ledger, fact, closes, old, new)
    rebook = binding_terms_changed(old, new)
    staying = job.worked_places if rebook else job.booked_places
    if new.headcount < staying:
        raise Rejection("headcount_below_booked", "headcount", booked=staying)
    if _offered(old) != _offered(new):
        ledger.withdraw_all(list(job.open_offers.values()), "terms_changed")
        start(job, ledger.state.now, ledger.state.policy)
    if rebook:  # by the old terms: with fewer places it would seem to be full in between
        for worker_id in job.expected_workers():
            ledger.cancel_booking(job, worker_id, "terms_changed", becomes_another=True)
    job.posted, job.was_filled, job.expires_at = new, was_filled, closes
    job.reported_unfilled = False
    if job.status == "expired" and job.expires_at > ledger.state.now:
        start(job, ledger.state.now, ledger.state.policy)
        job.status = "open"
    ledger.hasten_pending(job)
    ledger.settle_places(job)
    ledger.give_up_if_over(job)
    if job.status == "open":
        _open_job(ledger, job)


def job_cancelled(ledger: Ledger, fact: JobCancelled) -> None:
    """Nobody is needed any more."""
    job = _standing_job(ledger, fact.job_id)
    job.status = "cancelled"
    ledger.job_changed(fact.job_id)
    ledger.withdraw_all(list(job.open_offers.values()), "job_cancelled")
    for worker_id in job.expected_workers():
        ledger.cancel_booking(job, worker_id, "job_cancelled")


def _open_job(ledger: Ledger, job: Job) -> None:
    """Rank the workers of a new or changed job and ask the best."""
    ledger.job_changed(job.posted.job_id)
    ranking = ledger.rank_workers(job)
    announce(ledger, ranking, job_id=job.posted.job_id)
    if job.expires_at <= ledger.state.now:
        ledger.expire_job(job)
        return
    ledger.deadlines.add(job.expires_at, "job", job.posted.job_id)
    ledger.next_tier(job)
    offer_job(ledger, job, ranking, begins_tier=True)


def _standing_job(ledger: Ledger, job_id: str) -> Job:
    """A job that can be changed: its work, or some of it, lies ahead."""
    job = ledger.state.jobs.get(job_id)
    if job is None or job.status == "cancelled":
        raise Rejection("unknown_job", "job_id", value=job_id)
    if is_over(job.posted, ledger.latest):
        raise Rejection("work_over", "job_id", value=job_id)
    return job


def _check_closing(
    ledger: Ledger, fact: JobAmended, closes: Millis, old: JobPosted, new: JobPosted
) -> None:
    """Raise Rejection when work is moved and nobody would be asked: its closing date has passed."""
    is_moved = fact.expires_at is None and spans(old.shifts) != spans(new.shifts)
    if is_moved and closes <= ledger.state.now < first_start(new):
        raise Rejection("closing_date_passed", "expires_at", value=fact.job_id)


def binding_terms_changed(old: JobPosted, new: JobPosted) -> bool:
    """Whether booked workers agreed to something else.

    Other times, another place, less or otherwise counted pay, pay that comes later, a perk less, or
    work that has become one for adults, or one that is too hazardous for the old.
    """
    return (
        _when_and_where(old) != _when_and_where(new)
        or lawful_age(new) > lawful_age(old)
        or _age_end(new) < _age_end(old)
        or not set(old.perks) <= set(new.perks)
        or _is_worse(old, new)
    )


def _age_end(posted: JobPosted) -> float:
    """The age from which nobody may do it."""
    return highest_age(posted) or math.inf


def _is_worse(old: JobPosted, new: JobPosted) -> bool:
    """Whether another pay is less in a day or for a unit, of another unit, or comes later."""
    before, after = old.pay, new.pay
    return (
        after.unit != before.unit
        or after.amount_fen < before.amount_fen
        or pay_fen_day(after, new.shifts) < pay_fen_day(before, old.shifts)
        or _paid_after_days(new) > _paid_after_days(old)
    )


def _paid_after_days(posted: JobPosted) -> int:
    """Days from the first of the work to its pay, at most."""
    span_ms = max(shift.end for shift in posted.shifts) - first_start(posted)
    return _SETTLED_DAYS.get(posted.pay.settlement, span_ms // DAY_MS + 1)


def _when_and_where(posted: JobPosted) -> tuple[object, ...]:
    """Shifts in whatever order they were said, and the place, whatever it is called."""
    return spans(posted.shifts), posted.place.lat, posted.place.lon


def _offered(posted: JobPosted) -> tuple[object, ...]:
    """What an open offer is about: when it is another, the offer no longer stands."""
    return (
        _when_and_where(posted),
        posted.pay,
        set(posted.perks),
        posted.skills,
        set(posted.certificates),
        posted.minimum_age,
        posted.accepts_crews,
        posted.partial_crews,
    )
