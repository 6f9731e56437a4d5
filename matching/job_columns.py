"""Open jobs in columns, asked for the feasible ones of a worker."""

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.columns import Facts, Rows, Slots
from matching.constraints import LEGAL_AGE, has_trade
from matching.features import JobSide, PairSide, WorkerSide, feature_rows
from matching.geo import km, squared_chord
from matching.obvious_pool import skill_level
from matching.pool import Candidates
from matching.sieve import Mask, Sieve, masked
from matching.terms import JobTerms, WorkerTerms, covers, overlap, year_in_china

_FACTS: Final = (
    "x",
    "y",
    "z",
    "pay",
    "start",
    "end",
    "shift_hours",
    "shift_days",
    "log_headcount",
    "meal",
    "lodging",
    "pickup",
    "paid_daily",
    "open_claims",
    "blocked",
    "minimum_age",
    "year",
    "crew_room",
    "trade",
    "station",
)
Trade = tuple[tuple[str, ...], str | None, tuple[str, ...]]


class JobColumns:
    """The job side of the columnar pool.

    Jobs that ask for the same skills, occupation and certificates share a trade, and a worker is
    compared with each trade once.
    """

    def __init__(self) -> None:
        self._terms: dict[str, JobTerms] = {}
        self._slots = Slots()
        self._facts = Facts(_FACTS)
        self._stations: dict[str, int] = {}
        self._trades: dict[Trade, int] = {}
        self._examples: list[JobTerms] = []
        self._jobs_of_trade: Counter[int] = Counter()

    def put(self, job: JobTerms) -> None:
        """Add or replace a job."""
        self._leave_trade(job.job_id)
        self._terms[job.job_id] = job
        trade = self._join_trade(job)
        self._facts.put(self._slots.take(job.job_id), self._row(job, trade))

    def drop(self, job_id: str) -> None:
        """Remove a job."""
        if self._slots.release(job_id) is not None:
            self._leave_trade(job_id)
            del self._terms[job_id]

    def feasible(self, worker: WorkerTerms, now: int) -> Candidates:
        """The feasible jobs for a worker."""
        facts = self._facts
        left = worker.bookings_left
        sieve = Sieve(self._slots.rows())
        skilled, certified, levels = self._compare_trades(worker)
        sieve.keep("employer_blocked", lambda rows: facts["blocked"][rows] == 0)
        sieve.keep("skill", lambda rows: skilled[self._trade(rows)])
        sieve.keep("certificate", lambda rows: certified[self._trade(rows)])
        sieve.keep("age", lambda rows: self._old_enough(worker, rows))
        sieve.keep("crew", lambda rows: self._crew_fits(worker, rows))
        sieve.keep("time", lambda rows: self._covered(worker, rows))
        sieve.keep("pay_floor", lambda rows: facts["pay"][rows] >= worker.pay_floor_fen_day)
        sieve.keep("distance", lambda rows: self._chords(worker, rows) <= worker.chord_limit)
        if worker.busy:
            sieve.keep("booked", lambda rows: self._not_busy(worker, rows))
        sieve.keep_all_or_none("quota", left is None or left > 0)
        if len(sieve.rows) == 0:
            return Candidates.none(len(self._terms), sieve.excluded)
        ids = [self._slots.ids[row] for row in sieve.rows.tolist()]
        return Candidates(
            ids=ids,
            features=self._features(worker, sieve.rows, levels, now),
            since=np.full(len(ids), float(worker.since)),
            looked_at=len(self._terms),
            excluded=sieve.excluded,
        )

    def _row(self, job: JobTerms, trade: int) -> tuple[float, ...]:
        station = self._stations.setdefault(job.station_id, len(self._stations))
        return (
            *job.point,
            job.pay_fen_day,
            job.start,
            job.end,
            job.shift_hours,
            len(job.shifts),
            job.log_headcount,
            "meal" in job.perks,
            "lodging" in job.perks,
            "pickup" in job.perks,
            job.paid_daily,
            job.open_claims,
            job.blocked,
            job.minimum_age,
            year_in_china(job.start),
            job.open_places if job.accepts_crews else 1,
            trade,
            station,
        )

    def _join_trade(self, job: JobTerms) -> int:
        key = _trade_of(job)
        trade = self._trades.setdefault(key, len(self._trades))
        if trade == len(self._examples):
            self._examples.append(job)
        self._jobs_of_trade[trade] += 1
        return trade

    def _leave_trade(self, job_id: str) -> None:
        if known := self._terms.get(job_id):
            self._jobs_of_trade[self._trades[_trade_of(known)]] -= 1

    def _trade(self, rows: Rows) -> NDArray[np.intp]:
        return self._facts["trade"][rows].astype(np.intp)

    def _compare_trades(self, worker: WorkerTerms) -> tuple[Mask, Mask, NDArray[np.float64]]:
        """For each trade: whether the worker has it, its certificates, and at what skill level."""
        count = len(self._examples)
        skilled = np.zeros(count, dtype=np.bool_)
        certified = np.zeros(count, dtype=np.bool_)
        levels = np.zeros(count)
        for trade, jobs in self._jobs_of_trade.items():
            example = self._examples[trade]
            if jobs and has_trade(example, worker):
                skilled[trade] = True
                certified[trade] = worker.certificates.issuperset(example.certificates)
                levels[trade] = skill_level(example, worker)
        return skilled, certified, levels

    def _old_enough(self, worker: WorkerTerms, rows: Rows) -> Mask:
        minimum = self._facts["minimum_age"][rows]
        if worker.birth_year is None:
            return minimum <= LEGAL_AGE
        return self._facts["year"][rows] - worker.birth_year - 1 >= minimum

    def _crew_fits(self, worker: WorkerTerms, rows: Rows) -> Mask:
        if worker.led_by_other:
            return np.zeros(len(rows), dtype=np.bool_)
        if worker.crew_size == 1:
            return np.ones(len(rows), dtype=np.bool_)
        return self._facts["crew_room"][rows] >= worker.crew_size

    def _covered(self, worker: WorkerTerms, rows: Rows) -> Mask:
        starts, ends = self._facts["start"][rows], self._facts["end"][rows]
        around: Mask = (starts >= worker.windows[0][0]) & (ends <= worker.windows[-1][1])
        if len(worker.windows) == 1:
            return around
        return around & masked(
            rows, around, lambda row: covers(worker.windows, self._at(row).shifts)
        )

    def _not_busy(self, worker: WorkerTerms, rows: Rows) -> Mask:
        starts, ends = self._facts["start"][rows], self._facts["end"][rows]
        doubtful: Mask = (starts < worker.busy[-1][1]) & (ends > worker.busy[0][0])
        return masked(rows, doubtful, lambda row: not overlap(worker.busy, self._at(row).shifts))

    def _at(self, row: int) -> JobTerms:
        return self._terms[self._slots.ids[row]]

    def _chords(self, worker: WorkerTerms, rows: Rows) -> NDArray[np.float64]:
        x, y, z = (self._facts[axis][rows] for axis in "xyz")
        return squared_chord(x, y, z, *worker.point)

    def _features(
        self, worker: WorkerTerms, rows: Rows, levels: NDArray[np.float64], now: int
    ) -> NDArray[np.float32]:
        facts = self._facts
        job_side = JobSide(
            start=facts["start"][rows],
            pay_fen=facts["pay"][rows],
            shift_hours=facts["shift_hours"][rows],
            shift_days=facts["shift_days"][rows],
            log_headcount=facts["log_headcount"][rows],
            meal=facts["meal"][rows],
            lodging=facts["lodging"][rows],
            pickup=facts["pickup"][rows],
            paid_daily=facts["paid_daily"][rows],
            open_claims=facts["open_claims"][rows],
        )
        worker_side = WorkerSide(
            pay_floor_fen=float(worker.pay_floor_fen_day),
            speed_kmh=worker.speed_kmh,
            acceptance_rate=worker.acceptance_rate,
            reliability=worker.reliability,
            rating=worker.rating,
        )
        station = self._stations.get(worker.station_id, -1)
        pair_side = PairSide(
            distance_km=km(self._chords(worker, rows)),
            skill_level=levels[self._trade(rows)],
            worked_before=self._worked_before(worker, rows),
            same_station=(facts["station"][rows] == station).astype(np.float64),
        )
        return feature_rows(now, job_side, worker_side, pair_side)

    def _worked_before(self, worker: WorkerTerms, rows: Rows) -> NDArray[np.float64] | float:
        if not worker.employers:
            return 0.0
        known = [self._at(row).employer_id in worker.employers for row in rows.tolist()]
        return np.array(known, dtype=np.float64)


def _trade_of(job: JobTerms) -> Trade:
    return job.skills, job.occupation, job.certificates
