"""How workers and jobs stand now: their terms, the pool that has them, and who ranks for whom."""

from collections.abc import Iterable
from typing import Final

from matching.hiring import Hiring
from matching.ledger.agenda import Agenda
from matching.market_state import MarketState
from matching.pool import Pool
from matching.ranking import Ranking
from matching.scorer import Scorer
from matching.state import Employer, Job, Worker
from matching.terms import JobTerms, WorkerTerms, crew_size, job_terms, worker_terms

_NOBODY: Final = Employer()


class Standing(Agenda):
    """State as pool, plans and scorer see it, brought up to date after each change."""

    def __init__(self, state: MarketState, pool: Pool, scorer: Scorer) -> None:
        super().__init__(state, pool)
        self.scorer = scorer
        self.hiring = Hiring(state)
        self.to_announce: dict[str, dict[str, None]] = {}

    def job_terms(self, job: Job) -> JobTerms:
        """A job's terms now."""
        employer = self.state.employers.get(job.posted.employer_id, _NOBODY)
        return job_terms(
            job.posted,
            open_places=job.open_places,
            blocked=employer.blocked,
            listed=employer.listed,
            open_claims=len(employer.claims),
        )

    def worker_terms(self, worker_id: str) -> WorkerTerms:
        """An available worker's terms now."""
        return self.terms_of(self.state.workers[worker_id])

    def terms_of(self, worker: Worker) -> WorkerTerms:
        """The terms of an available worker."""
        assert worker.available is not None
        return worker_terms(
            worker.available,
            busy=worker.busy,
            bookings_left=worker.bookings_left(self.state.now),
            since=worker.since,
            valid_until=worker.valid_until,
            record=worker.record,
        )

    def places_of(self, job: Job, worker_id: str) -> int:
        """Places of a job that an available worker takes: one, or as many of their crew as may."""
        available = self.state.workers[worker_id].available
        size = 1 if available is None else crew_size(available)
        return min(size, job.open_places) if job.posted.partial_crews else size

    def worker_changed(self, worker_id: str) -> WorkerTerms | None:
        """Bring the pool up to date with a worker; their terms when they are available."""
        worker = self.state.workers.get(worker_id)
        if worker is None or worker.available is None:
            self.pool.drop_worker(worker_id)
            return None
        terms = self.worker_terms(worker_id)
        self.pool.put_worker(terms)
        self._announce_home(worker_id, worker)
        return terms

    def _announce_home(self, worker_id: str, worker: Worker) -> None:
        if worker.visit is None and worker.available is not None and worker.available.other_zones:
            self.announce(worker_id, worker.available.other_zones)

    def announce(self, worker_id: str, zones: Iterable[str]) -> None:
        """Zones will be told how a worker of this one stands after the current event."""
        self.to_announce.setdefault(worker_id, {}).update(dict.fromkeys(zones))

    def job_changed(self, job_id: str) -> None:
        """Bring the pool and the plans up to date with a job; one that waits gets a round."""
        self.enter_job(job_id)
        job = self.state.jobs.get(job_id)
        if job is not None and job.status == "open" and self.hiring.waits(job):
            self.set_round()

    def enter_job(self, job_id: str) -> None:
        """Derive of a job what is not state: its place in the pool and its plan."""
        self.hiring.changed(job_id)
        job = self.state.jobs.get(job_id)
        if job is None or job.status != "open":
            self.pool.drop_job(job_id)
        else:
            self.pool.put_job(self.job_terms(job))

    def rank_workers(self, job: Job) -> Ranking:
        """The feasible workers of a job, best first."""
        candidates = self.pool.workers_for(self.job_terms(job), self.state.now)
        return Ranking(candidates, self.scorer, self.state.policy, self.state.now)

    def rank_jobs(self, worker: WorkerTerms) -> Ranking:
        """The feasible jobs of a worker, best first."""
        candidates = self.pool.jobs_for(worker, self.state.now)
        return Ranking(candidates, self.scorer, self.state.policy, self.state.now)
