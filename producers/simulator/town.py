"""The town's fixed facts: stations, and the trades that people are hired for, by season."""

from functools import cache
from importlib import resources

import msgspec

from events.values import Perk, Settlement


class Station(msgspec.Struct, frozen=True):
    """A gig station; coordinates are approximate. `weight` is its share of people and jobs."""

    number: str
    name: str
    lat: float
    lon: float
    weight: float


class Peak(msgspec.Struct, frozen=True):
    """Days of the year, `MM-DD`, both included, on which a trade needs and pays more.

    `demand` multiplies that of the month; `pay_share` is where the usual pay lies between the
    trade's lowest (0) and highest (1).
    """

    first: str
    last: str
    demand: float
    pay_share: float


class Trade(msgspec.Struct, frozen=True):
    """A kind of job: who is wanted, when in the year, and on what terms.

    `months` weighs the demand of each month, January first; `hours` are local hours of a shift.
    """

    skill: str
    occupation: str
    titles: tuple[str, ...]
    pay_yuan_day: tuple[int, int]
    headcount: tuple[int, int]
    hours: tuple[int, int]
    days: tuple[int, int]
    months: tuple[float, ...]
    stations: tuple[str, ...]
    perks: tuple[Perk, ...]
    certificates: tuple[str, ...]
    minimum_age: int
    settlement: Settlement
    weight: float
    peaks: tuple[Peak, ...] = ()


class Town(msgspec.Struct, frozen=True, cache_hash=True):
    """A county's stations and trades."""

    zone: str
    stations: tuple[Station, ...]
    trades: tuple[Trade, ...]

    def station(self, number: str) -> Station:
        """The station with a number, such as `05`."""
        return next(station for station in self.stations if station.number == number)


@cache
def emeishan() -> Town:
    """Emeishan as in the data file beside this module."""
    content = resources.files("producers.simulator").joinpath("town.json").read_bytes()
    return msgspec.json.decode(content, type=Town)
