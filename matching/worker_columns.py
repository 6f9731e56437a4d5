"""Available workers in columns, asked for the feasible ones of a job."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.columns import Codes, Facts, Rows, Slots
from matching.constraints import LEGAL_AGE
from matching.features import JobSide, PairSide, WorkerSide, feature_rows
from matching.geo import km, squared_chord
from matching.pool import Candidates
from matching.sieve import Mask, Sieve, masked
from matching.terms import JobTerms, WorkerTerms, covers, overlap, year_in_china

_FACTS: Final = (
    "x",
    "y",
    "z",
    "chord_limit",
    "pay_floor",
    "speed",
    "birth_year",
    "crew_size",
    "opens",
    "closes",
    "windows",
    "busy_from",
    "busy_until",
    "bookings_left",
    "since",
    "acceptance_rate",
    "reliability",
    "rating",
    "station",
)
_NO_LIMIT: Final = float(2**53)
_LED_BY_OTHER: Final = 0
_ANY_OCCUPATION: Final = "*"


class WorkerColumns:
    """The worker side of the columnar pool."""

    def __init__(self) -> None:
        self._terms: dict[str, WorkerTerms] = {}
        self._slots = Slots()
        self._facts = Facts(_FACTS)
        self._skills = Codes()
        self._occupations = Codes()
        self._certificates = Codes()
        self._stations: dict[str, int] = {}
        self._experienced: dict[str, set[str]] = {}

    def put(self, worker: WorkerTerms) -> None:
        """Add or replace a worker."""
        self._forget_experience(worker.worker_id)
        self._terms[worker.worker_id] = worker
        slot = self._slots.take(worker.worker_id)
        self._facts.put(slot, self._row(worker))
        self._skills.put(slot, worker.skills.items())
        named = worker.occupations or (_ANY_OCCUPATION,)
        self._occupations.put(slot, [(code, 1) for code in named])
        self._certificates.put(slot, [(code, 1) for code in worker.certificates])
        for employer in worker.employers:
            self._experienced.setdefault(employer, set()).add(worker.worker_id)

    def drop(self, worker_id: str) -> None:
        """Remove a worker."""
        if self._slots.release(worker_id) is not None:
            self._forget_experience(worker_id)
            del self._terms[worker_id]

    def feasible(self, job: JobTerms, now: int) -> Candidates:
        """The feasible workers for a job."""
        facts = self._facts
        sieve = Sieve(self._slots.rows())
        sieve.keep_all_or_none("employer_blocked", not job.blocked)
        sieve.keep("skill", lambda rows: self._have_trade(job, rows))
        sieve.keep("certificate", lambda rows: self._certified(job, rows))
        sieve.keep("age", lambda rows: _old_enough(job, facts["birth_year"][rows]))
        sieve.keep("crew", lambda rows: _crews_fit(job, facts["crew_size"][rows]))
        sieve.keep("time", lambda rows: self._cover(job, rows))
        sieve.keep("pay_floor", lambda rows: facts["pay_floor"][rows] <= job.pay_fen_day)
        sieve.keep("distance", lambda rows: self._chords(job, rows) <= facts["chord_limit"][rows])
        sieve.keep("booked", lambda rows: self._not_busy(job, rows))
        sieve.keep("quota", lambda rows: facts["bookings_left"][rows] > 0)
        if len(sieve.rows) == 0:
            return Candidates.none(len(self._terms), sieve.excluded)
        ids = [self._slots.ids[row] for row in sieve.rows.tolist()]
        return Candidates(
            ids=ids,
            features=self._features(job, sieve.rows, ids, now),
            since=facts["since"][sieve.rows],
            looked_at=len(self._terms),
            excluded=sieve.excluded,
        )

    def _row(self, worker: WorkerTerms) -> tuple[float, ...]:
        station = self._stations.setdefault(worker.station_id, len(self._stations))
        left = worker.bookings_left
        return (
            *worker.point,
            worker.chord_limit,
            worker.pay_floor_fen_day,
            worker.speed_kmh,
            np.nan if worker.birth_year is None else worker.birth_year,
            _LED_BY_OTHER if worker.led_by_other else worker.crew_size,
            worker.windows[0][0],
            worker.windows[-1][1],
            len(worker.windows),
            worker.busy[0][0] if worker.busy else _NO_LIMIT,
            worker.busy[-1][1] if worker.busy else 0,
            _NO_LIMIT if left is None else left,
            worker.since,
            worker.acceptance_rate,
            worker.reliability,
            worker.rating,
            station,
        )

    def _forget_experience(self, worker_id: str) -> None:
        if known := self._terms.get(worker_id):
            for employer in known.employers:
                self._experienced[employer].discard(worker_id)

    def _have_trade(self, job: JobTerms, rows: Rows) -> Mask:
        skilled = np.full(len(rows), bool(job.skills), dtype=np.bool_)
        for code in job.skills:
            skilled &= self._skills.levels(code, rows) > 0
        if job.occupation is not None:
            skilled |= self._occupations.levels(job.occupation, rows) > 0
        if not job.skills:
            anyone = self._occupations.levels(_ANY_OCCUPATION, rows) > 0
            skilled |= anyone if job.occupation is not None else True
        return skilled

    def _certified(self, job: JobTerms, rows: Rows) -> Mask:
        mask = np.ones(len(rows), dtype=np.bool_)
        for code in job.certificates:
            mask &= self._certificates.levels(code, rows) > 0
        return mask

    def _cover(self, job: JobTerms, rows: Rows) -> Mask:
        opens, closes = self._facts["opens"][rows], self._facts["closes"][rows]
        around: Mask = (opens <= job.start) & (closes >= job.end)
        several = around & (self._facts["windows"][rows] > 1)
        return around & masked(rows, several, lambda row: covers(self._at(row).windows, job.shifts))

    def _not_busy(self, job: JobTerms, rows: Rows) -> Mask:
        busy_from, busy_until = self._facts["busy_from"][rows], self._facts["busy_until"][rows]
        doubtful: Mask = (busy_from < job.end) & (busy_until > job.start)
        return masked(rows, doubtful, lambda row: not overlap(self._at(row).busy, job.shifts))

    def _at(self, row: int) -> WorkerTerms:
        return self._terms[self._slots.ids[row]]

    def _chords(self, job: JobTerms, rows: Rows) -> NDArray[np.float64]:
        x, y, z = (self._facts[axis][rows] for axis in "xyz")
        return squared_chord(x, y, z, *job.point)

    def _features(self, job: JobTerms, rows: Rows, ids: list[str], now: int) -> NDArray[np.float32]:
        facts = self._facts
        job_side = JobSide(
            start=float(job.start),
            pay_fen=float(job.pay_fen_day),
            shift_hours=job.shift_hours,
            shift_days=float(len(job.shifts)),
            log_headcount=job.log_headcount,
            meal=float("meal" in job.perks),
            lodging=float("lodging" in job.perks),
            pickup=float("pickup" in job.perks),
            paid_daily=float(job.paid_daily),
            open_claims=float(job.open_claims),
        )
        worker_side = WorkerSide(
            pay_floor_fen=facts["pay_floor"][rows],
            speed_kmh=facts["speed"][rows],
            acceptance_rate=facts["acceptance_rate"][rows],
            reliability=facts["reliability"][rows],
            rating=facts["rating"][rows],
        )
        experienced = self._experienced.get(job.employer_id)
        station = self._stations.get(job.station_id, -1)
        pair_side = PairSide(
            distance_km=km(self._chords(job, rows)),
            skill_level=self._skill_levels(job, rows),
            worked_before=np.array([id in experienced for id in ids], dtype=np.float64)
            if experienced
            else 0.0,
            same_station=(facts["station"][rows] == station).astype(np.float64),
        )
        return feature_rows(now, job_side, worker_side, pair_side)

    def _skill_levels(self, job: JobTerms, rows: Rows) -> NDArray[np.float64] | float:
        if not job.skills:
            return 1.0
        total = np.zeros(len(rows))
        for code in job.skills:
            total += self._skills.levels(code, rows)
        return total / len(job.skills)


def _old_enough(job: JobTerms, birth_years: NDArray[np.float64]) -> Mask:
    latest = year_in_china(job.start) - 1 - job.minimum_age
    unknown_passes = job.minimum_age <= LEGAL_AGE
    return np.where(np.isnan(birth_years), unknown_passes, birth_years <= latest)


def _crews_fit(job: JobTerms, sizes: NDArray[np.float64]) -> Mask:
    room = job.open_places if job.accepts_crews else 1
    fits: Mask = (sizes == 1) | ((sizes > 1) & (sizes <= room))
    return fits
