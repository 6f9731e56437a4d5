"""The market run again with a job amended: what would come of it.

`amend` folds a real `job.amended` into a copy of the market. `look` asks the present market, or a
copy in which those booked have been let go, for the ranking of the amended job: the same answer
(`tests/matching/whatif/test_search.py`) without a copy for each question.
"""

import math
from typing import Any

import msgspec

from events.facts import JobAmended, JobPosted
from events.outcomes import Cause
from events.rejections import Rejection
from matching.fastest_pool import fastest_pool
from matching.market import Market
from matching.proposal import answer_to, propose
from matching.snapshots import MARKET, unpack
from matching.state import Job
from matching.transitions.jobs import binding_terms_changed

_CAUSE_ID = "what-if"


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands: who may be asked, and whether enough of them would come.

    `feasible` workers fit and have not refused these terms; `expected` is the number of places
    that they would take if all were asked: the sum of P(accept) x places. `rebooked` workers who
    are booked now would have to be asked again.
    """

    feasible: int
    expected: float
    open_places: int
    rebooked: int = 0

    @property
    def enough(self) -> bool:
        """Whether the expected acceptances cover the open places."""
        return self.expected >= self.open_places


class Rerun:
    """A market at this point of the log, to be run again for one of its open jobs."""

    def __init__(self, market: Market, job_id: str) -> None:
        """Raises KeyError for a job that the market does not know."""
        self.job = market.state.jobs[job_id]
        self._market = market
        self._packed = b""
        self._released: Market | None = None
        self._looks: dict[JobPosted, Outlook] = {}

    def look(self, posted: JobPosted) -> Outlook:
        """What an amended posting would come to, by the ranking that it would get."""
        if posted not in self._looks:
            self._looks[posted] = self._outlook(self._market_after(posted), posted)
        return self._looks[posted]

    def has_refused(self, worker_id: str) -> bool:
        """Whether a worker has declined the job's present terms, or left them unanswered."""
        return _refused(self._market, self.job, worker_id)

    def amend(self, posted: JobPosted) -> Outlook | None:
        """What it comes to in a copy of the market that has folded the amendment.

        None when the market refuses it, or the job is no longer open.
        """
        copy = self._copy()
        fact = JobAmended(job_id=posted.job_id, zone=posted.zone, **self.changed(posted))
        try:
            copy.apply(fact, self._cause())
        except Rejection:
            return None
        if copy.state.jobs[posted.job_id].status != "open":
            return None
        return self._outlook(copy, posted)

    def changed(self, posted: JobPosted) -> dict[str, Any]:
        """The fields of a `job.amended` that makes the job's posting into another."""
        old = self.job.posted
        return {
            name: getattr(posted, name)
            for name in posted.__struct_fields__
            if getattr(posted, name) != getattr(old, name)
        }

    def _lets_go(self, posted: JobPosted) -> int:
        """How many booked workers an amendment would let go."""
        binding = binding_terms_changed(self.job.posted, posted)
        return len(self.job.expected_workers()) if binding else 0

    def _market_after(self, posted: JobPosted) -> Market:
        if not self._lets_go(posted):
            return self._market
        if self._released is None:
            self._released = self._let_go()
        return self._released

    def _let_go(self) -> Market:
        copy = self._copy()
        job = copy.state.jobs[self.job.posted.job_id]
        copy.ledger.begin(self._cause())
        for worker_id in job.expected_workers():
            copy.ledger.cancel_booking(job, worker_id, "terms_changed")
        return copy

    def _copy(self) -> Market:
        self._packed = self._packed or self._market.packed()
        scorer = self._market.ledger.scorer
        return Market(
            *unpack(self._packed, MARKET),
            open_scorer=lambda release: scorer,
            make_pool=fastest_pool,
        )

    def _cause(self) -> Cause:
        return Cause(partition=0, offset=self._market.state.offset + 1, ce_id=_CAUSE_ID)

    def _outlook(self, market: Market, posted: JobPosted) -> Outlook:
        job = msgspec.structs.replace(market.state.jobs[posted.job_id], posted=posted)
        ledger = market.ledger
        found = ledger.pool.workers_for(ledger.job_terms(job), market.state.now)
        chances = ledger.scorer.probabilities(found.features)[0].tolist() if found.ids else []
        taken = [
            chance * ledger.places_of(job, worker_id)
            for worker_id, chance in zip(found.ids, chances, strict=True)
            if worker_id not in job.booked and not _refused(market, job, worker_id)
        ]
        return Outlook(
            feasible=len(taken),
            expected=math.fsum(taken),
            open_places=job.open_places,
            rebooked=self._lets_go(posted),
        )


def _refused(market: Market, job: Job, worker_id: str) -> bool:
    """Whether a worker has declined a job's terms, or left them unanswered."""
    answers = job.answers.get(worker_id)
    if not answers:
        return False
    available = market.state.workers[worker_id].available
    return available is not None and answer_to(answers, propose(job.posted, available)) is not None
