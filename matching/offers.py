"""Whom to ask next: the best workers, as many as a job's plan wants (`plan`)."""

from collections.abc import Iterable
from itertools import chain

from events.outcomes import JobUnfilled
from matching.crews import MOST_CANDIDATES, best_fill
from matching.ledger import Ledger
from matching.proposal import has, propose
from matching.ranking import Ranking, Scored
from matching.state import Job


def settle(ledger: Ledger) -> None:
    """Ask for every job that lost an offer or a place, and for every worker who has time again."""
    while ledger.to_refill or ledger.to_seek:
        jobs, ledger.to_refill = ledger.to_refill, {}
        workers, ledger.to_seek = ledger.to_seek, {}
        for job_id in jobs:
            job = ledger.state.jobs.get(job_id)
            if job is not None and ledger.hiring.wants(job):
                offer_job(ledger, job, ledger.rank_workers(job))
        for worker_id in workers:
            if ledger.hiring.lacking() and _may_ask(ledger, worker_id):
                ranking = ledger.rank_jobs(ledger.worker_terms(worker_id))
                offer_worker(ledger, worker_id, ranking, ask_again=False)


def offer_job(ledger: Ledger, job: Job, ranking: Ranking) -> None:
    """Offer a job to the best workers who may be asked, until the plan is met."""
    for scored in in_asking_order(ledger, job, ranking):
        if not (ledger.hiring.wants(job) and ledger.hiring.has_room(job, 1)):
            break
        if may_be_offered(ledger, job, scored.id):
            ledger.make_offer(job, scored.id, scored, ranking)
    if not ledger.hiring.waits(job):
        report_unfilled(ledger, job, ranking)


def offer_worker(ledger: Ledger, worker_id: str, ranking: Ranking, *, ask_again: bool) -> None:
    """Offer a worker the best jobs that still want somebody.

    With `ask_again` an offer that expired unanswered may be repeated: they have just been heard
    from. A declined one never is, unless the terms change.
    """
    for scored in ranking:
        if not _may_ask(ledger, worker_id):
            return
        job = ledger.state.jobs[scored.id]
        if (
            ledger.hiring.wants(job)
            and _is_news(ledger, job, worker_id, ask_again=ask_again)
            and ledger.hiring.has_room(job, ledger.places_of(job, worker_id))
        ):
            ledger.make_offer(job, worker_id, scored, ranking)


def _is_news(ledger: Ledger, job: Job, worker_id: str, *, ask_again: bool = False) -> bool:
    """Whether a worker has no offer or booking of a job and answered none of the same terms.

    A booking stays when its work is said to be done before the job is over, or not come to.
    """
    if worker_id in job.open_offers or worker_id in job.booked:
        return False
    answers = job.answers.get(worker_id)
    if answers is None:
        return True
    available = ledger.state.workers[worker_id].available
    assert available is not None
    proposal = propose(job.posted, available)
    if has(answers, proposal, "declined"):
        return False
    return ask_again or not has(answers, proposal, "unanswered")


def _may_ask(ledger: Ledger, worker_id: str) -> bool:
    worker = ledger.state.workers.get(worker_id)
    return (
        worker is not None
        and worker.available is not None
        and len(worker.open_offers) < ledger.state.policy.max_open_offers
    )


def in_asking_order(ledger: Ledger, job: Job, ranking: Ranking) -> Iterable[Scored]:
    """By rank; where crews could come, those first who together fill the most places."""
    if not job.posted.accepts_crews or job.open_places == 1:
        return ranking
    best = [
        scored for scored in ranking.top(MOST_CANDIDATES) if may_be_offered(ledger, job, scored.id)
    ]
    places = [ledger.places_of(job, scored.id) for scored in best]
    if max(places, default=1) == 1:
        return ranking
    candidates = [(size, scored.value) for size, scored in zip(places, best, strict=True)]
    first = [best[index] for index in best_fill(candidates, job.open_places)]
    chosen = {scored.id for scored in first}
    return chain(first, (scored for scored in ranking if scored.id not in chosen))


def may_be_offered(ledger: Ledger, job: Job, worker_id: str) -> bool:
    """Whether a worker may be asked for a job now."""
    return (
        _may_ask(ledger, worker_id)
        and _is_news(ledger, job, worker_id)
        and ledger.hiring.has_room(job, ledger.places_of(job, worker_id))
    )


def report_unfilled(ledger: Ledger, job: Job, ranking: Ranking) -> None:
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
