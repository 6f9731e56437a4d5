"""The market's clock and its policy."""

from events.facts import ClockTicked, PolicyChanged
from matching.days import HOUR_MS
from matching.ledger import KEEP_CLOSED_MS, Ledger
from matching.rounds import hold_round
from matching.transitions import away, visits
from matching.transitions.employers import review
from matching.transitions.workers import retire


def clock_ticked(ledger: Ledger, fact: ClockTicked) -> None:
    """Time moves on, never back; what has come due ends, and then a round is held if one is due.

    After a clock that stood still a round may be due before the end of the very jobs and workers it
    would bring together.
    """
    hour = ledger.state.now // HOUR_MS
    is_round = False
    ledger.state.now = max(ledger.state.now, fact.now)
    for _, kind, id in ledger.due():
        match kind:
            case "offer":
                ledger.expire_offer(id)
            case "job":
                ledger.expire_job(ledger.state.jobs[id])
            case "round":
                is_round = True
            case "request":
                visits.give_up(ledger, id)
            case "away":
                away.end(ledger, id, "never_reported")
            case "tier":
                ledger.next_tier(ledger.state.jobs[id])
                ledger.to_widen[id] = None
            case "worker":
                retire(ledger, id, cancel=False)
    if is_round:
        hold_round(ledger)
    if ledger.state.now // HOUR_MS != hour:
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
