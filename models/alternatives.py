"""Decisions of a log made again: whom would another model or policy have asked, at each moment?

The log is replayed as it was. Wherever offers went out, the same candidates are put in order by the
other model under the other policy, in the same state of the market, and as many are chosen as were
asked at the time. What would have followed from that is not played on: that is what estimates from
recorded answers are for (`models.off_policy`).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from events.codec import decode
from events.envelope import Record
from events.facts import ClockTicked
from events.outcomes import OfferMade
from events.rejections import Rejection
from events.values import Policy
from matching.engine import Engine
from matching.fastest_pool import fastest_pool
from matching.ledger import Ledger
from matching.offers import in_asking_order, may_be_offered
from matching.pool import Candidates, Pool
from matching.ranking import Ranking, Scored
from matching.scorer import Features, OpenScorer, Scorer
from matching.terms import JobTerms, WorkerTerms
from models.replay import Partition, Replay

COUNTED: Final = ("waiting_weight", "waiting_full_ms", "claim_penalty", "ring_minutes")
"""Fields of a policy that say who is asked; the others say when, and how many."""
_LEAST: Final = 64
_A_PLACE: Final = 16
"""So many are put in order, at least, and for each place of a job: more than are asked at once."""


class Option(NamedTuple):
    """Somebody who could be asked, with the probabilities of the release at work."""

    id: str
    p_accept: float
    p_complete: float


class Asked(NamedTuple):
    """An offer as it was made, with the probability of its being made."""

    offer_id: str
    option: Option
    propensity: float | None


class Decision(NamedTuple):
    """Who was asked and who would have been, as many, for a job or among the jobs for a worker.

    `overlap` is the share of the ranking's first places that both rankings have.
    """

    job_id: str
    asked: tuple[Asked, ...]
    chosen: tuple[Option, ...]
    overlap: float


class Alternative(NamedTuple):
    """Another way to choose: a scorer (None: the one at work) and fields of the policy."""

    scorer: Scorer | None
    policy: dict[str, Any]

    def of(self, policy: Policy) -> Policy:
        """A policy with the other fields."""
        return msgspec.structs.replace(policy, **self.policy)


class DecisionReplay(Replay):
    """A replay that collects `decisions`. Feed it a log; the answers are in `answers`."""

    def __init__(
        self, partitions: int, open_scorer: OpenScorer, alternative: Alternative, prefix: str = ""
    ) -> None:
        """`prefix` goes before the ids of offers and jobs: those of two logs may be the same."""
        super().__init__(partitions, open_scorer)
        self._prefix = prefix
        self.decisions: list[Decision] = []
        self.in_rounds = 0
        """Offers that a round assigned, or could have: they are in no decision."""
        self._is_tick = False
        self._alternative = alternative
        self._heard: dict[tuple[str, str], Candidates] = {}
        self._begun: dict[tuple[str, str], _Begun] = {}

    def _step(self, partition: Partition, record: Record, *, is_refused: bool = False) -> None:
        self._is_tick = _is_tick(record)
        super()._step(partition, record, is_refused=is_refused)
        self.decisions += (begun.ended() for begun in self._begun.values() if begun.asked)
        self._heard.clear()
        self._begun.clear()

    def _new_engine(self, partition: int) -> Engine:
        engine = Engine(
            partition,
            self._partitions,
            self._open_scorer,
            make_pool=lambda: HearingPool(fastest_pool(), self._hear),
            on_offer=lambda offer, row: self._on_offer(engine, offer, row),
        )
        return engine

    def _hear(self, side: str, id: str, candidates: Candidates) -> None:
        self._heard.pop((side, id), None)
        self._heard[side, id] = candidates

    def _on_offer(self, engine: Engine, offer: OfferMade, row: Features) -> None:
        super()._on_offer(engine, offer, row)
        if self._is_tick and engine.markets[offer.zone].ledger.state.policy.mode != "instant":
            self.in_rounds += 1
            return
        job_side = "job", offer.job_id
        worker_side = "worker", offer.worker_id
        key = next(key for key in reversed(self._heard) if key in (job_side, worker_side))
        other = offer.worker_id if key == job_side else offer.job_id
        if key not in self._begun:
            ledger = engine.markets[offer.zone].ledger
            self._begun[key] = self._begin(ledger, key, other, offer)
        if offer.via == "waiting":
            self._begun[key].waiting.add(other)
        else:
            option = Option(other, offer.p_accept, offer.p_complete)
            self._begun[key].asked.append(
                Asked(self._prefix + offer.offer_id, option, offer.propensity)
            )

    def _begin(
        self, ledger: Ledger, key: tuple[str, str], first: str, offer: OfferMade
    ) -> "_Begun":
        """The other order of a decision's candidates, when the first of them has been asked."""
        candidates, recorded, now = self._heard[key], ledger.state.policy, ledger.state.now
        policy = self._alternative.of(recorded)
        scorer = self._alternative.scorer or ledger.scorer
        ranking = Ranking(candidates, scorer, policy, now)
        with _as_before(ledger, offer, policy):
            most = max(_LEAST, _A_PLACE * ledger.state.jobs[offer.job_id].posted.headcount)
            order = list(islice(_in_order(ledger, key, first, ranking), most))
        size = recorded.ranking_size
        before = {
            one.id for one in Ranking(candidates, ledger.scorer, recorded, now).top(size)[:size]
        }
        after = {one.id for one in ranking.top(size)[:size]}
        rows = candidates.features[[scored.row for scored in order]]
        p_accept, p_complete = (p.tolist() for p in ledger.scorer.probabilities(rows))
        options = [
            Option(scored.id, p, q)
            for scored, p, q in zip(order, p_accept, p_complete, strict=True)
        ]
        return _Begun(
            self._prefix + offer.job_id, options, len(before & after) / max(1, len(before))
        )


def _is_tick(record: Record) -> bool:
    """Whether an event moves the clock; rounds are held then."""
    try:
        return isinstance(decode(record).fact, ClockTicked)
    except Rejection:
        return False


class _Begun:
    """A decision under way: whom the market has asked so far."""

    def __init__(self, job_id: str, order: list[Option], overlap: float) -> None:
        self.asked: list[Asked] = []
        self.waiting: set[str] = set()
        """Whom a long wait brings their offer, whatever the ranking."""
        self._job_id = job_id
        self._order = order
        self._overlap = overlap

    def ended(self) -> Decision:
        """The decision, when the event is over: as many are chosen as were asked."""
        free = [option for option in self._order if option.id not in self.waiting]
        chosen = tuple(free[: len(self.asked)])
        return Decision(self._job_id, tuple(self.asked), chosen, self._overlap)


@contextmanager
def _as_before(ledger: Ledger, offer: OfferMade, policy: Policy) -> Iterator[None]:
    """The books without an offer just made, under another policy; as they were at the end."""
    state, job = ledger.state, ledger.state.jobs[offer.job_id]
    worker, recorded = state.workers[offer.worker_id], state.policy
    # The newest entries of both: put back, they are the last again.
    del job.open_offers[offer.worker_id], worker.open_offers[offer.offer_id]
    state.policy = policy
    ledger.hiring.changed(offer.job_id)  # its plan has counted the offer
    try:
        yield
    finally:
        ledger.hiring.changed(offer.job_id)
        state.policy = recorded
        job.open_offers[offer.worker_id] = offer.offer_id
        worker.open_offers[offer.offer_id] = offer.job_id


def _in_order(
    ledger: Ledger, key: tuple[str, str], first: str, ranking: Ranking
) -> Iterable[Scored]:
    """Who could be asked at this moment, the first one included, in the order of asking."""
    side, id = key
    if side == "job":
        job = ledger.state.jobs[id]
        for scored in in_asking_order(ledger, job, ranking):
            if scored.id == first or may_be_offered(ledger, job, scored.id):
                yield scored
        return
    for scored in ranking:
        if scored.id == first or _wants(ledger, scored.id, id):
            yield scored


def _wants(ledger: Ledger, job_id: str, worker_id: str) -> bool:
    """Whether a job still wants somebody, and this worker has heard nothing of it yet."""
    job = ledger.state.jobs[job_id]
    is_new = worker_id not in {**job.open_offers, **job.booked, **job.answers}
    return (
        is_new
        and ledger.hiring.wants(job)
        and ledger.hiring.has_room(job, ledger.places_of(job, worker_id))
    )


class HearingPool:
    """A pool that tells what it answers; in all else the one it stands for."""

    def __init__(self, pool: Pool, hear: Callable[[str, str, Candidates], None]) -> None:
        self._hear = hear
        self._pool = pool
        self.put_worker = pool.put_worker
        self.drop_worker = pool.drop_worker
        self.put_job = pool.put_job
        self.drop_job = pool.drop_job
        self.dump_workers = pool.dump_workers
        self.load_workers = pool.load_workers
        self.next_end = pool.next_end
        self.ended = pool.ended

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        candidates = self._pool.workers_for(job, now)
        self._hear("job", job.job_id, candidates)
        return candidates

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        candidates = self._pool.jobs_for(worker, now)
        self._hear("worker", worker.worker_id, candidates)
        return candidates
