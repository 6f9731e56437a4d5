"""How people really decide. Nothing outside the simulator may import this.

Probabilities are logistic in what a person sees of an offer and in what only they know: taste for
the work, tiredness, word of mouth about the employer, the weather of the day.
"""

import math
from random import Random
from typing import Final

from events.facts import JobPosted
from matching.geo import km_between, unit_vector
from matching.terms import SPEED_KMH, pay_fen_day
from producers.simulator.people import EmployerPerson, Person

FORGIVEN_KM: Final = 2.0


def wants(
    person: Person, job: JobPosted, employer: EmployerPerson, *, tired: int, weather: float
) -> float:
    """The probability that a person says yes to an offer.

    `tired` counts days worked in the last week, `weather` runs from -1 (rain) to 1 (fine).
    """
    mind = person.mind
    distance = _distance(person, job)
    minutes = distance / SPEED_KMH[person.travel_mode] * 60
    pay = pay_fen_day(job.pay, job.shifts) / 100
    asked = max(person.pay_floor_yuan, 60)
    pull = (
        mind.eagerness
        + mind.likes_money * (pay / asked - 1.1)
        - mind.hates_distance * max(0.0, distance - FORGIVEN_KM)
        - 0.012 * max(0.0, minutes - 30)
        + 0.35 * ("meal" in job.perks)
        + 0.5 * ("pickup" in job.perks) * (distance > 4)
        + 0.25 * (job.pay.settlement == "daily")
        + mind.tastes.get(_skill(job), 0.0)
        + 0.6 * employer.fairness
        - mind.tires * max(0, tired - 3)
        - 0.12 * (len(job.shifts) - 1)
        + 0.3 * weather
    )
    return _logistic(pull)


def comes(
    person: Person, job: JobPosted, employer: EmployerPerson, *, tired: int, weather: float
) -> float:
    """The probability that a booked person does the work."""
    mind = person.mind
    level = person.skills.get(_skill(job), 0)
    pull = (
        mind.steadiness
        + 0.25 * (level - 1)
        - 0.035 * _distance(person, job)
        + 0.3 * employer.fairness
        + 0.4 * ("pickup" in job.perks)
        - mind.tires * max(0, tired - 4)
        - 0.06 * (len(job.shifts) - 1)
        + 0.25 * weather
    )
    return _logistic(pull)


def minutes_to_answer(person: Person, rng: Random, hour: int) -> float:
    """How long an answer takes: the young look at their phone, the old are called by the clerk.

    The clerk calls from half past six to nine in the evening; otherwise it takes until morning.
    """
    minutes = person.mind.patience_min * rng.lognormvariate(0.0, 0.5)
    if person.mind.by_clerk and not 6 <= hour < 21:
        return minutes + ((30 - hour) % 24) * 60
    return minutes


def weather(seed: int, day: int) -> float:
    """The weather of a day, from -1 to 1; it rains often here."""
    return max(-1.0, min(1.0, Random(f"{seed}/weather/{day}").gauss(0.1, 0.6)))


def _distance(person: Person, job: JobPosted) -> float:
    home = unit_vector(person.place.lat, person.place.lon)
    return km_between(home, unit_vector(job.place.lat, job.place.lon))


def _skill(job: JobPosted) -> str:
    return job.skills[0] if job.skills else ""


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))
