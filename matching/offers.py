"""Whom to ask next.

A job asks the best of those in reach (`widening`), as many as its plan wants (`plan`), each tier
anew. At the beginning of a tier it asks one more: of those who can do the job and hold no offer at
all the one who has waited longest, if that is `Policy.waiting_full_ms` or more. Nobody who waits is
overtaken, because an offer ends a wait. So the one who has waited longest is asked no later than
`waiting_full_ms` + `tier_ms` while a job they can do is open, and everybody else is asked
after as many tiers of such jobs as there are people who have waited longer. Time in which no
matcher worked is none of it: whose offer ran out unseen then comes first again.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

import numpy as np

from events.outcomes import JobUnfilled
from matching.crews import MOST_CANDIDATES, best_fill
from matching.exploration import choose
from matching.ledger import Ledger
from matching.proposal import has, propose
from matching.ranking import Ranking, Scored
from matching.state import Job
from matching.widening import beyond

_LOOKED_AT: Final = 8
"""Times as many of the best are looked at as are put together in crews: some have answered."""


def settle(ledger: Ledger) -> None:
    """Ask for every job that lost an offer or a place, and for every worker who has time again."""
    while ledger.to_refill or ledger.to_widen or ledger.to_seek:
        refilled, ledger.to_refill = ledger.to_refill, {}
        widened, ledger.to_widen = ledger.to_widen, {}
        workers, ledger.to_seek = ledger.to_seek, {}
        for job_id in refilled | widened:
            job = ledger.state.jobs.get(job_id)
            if job is not None:
                _refill(ledger, job, begins_tier=job_id in widened)
        for worker_id in workers:
            if ledger.hiring.lacking() and _may_ask(ledger, worker_id):
                ranking = ledger.rank_jobs(ledger.worker_terms(worker_id))
                offer_worker(ledger, worker_id, ranking, ask_again=False)


def offer_job(ledger: Ledger, job: Job, ranking: Ranking, *, begins_tier: bool = False) -> None:
    """Offer a job to the best workers who may be asked, until the plan is met.

    When a tier begins, the second offer goes to whoever has waited longest.
    """
    waited = _longest_waiting(ledger, job, ranking) if begins_tier else None
    left_over = False
    for best in in_asking_order(ledger, job, ranking):
        while _is_askable(ledger, job, best.id) and ledger.hiring.wants(job):
            if not ledger.hiring.has_room(job, ledger.places_of(job, best.id)):
                left_over = True
                break
            choice = choose(ledger, job, best, _others(ledger, job, best, ranking))
            ledger.make_offer(
                job, choice.scored.id, choice.scored, ranking, choice.via, choice.propensity
            )
            _offer_waiting(ledger, job, waited, ranking)
        if not ledger.hiring.wants(job):
            break
    _offer_waiting(ledger, job, waited, ranking)
    job.exhausted = ledger.hiring.wants(job) and not left_over
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
        if not ledger.hiring.wants(job) or not _is_news(
            ledger, job, worker_id, ask_again=ask_again
        ):
            continue
        has_room = ledger.hiring.has_room(job, ledger.places_of(job, worker_id))
        if has_room:
            ledger.make_offer(job, worker_id, scored, ranking)
        job.exhausted = job.exhausted and has_room and ledger.hiring.wants(job)


def _refill(ledger: Ledger, job: Job, *, begins_tier: bool) -> None:
    """Rank and ask again, in a round or at once, unless it is known that nobody would be asked."""
    wants = ledger.hiring.wants(job)
    if not wants:
        job.exhausted = False
    if ledger.hiring.waits(job) and ledger.hiring.lacks(job):
        ledger.set_round()
    is_told = bool(job.open_offers) or job.reported_unfilled
    if ledger.hiring.hires(job) and (wants or begins_tier) and not (job.exhausted and is_told):
        offer_job(ledger, job, ledger.rank_workers(job), begins_tier=begins_tier)


def in_asking_order(ledger: Ledger, job: Job, ranking: Ranking) -> Iterator[Scored]:
    """By ring and rank; where crews could come, those first who together fill the most places.

    If those in reach can fill all places, nobody from farther is among these first.
    """
    rings = rings_beyond(ledger, job, ranking)
    by_rings = _by_rings(ranking, rings)
    if not job.posted.accepts_crews or job.open_places == 1:
        return by_rings
    nearest = islice(by_rings, _LOOKED_AT * MOST_CANDIDATES)
    askable = (scored for scored in nearest if may_be_offered(ledger, job, scored.id))
    best = list(islice(askable, MOST_CANDIDATES))
    if max((ledger.places_of(job, scored.id) for scored in best), default=1) == 1:
        return _by_rings(ranking, rings)
    first = _best_fill(ledger, job, [one for one in best if rings[one.row] == 0])
    if sum(ledger.places_of(job, scored.id) for scored in first) < job.open_places:
        first = _best_fill(ledger, job, best)
    chosen = {scored.id for scored in first}
    rest = (one for one in _by_rings(ranking, rings) if one.id not in chosen)
    return chain(first, rest)


def _best_fill(ledger: Ledger, job: Job, candidates: list[Scored]) -> list[Scored]:
    sizes = [(ledger.places_of(job, scored.id), scored.value) for scored in candidates]
    return [candidates[index] for index in best_fill(sizes, job.open_places)]


def _by_rings(ranking: Ranking, rings: list[int]) -> Iterator[Scored]:
    """Those in reach by rank, then the farther rings, one after the other."""
    farther: defaultdict[int, list[Scored]] = defaultdict(list)
    for scored in ranking:
        if rings[scored.row] == 0:
            yield scored
        else:
            farther[rings[scored.row]].append(scored)
    for ring in sorted(farther):
        yield from farther[ring]


def rings_beyond(ledger: Ledger, job: Job, ranking: Ranking) -> list[int]:
    """By row of a job's ranking, how many rings farther than its reach somebody lives."""
    return beyond(ranking.candidates.features, job, ledger.state.policy)


def _longest_waiting(ledger: Ledger, job: Job, ranking: Ranking) -> Scored | None:
    """Of those who wait for any offer and have waited long enough, the first; ties by id."""
    ids, since = ranking.candidates.ids, ranking.candidates.since
    waiting = np.flatnonzero(since <= ledger.state.now - ledger.state.policy.waiting_full_ms)
    while len(waiting):
        is_first = since[waiting] == since[waiting].min()
        for row in sorted(waiting[is_first].tolist(), key=ids.__getitem__):
            has_offers = bool(ledger.state.workers[ids[row]].open_offers)
            if not has_offers and _is_news(ledger, job, ids[row]):
                return next(scored for scored in ranking if scored.row == row)
        waiting = waiting[~is_first]
    return None


def _offer_waiting(ledger: Ledger, job: Job, waited: Scored | None, ranking: Ranking) -> None:
    """Ask the one who has waited longest, plan or not, unless they have just been asked."""
    if waited is not None and waited.id not in job.open_offers:
        ledger.make_offer(job, waited.id, waited, ranking, via="waiting")


def _others(ledger: Ledger, job: Job, best: Scored, ranking: Ranking) -> Iterator[Scored]:
    """Whom else a job could ask in the place of the best one left, from no farther away."""
    rings = rings_beyond(ledger, job, ranking)
    return (
        scored
        for scored in ranking
        if rings[scored.row] <= rings[best.row] and could_replace(ledger, job, best, scored)
    )


def could_replace(ledger: Ledger, job: Job, best: Scored, other: Scored) -> bool:
    """Whether another worker may be asked now and would take as many places as the best."""
    return (
        other.id != best.id
        and may_be_offered(ledger, job, other.id)
        and ledger.places_of(job, other.id) == ledger.places_of(job, best.id)
    )


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


def _is_askable(ledger: Ledger, job: Job, worker_id: str) -> bool:
    return _may_ask(ledger, worker_id) and _is_news(ledger, job, worker_id)


def may_be_offered(ledger: Ledger, job: Job, worker_id: str) -> bool:
    """Whether a worker may be asked for a job now."""
    return _is_askable(ledger, job, worker_id) and ledger.hiring.has_room(
        job, ledger.places_of(job, worker_id)
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
