"""Features for the competitors: the engine's own feature code on the columns that they found.

Sharing it gives all sides the same float32 rows, so that the rankings must be identical, and gives
the competitors the vectorised form.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.facts import JobPosted
from matching.days import HOUR_MS
from matching.features import JobSide, PairSide, WorkerSide, feature_rows
from matching.public_holidays import begins_on_holiday
from matching.terms import NEW_TO_TRADE, pay_fen_day
from matching.track_record import TrackRecord

NEWCOMER: Final = TrackRecord()
Column = NDArray[np.float64]


class PairColumns(NamedTuple):
    """What a competitor knows of its n feasible workers, each (n,)."""

    distance_km: Column
    speed_kmh: Column
    pay_floor_fen: Column
    skill_level: Column
    same_station: Column


def rows_of(job: JobPosted, pairs: PairColumns, now: int) -> NDArray[np.float32]:
    """The features of a job with n workers who have no history yet, (n, len(FEATURES))."""
    return feature_rows(
        now,
        job_side(job),
        WorkerSide(
            pay_floor_fen=pairs.pay_floor_fen,
            speed_kmh=pairs.speed_kmh,
            acceptance_rate=NEWCOMER.acceptance_rate,
            reliability=NEWCOMER.reliability,
            rating=NEWCOMER.rating,
            days_worked=0.0,
            by_station=0.0,
        ),
        PairSide(
            distance_km=pairs.distance_km,
            skill_level=pairs.skill_level,
            trade_rate=NEW_TO_TRADE,
            worked_before=0.0,
            same_station=pairs.same_station,
        ),
    )


def job_side(job: JobPosted) -> JobSide:
    """The features that the posting alone decides."""
    worked = sum(shift.end - shift.start for shift in job.shifts)
    return JobSide(
        start=float(job.shifts[0].start),
        pay_fen=float(pay_fen_day(job.pay, job.shifts)),
        shift_hours=worked / len(job.shifts) / HOUR_MS,
        shift_days=float(len(job.shifts)),
        log_headcount=math.log(job.headcount),
        meal=float("meal" in job.perks),
        lodging=float("lodging" in job.perks),
        pickup=float("pickup" in job.perks),
        paid_daily=float(job.pay.settlement == "daily"),
        open_claims=0.0,
        on_holiday=float(begins_on_holiday(job)),
    )
