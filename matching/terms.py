"""What matching looks at: a job's and a worker's terms in the form that comparisons need.

Derived from state, never stored: a changed job or worker gets new terms.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from events.facts import JobPosted, WorkerAvailable
from events.values import Channel, Interval, Pay
from matching.days import HOUR_MS, PAID_DAYS_X100, day_in_china, year_in_china
from matching.geo import Vector, chord_limit, unit_vector
from matching.lawful import highest_age, limits_of, lowest_age
from matching.public_holidays import begins_on_holiday
from matching.track_record import TrackRecord

TERMS_VERSION: Final = 4
"""Raised when a worker's terms are derived in another way: dumps of the old ones are not read."""
SPEED_KMH: Final = {"walk": 4.5, "ebike": 18.0, "motorbike": 30.0, "bus": 20.0, "car": 35.0}
"""Door-to-door speeds on township roads; an assumption, to be replaced by measured ones."""

NEW_TO_TRADE: Final = 0.5
"""The share of yes of whoever has not been asked for a trade, or for work of no trade."""
_NEW: Final[dict[str, float]] = {}

_THROUGH_STATION: Final[frozenset[Channel]] = frozenset({"call", "screen"})

Span = tuple[int, int]


class JobTerms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A job as candidates see it. Money in fen a day, times in ms, `point` on the unit sphere.

    `min_rest_ms` between its shifts and those of other days, `max_day_ms` of work a day,
    `maximum_age` from which nobody may do it: 0 for no limit. `on_holiday` when a shift begins on a
    public holiday.
    """

    job_id: str
    employer_id: str
    station_id: str
    skills: tuple[str, ...]
    occupation: str | None
    certificates: tuple[str, ...]
    minimum_age: int
    maximum_age: int
    shifts: tuple[Span, ...]
    pay_fen_day: int
    point: Vector
    accepts_crews: bool
    partial_crews: bool
    min_rest_ms: int
    max_day_ms: int
    open_places: int
    blocked: bool
    listed: bool
    open_claims: int
    log_headcount: float
    perks: tuple[str, ...]
    paid_daily: bool
    on_holiday: bool

    @property
    def start(self) -> int:
        """Start of the first shift."""
        return self.shifts[0][0]

    @property
    def end(self) -> int:
        """End of the last shift."""
        return self.shifts[-1][1]

    @property
    def shift_hours(self) -> float:
        """Mean length of a shift in hours."""
        return sum(end - start for start, end in self.shifts) / len(self.shifts) / HOUR_MS


class WorkerTerms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A worker as jobs see them. `busy` are the booked shifts, in order.

    `trade_rates` are of the skills they have and have been asked for. `by_station` are those who
    hear of an offer from the station's people or on its screen only.
    """

    worker_id: str
    station_id: str
    skills: dict[str, int]
    occupations: frozenset[str]
    certificates: frozenset[str]
    windows: tuple[Span, ...]
    point: Vector
    chord_limit: float
    max_distance_km: float
    pay_floor_fen_day: int
    speed_kmh: float
    birth_year: int | None
    crew_size: int
    led_by_other: bool
    busy: tuple[Span, ...]
    bookings_left: int | None
    since: int
    valid_until: int
    acceptance_rate: float
    reliability: float
    rating: float
    employers: frozenset[str]
    trade_rates: dict[str, float]
    last_day: int
    days: int
    by_station: bool


def pay_fen_day(pay: Pay, shifts: Sequence[Interval]) -> int:
    """What a place pays for a working day, in fen, rounded down.

    By the hour: times the mean shift; by the month: over 21.75 paid days; by the piece: times the
    employer's estimate, or 0 when there is none.
    """
    match pay.unit:
        case "day":
            return pay.amount_fen
        case "hour":
            worked = sum(shift.end - shift.start for shift in shifts)
            return pay.amount_fen * worked // (HOUR_MS * len(shifts))
        case "month":
            return pay.amount_fen * 100 // PAID_DAYS_X100
        case "piece":
            return pay.amount_fen * (pay.pieces_per_day or 0)


def trade_of(posted: JobPosted) -> str | None:
    """The trade that a posting is of: its first skill."""
    return posted.skills[0] if posted.skills else None


def days_begun(shifts: Sequence[Interval], now: int) -> set[int]:
    """The days on which shifts had begun by now."""
    return {day_in_china(shift.start) for shift in shifts if shift.start < now}


def spans(intervals: Iterable[Interval]) -> tuple[Span, ...]:
    """Intervals as (start, end), in order."""
    return tuple(sorted((interval.start, interval.end) for interval in intervals))


def merged(intervals: Sequence[Interval]) -> tuple[Span, ...]:
    """Intervals as (start, end), in order, those that touch or overlap joined."""
    if len(intervals) == 1:
        return ((intervals[0].start, intervals[0].end),)
    joined: list[Span] = []
    for start, end in spans(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def covers(windows: Sequence[Span], shifts: Sequence[Span]) -> bool:
    """Whether every shift lies inside one window. Windows are merged."""
    return all(
        (index := bisect_right(windows, (start, math.inf)) - 1) >= 0 and windows[index][1] >= end
        for start, end in shifts
    )


def overlap(busy: Sequence[Span], shifts: Sequence[Span]) -> bool:
    """Whether any shift shares time with a busy span. Busy spans are in order and disjoint."""
    for start, end in shifts:
        index = bisect_right(busy, (start, math.inf)) - 1
        if index >= 0 and busy[index][1] > start:
            return True
        if index + 1 < len(busy) and busy[index + 1][0] < end:
            return True
    return False


def worked_on(day: int, spans: Iterable[Span]) -> int:
    """Milliseconds of the spans that start on a day in China."""
    return sum(end - start for start, end in spans if day_in_china(start) == day)


def sure_age(birth_year: int, at: int) -> int:
    """The age somebody born in a year has surely reached at a time: the birthday may be to come."""
    return year_in_china(at) - birth_year - 1


def job_terms(
    posted: JobPosted, *, open_places: int, blocked: bool, open_claims: int, listed: bool = False
) -> JobTerms:
    """The terms of a posted job with `open_places` still to fill.

    Age, rest and hours are the strictest of what is asked and what the law asks.
    """
    rules = limits_of(posted)
    return JobTerms(
        job_id=posted.job_id,
        employer_id=posted.employer_id,
        station_id=posted.station_id,
        skills=posted.skills,
        occupation=posted.occupation,
        certificates=posted.certificates,
        minimum_age=lowest_age(posted),
        maximum_age=highest_age(posted),
        shifts=spans(posted.shifts),
        pay_fen_day=pay_fen_day(posted.pay, posted.shifts),
        point=unit_vector(posted.place.lat, posted.place.lon),
        accepts_crews=posted.accepts_crews,
        partial_crews=posted.partial_crews,
        min_rest_ms=rules.min_rest_ms,
        max_day_ms=rules.max_day_ms,
        open_places=open_places,
        blocked=blocked,
        listed=listed,
        open_claims=open_claims,
        log_headcount=math.log(posted.headcount),
        perks=posted.perks,
        paid_daily=posted.pay.settlement == "daily",
        on_holiday=begins_on_holiday(posted),
    )


def crew_size(available: WorkerAvailable) -> int:
    """Places a worker takes: a crew leader's whole crew, otherwise one."""
    crew = available.crew
    return crew.size if crew is not None and crew.leader_id == available.worker_id else 1


def worker_terms(
    available: WorkerAvailable,
    *,
    busy: tuple[Span, ...],
    bookings_left: int | None,
    since: int,
    valid_until: int,
    record: TrackRecord,
) -> WorkerTerms:
    """The terms of an available worker with their calendar and track record."""
    crew = available.crew
    skills = {skill.code: skill.level for skill in available.skills}
    rates = record.trade_rates if record.asked else _NEW
    return WorkerTerms(
        worker_id=available.worker_id,
        station_id=available.station_id,
        skills=skills,
        occupations=frozenset(available.occupations),
        certificates=frozenset(available.certificates),
        windows=merged(available.windows),
        point=unit_vector(available.place.lat, available.place.lon),
        chord_limit=chord_limit(available.max_distance_km),
        max_distance_km=available.max_distance_km,
        pay_floor_fen_day=available.pay_floor_fen_day,
        speed_kmh=SPEED_KMH[available.travel_mode],
        birth_year=available.birth_year,
        crew_size=crew_size(available),
        led_by_other=crew is not None and crew.leader_id != available.worker_id,
        busy=busy,
        bookings_left=bookings_left,
        since=since,
        valid_until=valid_until,
        acceptance_rate=record.acceptance_rate,
        reliability=record.reliability,
        rating=record.rating,
        employers=frozenset(record.employers),
        trade_rates={trade: rate for trade, rate in rates.items() if trade in skills},
        last_day=record.last_day,
        days=record.days,
        by_station=_THROUGH_STATION.issuperset(available.channels),
    )
