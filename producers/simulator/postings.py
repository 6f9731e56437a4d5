"""What employers post and workers declare, in the words of the contract."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final

import msgspec

from events.facts import JobPosted, WorkerAvailable
from events.values import Channel, Crew, Interval, Pay, Skill
from producers.simulator.calendar import DAY_MS, HOUR_MS, date_of, day_of, local, start_of
from producers.simulator.people import EmployerPerson, Person
from producers.simulator.town import Peak, Town, Trade

NORMAL_A_DAY: Final = 70.0
"""Postings of a county on a day without season; an assumption of domain notes."""

STANDING_DAYS: Final = 200
DECLARED_DAYS: Final = 10
_NORMAL_WEIGHT: Final = 25.0
_USUAL_PAY_SHARE: Final = 0.4
_PARTIAL_CREWS_SHARE: Final = 0.4
_TIRES_EASILY: Final = 0.45


def a_day(town: Town, day: int) -> float:
    """How many jobs are posted on a local day."""
    return NORMAL_A_DAY * sum(_demands(town, day)) / _NORMAL_WEIGHT


def poster(
    town: Town, employers: Mapping[str, EmployerPerson], day: int, rng: Random
) -> EmployerPerson:
    """Who posts next: somebody of a trade that the day needs."""
    trade = rng.choices(town.trades, _demands(town, day))[0]
    known = [employer for employer in employers.values() if employer.skill == trade.skill]
    return rng.choice(known or list(employers.values()))


def posting(town: Town, employer: EmployerPerson, job_id: str, now: int, rng: Random) -> JobPosted:
    """A job of an employer's trade, for later today, tomorrow or the days after."""
    trade = next(trade for trade in town.trades if trade.skill == employer.skill)
    low, high = trade.pay_yuan_day
    usual = low + (high - low) * _pay_share(trade, day_of(now))
    pay = round(rng.triangular(low, high, usual) / 5) * 5
    return JobPosted(
        job_id=job_id,
        zone=town.zone,
        station_id=f"{town.zone}-{employer.station.number}",
        employer_id=employer.employer_id,
        title=rng.choice(trade.titles),
        shifts=_shifts(trade, now, rng),
        pay=Pay(amount_fen=pay * 100, unit="day", settlement=trade.settlement),
        place=employer.place,
        occupation=trade.occupation,
        skills=(trade.skill,),
        certificates=trade.certificates,
        headcount=rng.randint(*trade.headcount),
        accepts_crews=trade.headcount[1] >= 10,
        perks=tuple(perk for perk in trade.perks if rng.random() < 0.7),
        partial_crews=rng.random() < _PARTIAL_CREWS_SHARE,
        minimum_age=trade.minimum_age,
        posted_at=now,
    )


def raised(pay: Pay, factor: float) -> Pay:
    """A better pay, in whole yuan."""
    return msgspec.structs.replace(pay, amount_fen=round(pay.amount_fen * factor / 100) * 100)


def availability(
    person: Person, now: int, rng: Random, zone: str, last_day: int | None = None
) -> WorkerAvailable:
    """When a person can work: any time for half a year, or the days of the next week and a half.

    `last_day` is the last local day of somebody who leaves.
    """
    if person.standing:
        windows: tuple[Interval, ...] = (Interval(start=now, end=now + STANDING_DAYS * DAY_MS),)
    else:
        today = day_of(now)
        days = [today + ahead for ahead in range(DECLARED_DAYS) if rng.random() < 0.75]
        days = [day for day in days if last_day is None or day <= last_day]
        windows = tuple(
            Interval(start=start_of(day) + 5 * HOUR_MS, end=start_of(day) + 23 * HOUR_MS)
            for day in days or [today + 1]
        )
    leads = person.crew_size > 1
    channels: tuple[Channel, ...] = ("call", "screen") if person.mind.by_clerk else ("page", "sms")
    return WorkerAvailable(
        worker_id=person.worker_id,
        zone=zone,
        station_id=f"{zone}-{person.station.number}",
        windows=windows,
        place=person.place,
        skills=tuple(Skill(code=code, level=level) for code, level in person.skills.items()),
        occupations=person.occupations,
        certificates=person.certificates,
        max_distance_km=person.max_distance_km,
        pay_floor_fen_day=person.pay_floor_yuan * 100,
        travel_mode=person.travel_mode,
        birth_year=person.birth_year,
        crew=Crew(leader_id=person.worker_id, size=person.crew_size) if leads else None,
        channels=channels,
        max_bookings=2 if person.mind.tires > _TIRES_EASILY else None,
    )


def _shifts(trade: Trade, now: int, rng: Random) -> tuple[Interval, ...]:
    first_hour, last_hour = trade.hours
    days = rng.choices(
        range(trade.days[0], trade.days[1] + 1),
        [1 / (1 + n) for n in range(trade.days[1] - trade.days[0] + 1)],
    )[0]
    today = day_of(now)
    same_day = local(now).hour + 1 < first_hour and rng.random() < 0.6
    ahead = 0 if same_day else rng.choices((1, 2, 3, 5), (6, 3, 2, 1))[0]
    return tuple(
        Interval(
            start=start_of(today + ahead + number) + first_hour * HOUR_MS,
            end=start_of(today + ahead + number) + last_hour * HOUR_MS,
        )
        for number in range(days)
    )


@lru_cache(maxsize=16)
def _demands(town: Town, day: int) -> tuple[float, ...]:
    """How much each trade needs people on a day, in the order of the town's trades."""
    return tuple(_demand(trade, date_of(day)) for trade in town.trades)


def _demand(trade: Trade, when: date) -> float:
    peak = _peak(trade, when)
    return trade.weight * trade.months[when.month - 1] * (peak.demand if peak else 1.0)


def _pay_share(trade: Trade, day: int) -> float:
    """Where the usual pay of a day lies between the trade's lowest (0) and highest (1)."""
    peak = _peak(trade, date_of(day))
    return peak.pay_share if peak else _USUAL_PAY_SHARE


def _peak(trade: Trade, when: date) -> Peak | None:
    today = f"{when:%m-%d}"
    return next((peak for peak in trade.peaks if peak.first <= today <= peak.last), None)
