"""The town's workers and employers: what everybody knows of them, and what only they know."""

from random import Random
from typing import Final

import msgspec

from events.values import Place, TravelMode
from producers.simulator.town import Station, Town

REGISTERED: Final = 3_100
EMPLOYERS: Final = 220
MIGRANTS_SHARE: Final = 0.13
"""People who work far away and are home only around the New Year, for each registered one."""

LIKES_MONEY: Final = 4.0
EAGERNESS: Final = 1.6
"""With these the pay elasticity of the town's answers is 3.5 and 63 % are a yes, as
`gigmatch calibrate` finds in real tasks; see docs/simulator.md."""

THIS_YEAR: Final = 2026
_DEGREE_KM: Final = 111.0
_SKILLED_BY: Final = {"masonry": 3, "electrician": 3, "cooking": 2}


class Mind(msgspec.Struct, frozen=True):
    """What decides a worker's answers and is in no event: the model never sees it.

    All but `tastes` are in units of log-odds; `tastes` is liking by skill, `patience_min` how long
    an answer takes.
    """

    eagerness: float
    hates_distance: float
    likes_money: float
    steadiness: float
    tires: float
    patience_min: float
    by_clerk: bool
    tastes: dict[str, float]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A registered worker. `standing` ones can be called any day of the next half year."""

    worker_id: str
    station: Station
    place: Place
    birth_year: int
    skills: dict[str, int]
    occupations: tuple[str, ...]
    certificates: tuple[str, ...]
    travel_mode: TravelMode
    max_distance_km: float
    pay_floor_yuan: int
    crew_size: int
    standing: bool
    mind: Mind


class EmployerPerson(msgspec.Struct, frozen=True):
    """Someone who posts jobs. `fairness` is known by word of mouth only, in log-odds."""

    employer_id: str
    station: Station
    place: Place
    skill: str
    fairness: float
    pays: bool


def workers(town: Town, seed: int, count: int = REGISTERED) -> list[Person]:
    """The registered workers; the same for the same seed."""
    return [_worker(town, Random(f"{seed}/worker/{number}"), number) for number in range(count)]


def migrants(town: Town, seed: int, registered: int = REGISTERED) -> list[Person]:
    """Those who are home only around the New Year, beside so many registered workers."""
    numbers = range(registered, registered + round(registered * MIGRANTS_SHARE))
    people = (_worker(town, Random(f"{seed}/worker/{number}"), number) for number in numbers)
    return [msgspec.structs.replace(person, standing=False) for person in people]


def employers(town: Town, seed: int, count: int = EMPLOYERS) -> list[EmployerPerson]:
    """The employers; the same for the same seed."""
    return [_employer(town, Random(f"{seed}/employer/{number}"), number) for number in range(count)]


def _worker(town: Town, rng: Random, number: int) -> Person:
    station = rng.choices(town.stations, [s.weight for s in town.stations])[0]
    local = [trade for trade in town.trades if station.number in trade.stations]
    others = [trade for trade in town.trades if trade not in local]
    trades = rng.sample(local, min(len(local), rng.randint(1, 4)))
    trades += rng.sample(others, rng.randint(0, 2))
    age = round(min(max(rng.gauss(49, 12), 17), 74))
    known = {trade.skill: _level(rng, trade.skill) for trade in trades}
    floor = min(trade.pay_yuan_day[0] for trade in trades) if trades else 90
    certificates = {code for trade in trades for code in trade.certificates if rng.random() < 0.8}
    return Person(
        worker_id=f"W-{number:05}",
        station=station,
        place=_near(rng, station, 2.5),
        birth_year=THIS_YEAR - age,
        skills=known,
        occupations=tuple(sorted({t.occupation for t in trades if rng.random() < 0.3})),
        certificates=tuple(sorted(certificates)),
        travel_mode=_travel_mode(rng, age),
        max_distance_km=rng.choice((5.0, 10.0, 15.0, 20.0, 30.0, 40.0)),
        pay_floor_yuan=round(floor * rng.uniform(0.6, 1.1) / 10) * 10,
        crew_size=rng.randint(3, 12) if rng.random() < 0.015 else 1,
        standing=rng.random() < 0.45,
        mind=_mind(town, rng, age),
    )


def _mind(town: Town, rng: Random, age: int) -> Mind:
    by_clerk = age >= 55 and rng.random() < 0.7
    return Mind(
        eagerness=rng.gauss(EAGERNESS, 0.8),
        hates_distance=max(0.02, rng.gauss(0.11, 0.05)),
        likes_money=max(0.1, rng.gauss(LIKES_MONEY, 1.2)),
        steadiness=rng.gauss(2.4, 0.9) + (0.4 if age > 40 else 0.0),
        tires=max(0.0, rng.gauss(0.25, 0.15)),
        patience_min=rng.lognormvariate(2.6 if by_clerk else 1.4, 0.7),
        by_clerk=by_clerk,
        tastes={trade.skill: rng.gauss(0.0, 0.5) for trade in town.trades},
    )


def _employer(town: Town, rng: Random, number: int) -> EmployerPerson:
    trade = rng.choices(town.trades, [t.weight for t in town.trades])[0]
    station = town.station(rng.choice(trade.stations))
    return EmployerPerson(
        employer_id=f"E-{number:04}",
        station=station,
        place=_near(rng, station, 2.0),
        skill=trade.skill,
        fairness=rng.gauss(0.0, 0.5),
        pays=rng.random() > 0.04,
    )


def _level(rng: Random, skill: str) -> int:
    return max(rng.choices((1, 2, 3), (3, 4, 3))[0], _SKILLED_BY.get(skill, 1) - 1)


def _travel_mode(rng: Random, age: int) -> TravelMode:
    old: tuple[float, ...] = (4, 4, 1, 4, 0.5)
    young: tuple[float, ...] = (1, 5, 4, 2, 2)
    modes: tuple[TravelMode, ...] = ("walk", "ebike", "motorbike", "bus", "car")
    return rng.choices(modes, old if age >= 60 else young)[0]


def _near(rng: Random, station: Station, spread_km: float) -> Place:
    north, east = rng.gauss(0, spread_km), rng.gauss(0, spread_km)
    return Place(
        lat=round(station.lat + north / _DEGREE_KM, 5),
        lon=round(station.lon + east / (_DEGREE_KM * 0.87), 5),
        name=station.name,
    )
