"""Why a pair matches or does not, and how a job's ranking looks now."""

from typing import Literal

import msgspec

from events.facts import WorkerAvailable
from events.outcomes import Ranked
from matching.constraints import Failure, failures
from matching.lawful import is_over
from matching.market import Market
from matching.obvious_pool import ObviousPool
from matching.proposal import answer_to, propose
from matching.ranking import Ranking
from matching.state import Job
from matching.widening import beyond, widens_at, within

Standing = Literal["", "booked", "invited", "declined", "unanswered"]
"""What has passed between a worker and a job on its present terms; "" is nothing."""


Closed = Literal["", "filled", "expired", "cancelled", "over"]
"""Why nobody is asked for a job any more, whoever fits; "" while somebody may be."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a job asks by itself now: its own station, and who travels at most `minutes`.

    Farther ones only when too few are left nearer, until it widens by a ring at `widens_at`. `now`
    is the market's clock; both are UTC ms. Without a limit it asks everybody.
    """

    tier: int
    now: int
    minutes: float | None = None
    widens_at: int | None = None


class PairExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """A worker and a job: every constraint they fail, first the one that excludes them.

    When they are feasible instead the scored line, and `rank`, the place among all feasible workers
    of the job. Who is `booked` for the job has no time for it any more. What follows of a `closed`
    job is how they would stand if it were open. Whoever lives `rings_beyond` the reach of an open
    one is in it at `reached_at`, UTC ms, by the market's clock, which is at `now`.
    """

    job_id: str
    worker_id: str
    feasible: bool
    closed: Closed = ""
    standing: Standing = ""
    failures: tuple[Failure, ...] = ()
    rank: int | None = None
    scored: Ranked | None = None
    rings_beyond: int = 0
    reached_at: int | None = None
    now: int = 0


class JobExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """A job's ranking at this point of the log, who is excluded by what, and how far it looks."""

    job_id: str
    status: str
    open_places: int
    model: str
    pool: int
    feasible: int
    excluded: dict[str, int]
    ranking: tuple[Ranked, ...]
    reach: Reach | None = None


def explain_job(market: Market, job_id: str) -> JobExplanation:
    """The ranking of a job now. Raises KeyError for a job the market does not know."""
    job = market.state.jobs[job_id]
    ranking = market.ledger.rank_workers(job)
    return JobExplanation(
        job_id=job_id,
        status=job.status,
        open_places=job.open_places,
        model=market.state.release,
        pool=ranking.candidates.looked_at,
        feasible=len(ranking.candidates.ids),
        excluded=ranking.candidates.excluded,
        ranking=ranking.published(
            market.state.policy.ranking_size, "job", lambda _: bool(job.posted.skills)
        ),
        reach=None if closed_as(market, job_id) else _reach(market, job),
    )


def _reach(market: Market, job: Job) -> Reach:
    policy, now = market.state.policy, market.state.now
    minutes = within(job, policy)
    if minutes is None:
        return Reach(tier=job.tier, now=now)
    return Reach(tier=job.tier, now=now, minutes=minutes, widens_at=widens_at(job, 1, policy))


def explain_pair(market: Market, job_id: str, worker_id: str) -> PairExplanation:
    """Why a worker does or does not match a job now.

    Raises KeyError for a job the market does not know and for a worker who is not available.
    """
    job = market.state.jobs[job_id]
    available = market.state.workers[worker_id].available
    if available is None:
        raise KeyError(worker_id)
    job_terms = market.ledger.job_terms(job)
    worker_terms = market.ledger.worker_terms(worker_id)
    failed = tuple(failures(job_terms, worker_terms))
    told = PairExplanation(
        job_id=job_id,
        worker_id=worker_id,
        feasible=not failed,
        closed=closed_as(market, job_id),
        standing=_standing(job, worker_id, available),
        failures=failed,
    )
    if failed:
        return told
    pool = ObviousPool()
    pool.put_worker(worker_terms)
    alone = pool.workers_for(job_terms, market.state.now)
    ledger = market.ledger
    (line,) = Ranking(alone, ledger.scorer, market.state.policy, market.state.now).published(
        1, "job", lambda _: bool(job.posted.skills)
    )
    rank = next(scored.rank for scored in ledger.rank_workers(job) if scored.id == worker_id)
    told = msgspec.structs.replace(told, rank=rank, scored=line)
    policy = market.state.policy
    (rings,) = beyond(alone.features, job, policy)
    if told.closed or rings == 0:
        return told
    return msgspec.structs.replace(
        told,
        rings_beyond=rings,
        reached_at=widens_at(job, rings, policy),
        now=market.state.now,
    )


def closed_as(market: Market, job_id: str) -> Closed:
    """Why nobody is asked for a job any more. Raises KeyError for one the market does not know."""
    job = market.state.jobs[job_id]
    if job.status != "cancelled" and is_over(job.posted, market.state.now):
        return "over"
    return "" if job.status == "open" else job.status


def _standing(job: Job, worker_id: str, available: WorkerAvailable) -> Standing:
    if worker_id in job.booked:
        return "booked"
    if worker_id in job.open_offers:
        return "invited"
    answers = job.answers.get(worker_id, {})
    return answer_to(answers, propose(job.posted, available)) or ""
