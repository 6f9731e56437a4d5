"""Whom to ask next: enough open offers that the expected acceptances cover the open places."""

from events.outcomes import JobUnfilled
from matching.ledger import Ledger
from matching.ranking import Ranking
from matching.state import Job


def settle(ledger: Ledger) -> None:
    """Ask for every job that lost an offer or a place, and for every worker who has time again."""
    while ledger.to_refill or ledger.to_seek:
        jobs, ledger.to_refill = ledger.to_refill, {}
        workers, ledger.to_seek = ledger.to_seek, {}
        for job_id in jobs:
            if job_id in ledger.wanting:
                job = ledger.state.jobs[job_id]
                offer_job(ledger, job, ledger.rank_workers(job))
        for worker_id in workers:
            if ledger.wanting and _may_ask(ledger, worker_id):
                ranking = ledger.rank_jobs(ledger.worker_terms(worker_id))
                offer_worker(ledger, worker_id, ranking, ask_again=False)


def offer_job(ledger: Ledger, job: Job, ranking: Ranking) -> None:
    """Offer a job to the best workers who may be asked, until enough have been."""
    wanted = ledger.wants(job)
    for scored in ranking:
        if wanted <= 0:
            break
        if scored.id in job.asked or scored.id in job.open_offers:
            continue
        if _may_ask(ledger, scored.id):
            ledger.make_offer(job, scored.id, scored, ranking)
            wanted = ledger.wants(job)
    ledger.job_changed(job.posted.job_id)
    _report_unfilled(ledger, job, ranking)


def offer_worker(ledger: Ledger, worker_id: str, ranking: Ranking, *, ask_again: bool) -> None:
    """Offer a worker the best jobs that still want somebody.

    With `ask_again` an offer that expired unanswered may be repeated: they have just been heard
    from. A declined one never is, unless the job's terms change.
    """
    for scored in ranking:
        if not _may_ask(ledger, worker_id):
            return
        job = ledger.state.jobs[scored.id]
        asked = job.asked.get(worker_id)
        if scored.id not in ledger.wanting or worker_id in job.open_offers:
            continue
        if asked is None or (asked == "expired" and ask_again):
            ledger.make_offer(job, worker_id, scored, ranking)
            ledger.job_changed(scored.id)


def _may_ask(ledger: Ledger, worker_id: str) -> bool:
    worker = ledger.state.workers.get(worker_id)
    return (
        worker is not None
        and worker.available is not None
        and len(worker.open_offers) < ledger.state.policy.max_open_offers
    )


def _report_unfilled(ledger: Ledger, job: Job, ranking: Ranking) -> None:
    """Say once that nobody is left to ask."""
    if job.status != "open" or job.open_offers or job.reported_unfilled:
        return
    job.reported_unfilled = True
    ledger.say(
        JobUnfilled,
        job_id=job.posted.job_id,
        headcount=job.posted.headcount,
        booked=job.booked_places,
        pool=ranking.candidates.looked_at,
        excluded=ranking.candidates.excluded,
    )
