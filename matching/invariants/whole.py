"""Rules about all of a market; each costs by its size."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Final

from events.values import LATEST_MS
from matching.hiring import Hiring
from matching.market import Market
from matching.obvious_pool import ObviousPool
from matching.offers import may_be_offered
from matching.pool import Candidates

MarketRule = Callable[[Market], Iterator[str]]


def nothing_is_left_to_do(market: Market) -> Iterator[str]:
    """Whom to ask next has been decided before the next event."""
    ledger = market.ledger
    if ledger.to_refill or ledger.to_widen or ledger.to_seek:
        yield f"jobs {[*ledger.to_refill, *ledger.to_widen]}, workers {list(ledger.to_seek)}"


def who_may_be_asked_has_been(market: Market) -> Iterator[str]:
    """A job that wants more people has nobody left to ask: no place waits for a second event.

    In hybrid mode a job stops waiting for a round as time passes; its next tier asks then.
    """
    if market.state.policy.mode == "hybrid":
        return
    for job_id, job in market.state.jobs.items():
        if market.ledger.hiring.wants(job):
            for candidate in market.ledger.rank_workers(job):
                if may_be_offered(market.ledger, job, candidate.id):
                    yield f"{candidate.id} could be asked for {job_id}"


def offers_are_listed_once(market: Market) -> Iterator[str]:
    """Jobs list all offers between them, and each once; a worker's open ones are open."""
    listed = [offer_id for job in market.state.jobs.values() for offer_id in job.offer_ids]
    if len(listed) != len(market.state.offers) or set(listed) != market.state.offers.keys():
        yield f"{len(listed)} at the jobs, {len(market.state.offers)} in all"
    held = {i for worker in market.state.workers.values() for i in worker.open_offers}
    is_open = {i for i, offer in market.state.offers.items() if offer.status == "open"}
    if held != is_open:
        yield f"workers hold {sorted(held - is_open)}, do not hold {sorted(is_open - held)}"


def hiring_agrees_with_state(market: Market) -> Iterator[str]:
    """Plans kept from event to event are those that follow from the state."""
    fresh = Hiring(market.state)
    for job_id in market.state.jobs:
        fresh.changed(job_id)
    kept, derived = market.ledger.hiring.lacking(), fresh.lacking()
    if kept != derived:
        yield f"kept {sorted(kept - derived)}, derived {sorted(derived - kept)}"


def everything_that_ends_has_a_deadline(market: Market) -> Iterator[str]:
    """Open jobs, open offers, availabilities and bookings to come will be ended by a tick."""
    state, pending = market.state, market.ledger.deadlines.pending()
    for job_id, job in state.jobs.items():
        if job.status == "open" and (job.expires_at, "job", job_id) not in pending:
            yield f"{job_id} has none at {job.expires_at}"
        if job.status == "open" and (job.tier_at, "tier", job_id) not in pending:
            yield f"the tier of {job_id} has none at {job.tier_at}"
    for offer_id, offer in state.offers.items():
        if offer.status == "open" and (offer.expires_at, "offer", offer_id) not in pending:
            yield f"{offer_id} has none at {offer.expires_at}"
    for job_id, job in state.jobs.items():
        over = max(shift.end for shift in job.posted.shifts)
        for booking in job.booked.values():
            entry = (over, "booking", booking.offer_id)
            if over > state.now and not booking.result and entry not in pending:
                yield f"{booking.offer_id} of {job_id} has none at {over}"


def bookings_away_are_in_the_calendar(market: Market) -> Iterator[str]:
    """What is booked in other zones is in the calendar of a worker who lives here."""
    for key, away in market.state.away.items():
        worker = market.state.workers.get(away.worker_id)
        if worker is None or worker.visit is not None or key not in worker.bookings:
            yield f"{key} of {away.worker_id}"


def visitors_are_listed(market: Market) -> Iterator[str]:
    """Exactly those on a visit are listed as visitors, each once."""
    state = market.state
    on_visit = {id for id, worker in state.workers.items() if worker.visit is not None}
    if len(state.visitors) != len(on_visit) or set(state.visitors) != on_visit:
        yield f"listed {sorted(state.visitors)}, on a visit {sorted(on_visit)}"


def pool_holds_the_available(market: Market) -> Iterator[str]:
    """Exactly the available workers are in the pool, each until their availability ends."""
    held = set(market.ledger.pool.ended(LATEST_MS))
    looking = {
        (worker.valid_until, worker_id)
        for worker_id, worker in market.state.workers.items()
        if worker.available is not None
    }
    if held != looking:
        yield f"beyond the state {sorted(held - looking)}, missing {sorted(looking - held)}"


def pool_answers_by_the_constraints(market: Market) -> Iterator[str]:
    """One job and one worker, others each time, are matched as brute force matches them."""
    ledger, state, pool = market.ledger, market.state, ObviousPool()
    looking = [
        ledger.terms_of(worker)
        for _, worker in state.workers.items()
        if worker.available is not None
    ]
    wanted = [job for job in state.jobs.values() if job.status == "open"]
    if not looking or not wanted:
        return
    for terms in looking:
        pool.put_worker(terms)
    for job in wanted:
        pool.put_job(ledger.job_terms(job))
    turn = state.offset
    job_terms = ledger.job_terms(wanted[turn % len(wanted)])
    worker_terms = sorted(looking, key=attrgetter("worker_id"))[turn % len(looking)]
    if _comparable(ledger.pool.workers_for(job_terms, state.now)) != _comparable(
        pool.workers_for(job_terms, state.now)
    ):
        yield f"the workers for {job_terms.job_id} are not those of brute force"
    if _comparable(ledger.pool.jobs_for(worker_terms, state.now)) != _comparable(
        pool.jobs_for(worker_terms, state.now)
    ):
        yield f"the jobs for {worker_terms.worker_id} are not those of brute force"


def _comparable(found: Candidates) -> tuple[object, ...]:
    order = sorted(range(len(found.ids)), key=lambda row: found.ids[row])
    return (
        [found.ids[row] for row in order],
        found.features[order].tobytes(),
        found.since[order].tobytes(),
        found.looked_at,
        {code: count for code, count in found.excluded.items() if count},
    )


MARKET_RULES: Final[tuple[MarketRule, ...]] = (
    nothing_is_left_to_do,
    offers_are_listed_once,
    hiring_agrees_with_state,
    everything_that_ends_has_a_deadline,
    bookings_away_are_in_the_calendar,
    visitors_are_listed,
    pool_holds_the_available,
    pool_answers_by_the_constraints,
    who_may_be_asked_has_been,
)
