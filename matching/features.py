"""The features of a (job, worker) pair: one list, one order, for training and for serving.

No protected attribute is here: no sex, age, ethnicity, religion, disability, household register
(Employment Promotion Law art. 3, 25-31).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.days import hour_in_china

FEATURES: Final = (
    "distance_km",
    "travel_minutes",
    "pay_yuan_day",
    "pay_over_floor",
    "skill_level",
    "hours_to_start",
    "shift_hours",
    "shift_days",
    "log_headcount",
    "meal",
    "lodging",
    "pickup",
    "daily_settlement",
    "acceptance_rate",
    "reliability",
    "rating",
    "trade_acceptance_rate",
    "days_worked",
    "worked_before",
    "same_station",
    "open_claims",
    "public_holiday",
    "reachable",
)

MONOTONE: Final[dict[str, int]] = {
    "distance_km": -1,
    "travel_minutes": -1,
    "pay_yuan_day": 1,
    "pay_over_floor": 1,
    "skill_level": 1,
}
"""What the model must respect: 1 never lowers a probability when it grows, -1 never raises it."""

OF_THE_MOMENT: Final = frozenset({"public_holiday", "reachable"})
"""What the calendar and the clock decide: before a holiday, or at night, it is another for nearly
everybody, and neither people nor jobs have changed."""

LONGEST_LEAD_HOURS: Final = 336.0
"""Beyond two weeks ahead one day more says nothing."""

CALLS_FROM, CALLS_UNTIL = 6, 21
"""The hours in China between which a station calls people or they look at its screen; an
assumption. What it is worth that somebody can be reached, the model learns."""

Column = NDArray[np.float64] | float


class WorkerSide(NamedTuple):
    """What features need of workers: one number for all pairs, or one a pair (n,)."""

    pay_floor_fen: Column
    speed_kmh: Column
    acceptance_rate: Column
    reliability: Column
    rating: Column
    days_worked: Column
    by_station: Column


class JobSide(NamedTuple):
    """What features need of jobs: one number for all pairs, or one a pair (n,)."""

    start: Column
    pay_fen: Column
    shift_hours: Column
    shift_days: Column
    log_headcount: Column
    meal: Column
    lodging: Column
    pickup: Column
    paid_daily: Column
    open_claims: Column
    on_holiday: Column


class PairSide(NamedTuple):
    """What features need of each pair, (n,)."""

    distance_km: NDArray[np.float64]
    skill_level: Column
    trade_rate: Column
    worked_before: Column
    same_station: Column


def station_rests(now: int) -> bool:
    """Whether who is reached through the station alone cannot be reached now."""
    return not CALLS_FROM <= hour_in_china(now) < CALLS_UNTIL


def feature_rows(now: int, job: JobSide, worker: WorkerSide, pair: PairSide) -> NDArray[np.float32]:
    """The features of n pairs at a moment of the log, (n, len(FEATURES)).

    The only place where features are computed: for ranking workers, for ranking jobs and for
    training.
    """
    # A column a feature: whoever fills and whoever scores goes column by column.
    rows = np.empty((len(pair.distance_km), len(FEATURES)), dtype=np.float32, order="F")
    columns: tuple[Column, ...] = (
        pair.distance_km,
        pair.distance_km / worker.speed_kmh * 60.0,
        job.pay_fen / 100.0,
        (job.pay_fen - worker.pay_floor_fen) / 100.0,
        pair.skill_level,
        np.minimum(np.maximum((job.start - now) / 3_600_000.0, 0.0), LONGEST_LEAD_HOURS),
        job.shift_hours,
        job.shift_days,
        job.log_headcount,
        job.meal,
        job.lodging,
        job.pickup,
        job.paid_daily,
        worker.acceptance_rate,
        worker.reliability,
        worker.rating,
        pair.trade_rate,
        worker.days_worked,
        pair.worked_before,
        pair.same_station,
        job.open_claims,
        job.on_holiday,
        1.0 - worker.by_station * station_rests(now),
    )
    for index, column in enumerate(columns):
        rows[:, index] = column
    return rows
