"""The market's clock and its policy."""

from typing import Final

from events.facts import ClockTicked, PolicyChanged
from matching.days import HOUR_MS
from matching.ledger import KEEP_CLOSED_MS, Ledger
from matching.rounds import hold_round
from matching.transitions import away, visits
from matching.transitions.employers import review
from matching.transitions.workers import retire

_STOOD_STILL_MS: Final = 2 * 60_000
"""Ticks come every minute at least; after a longer time no matcher has been at work."""


def clock_ticked(ledger: Ledger, fact: ClockTicked) -> None:
    """Time moves on, never back; what has come due ends, and then a round is held if one is due.

    After a clock that stood still a round may be due before the end of the very jobs and workers it
    would bring together. What was offered meanwhile, by a log that was caught up with, nobody could
    see before it ran out, and what a visitor's home zone was asked, it may not have heard of.
    """
    before = ledger.state.now
    is_round = False
    ledger.state.now = max(before, fact.now)
    stood_still = ledger.state.now > before + _STOOD_STILL_MS
    for _, kind, id in ledger.due():
        match kind:
            case "offer":
                is_unseen = stood_still and ledger.state.offers[id].made_at == before
                ledger.expire_offer(id, counted=not (is_unseen or _left_with_it(ledger, id)))
            case "job":
                ledger.expire_job(ledger.state.jobs[id])
            case "round":
                is_round = True
            case "request":
                visits.time_is_up(ledger, id, was_heard=not stood_still)
            case "away":
                away.end(ledger, id, "never_reported")
            case "booking":
                _work_over(ledger, id)
            case "tier":
                ledger.next_tier(ledger.state.jobs[id])
                ledger.to_widen[id] = None
            case "worker":
                retire(ledger, id, cancel=False)
    if is_round:
        hold_round(ledger)
    if ledger.state.now // HOUR_MS != before // HOUR_MS:
        _forget_old_jobs(ledger)
        visits.forget_gone(ledger)


def policy_changed(ledger: Ledger, fact: PolicyChanged) -> None:
    """Another policy, from here on and for all open jobs."""
    ledger.state.policy = fact.policy
    if ledger.state.next_round:  # by the old policy it may be a day away
        ledger.state.next_round = 0
        ledger.set_round()
    for employer_id in list(ledger.state.employers):
        review(ledger, employer_id)
    for job_id, job in ledger.state.jobs.items():
        job.exhausted = False
        ledger.next_tier(job)
        ledger.job_changed(job_id)
        ledger.to_refill[job_id] = None


def _left_with_it(ledger: Ledger, offer_id: str) -> bool:
    """Whether an offer ended because the worker's availability does: perhaps after a minute."""
    offer = ledger.state.offers[offer_id]
    worker = ledger.state.workers.get(offer.worker_id)
    return worker is not None and worker.valid_until <= offer.expires_at


def _work_over(ledger: Ledger, offer_id: str) -> None:
    """Who holds only so many bookings at one time may take another, reported or not."""
    worker_id = ledger.holder(offer_id)
    worker = None if worker_id is None else ledger.state.workers.get(worker_id)
    if worker_id is None or worker is None or worker.bookings_left(ledger.state.now) is None:
        return
    ledger.worker_changed(worker_id)
    ledger.to_seek[worker_id] = None


def _forget_old_jobs(ledger: Ledger) -> None:
    """Drop what was closed long ago, so that a market's memory is bounded by its present."""
    horizon = ledger.state.now - KEEP_CLOSED_MS
    oldest = [
        job_id
        for job_id, job in ledger.state.jobs.items()
        if job.status != "open" and max(s.end for s in job.posted.shifts) < horizon
    ]
    for job_id in oldest:
        job = ledger.state.jobs.pop(job_id)
        for offer_id in job.offer_ids:
            del ledger.state.offers[offer_id]
        for worker_id in job.booked:
            worker = ledger.state.workers.get(worker_id)
            if worker is not None and worker.bookings.pop(job_id, None) is not None:
                ledger.worker_changed(worker_id)
                ledger.to_seek[worker_id] = None
