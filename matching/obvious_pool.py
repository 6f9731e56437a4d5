"""The obvious pool: dictionaries and one pair at a time. What the compiled table must equal."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.constraints import CONSTRAINTS, first_failure
from matching.days import day_in_china
from matching.features import JobSide, PairSide, WorkerSide, feature_rows
from matching.geo import km_between
from matching.pool import Candidates, Dump
from matching.terms import NEW_TO_TRADE, JobTerms, WorkerTerms
from matching.track_record import days_worked

Pair = tuple[JobTerms, WorkerTerms]


class ObviousPool:
    """See `matching.pool.Pool`."""

    def __init__(self) -> None:
        self._workers: dict[str, WorkerTerms] = {}
        self._jobs: dict[str, JobTerms] = {}

    def put_worker(self, worker: WorkerTerms) -> None:
        """See `Pool.put_worker`."""
        self._workers[worker.worker_id] = worker

    def drop_worker(self, worker_id: str) -> None:
        """See `Pool.drop_worker`."""
        self._workers.pop(worker_id, None)

    def put_job(self, job: JobTerms) -> None:
        """See `Pool.put_job`."""
        self._jobs[job.job_id] = job

    def drop_job(self, job_id: str) -> None:
        """See `Pool.drop_job`."""
        self._jobs.pop(job_id, None)

    def workers_for(self, job: JobTerms, now: int) -> Candidates:
        """See `Pool.workers_for`."""
        feasible, excluded = _sieve([(job, worker) for worker in self._workers.values()])
        ids = [worker.worker_id for _, worker in feasible]
        return _candidates(ids, feasible, excluded, now)

    def jobs_for(self, worker: WorkerTerms, now: int) -> Candidates:
        """See `Pool.jobs_for`."""
        feasible, excluded = _sieve([(job, worker) for job in self._jobs.values()])
        ids = [job.job_id for job, _ in feasible]
        return _candidates(ids, feasible, excluded, now)

    def dump_workers(self) -> bytes:
        """See `Pool.dump_workers`."""
        return b""

    def load_workers(self, dump: Dump) -> bool:
        """See `Pool.load_workers`."""
        return False

    def next_end(self) -> int | None:
        """See `Pool.next_end`."""
        return min((worker.valid_until for worker in self._workers.values()), default=None)

    def ended(self, now: int) -> list[tuple[int, str]]:
        """See `Pool.ended`."""
        return sorted(
            (worker.valid_until, worker.worker_id)
            for worker in self._workers.values()
            if worker.valid_until <= now
        )


def skill_level(job: JobTerms, worker: WorkerTerms) -> float:
    """Mean level in the required skills, 0 for one that is missing; 1 when none is required."""
    if not job.skills:
        return 1.0
    return sum(worker.skills.get(code, 0) for code in job.skills) / len(job.skills)


def trade_rate(job: JobTerms, worker: WorkerTerms) -> float:
    """How often a worker has said yes to work of this job's trade, its first skill."""
    return worker.trade_rates.get(job.skills[0], NEW_TO_TRADE) if job.skills else NEW_TO_TRADE


def _sieve(pairs: Sequence[Pair]) -> tuple[list[Pair], dict[str, int]]:
    feasible: list[Pair] = []
    excluded: Counter[str] = Counter()
    for pair in pairs:
        failure = first_failure(*pair)
        if failure is None:
            feasible.append(pair)
        else:
            excluded[failure] += 1
    return feasible, {code: excluded[code] for code in CONSTRAINTS if excluded[code]}


def _candidates(
    ids: list[str], pairs: list[Pair], excluded: dict[str, int], now: int
) -> Candidates:
    return Candidates(
        ids=ids,
        features=_features(pairs, now),
        since=_column([worker.since for _, worker in pairs]),
        looked_at=len(ids) + sum(excluded.values()),
        excluded=excluded,
    )


def _features(pairs: list[Pair], now: int) -> NDArray[np.float32]:
    jobs = [job for job, _ in pairs]
    workers = [worker for _, worker in pairs]
    today = day_in_china(now)
    job_side = JobSide(
        start=_column([job.start for job in jobs]),
        pay_fen=_column([job.pay_fen_day for job in jobs]),
        shift_hours=_column([job.shift_hours for job in jobs]),
        shift_days=_column([len(job.shifts) for job in jobs]),
        log_headcount=_column([job.log_headcount for job in jobs]),
        meal=_column(["meal" in job.perks for job in jobs]),
        lodging=_column(["lodging" in job.perks for job in jobs]),
        pickup=_column(["pickup" in job.perks for job in jobs]),
        paid_daily=_column([job.paid_daily for job in jobs]),
        open_claims=_column([job.open_claims for job in jobs]),
        on_holiday=_column([job.on_holiday for job in jobs]),
    )
    worker_side = WorkerSide(
        pay_floor_fen=_column([worker.pay_floor_fen_day for worker in workers]),
        speed_kmh=_column([worker.speed_kmh for worker in workers]),
        acceptance_rate=_column([worker.acceptance_rate for worker in workers]),
        reliability=_column([worker.reliability for worker in workers]),
        rating=_column([worker.rating for worker in workers]),
        days_worked=_column(
            [days_worked(worker.last_day, worker.days, today) for worker in workers]
        ),
        by_station=_column([worker.by_station for worker in workers]),
    )
    pair_side = PairSide(
        distance_km=_column([km_between(job.point, worker.point) for job, worker in pairs]),
        skill_level=_column([skill_level(job, worker) for job, worker in pairs]),
        trade_rate=_column([trade_rate(job, worker) for job, worker in pairs]),
        worked_before=_column([job.employer_id in worker.employers for job, worker in pairs]),
        same_station=_column([job.station_id == worker.station_id for job, worker in pairs]),
    )
    return feature_rows(now, job_side, worker_side, pair_side)


def _column(values: Sequence[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
