"""How people really decide. Nothing outside the simulator may import this.

Probabilities are logistic in what a person sees of an offer and in what only they know: taste for
the work, tiredness, what they believe of the employer, friends who go, the weather of the day, a
holiday, their own harvest, and the mood of the time.
"""

import math
from functools import lru_cache
from random import Random
from typing import Final

import msgspec

from events.facts import JobPosted
from events.values import Place
from matching.geo import Vector, km_between, unit_vector
from matching.terms import SPEED_KMH, pay_fen_day
from producers.simulator.drift import STEADY, Mood
from producers.simulator.people import Person

FORGIVEN_KM: Final = 2.0
USUAL_PAY: Final = 1.8
"""What jobs that people can do pay on average, for each yuan that they ask."""
ANSWER_SPREAD: Final = 0.5
"""Of the time to answer, in its logarithm."""
MOST_FRIENDS: Final = 2
"""More friends than this on a job make it no more welcome."""


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What bears on a decision beside the person and the job's terms.

    `tired` counts days worked in the last week, `weather` runs from -1 (rain) to 1 (fine),
    `friends` are booked for the same job, `belief` is what the person believes of the employer in
    log-odds, `holiday` and `harvest` hold when a day of the job is one.
    """

    tired: int = 0
    weather: float = 0.0
    friends: int = 0
    belief: float = 0.0
    holiday: bool = False
    harvest: bool = False
    mood: Mood = STEADY


def wants(person: Person, job: JobPosted, now: Circumstances) -> float:
    """The probability that a person says yes to an offer."""
    mind, mood, skill = person.mind, now.mood, _skill(job)
    distance = _distance(person, job)
    minutes = distance / SPEED_KMH[person.travel_mode] * 60
    pay = pay_fen_day(job.pay, job.shifts) / 100
    asked = max(person.pay_floor_yuan, 60)
    pull = (
        mind.eagerness
        + mood.eagerness
        + mind.likes_money * mood.money * (pay / asked - USUAL_PAY)
        - mind.hates_distance * mood.way * max(0.0, distance - FORGIVEN_KM)
        - 0.012 * mood.way * max(0.0, minutes - 30)
        + 0.35 * ("meal" in job.perks)
        + 0.5 * ("pickup" in job.perks) * (distance > 4)
        + 0.25 * (job.pay.settlement == "daily")
        + mind.tastes.get(skill, 0.0)
        + mood.tastes.get(skill, 0.0)
        + 1.0 * now.belief
        + 0.4 * min(now.friends, MOST_FRIENDS)
        - mind.tires * max(0, now.tired - 3)
        - 0.12 * (len(job.shifts) - 1)
        + 0.3 * now.weather
        - 0.6 * now.holiday
        - 2.0 * now.harvest
    )
    return _logistic(pull)


def comes(person: Person, job: JobPosted, now: Circumstances) -> float:
    """The probability that a booked person does the work."""
    mind = person.mind
    level = person.skills.get(_skill(job), 0)
    pull = (
        mind.steadiness
        + 0.25 * (level - 1)
        - 0.035 * now.mood.way * _distance(person, job)
        + 0.5 * now.belief
        + 0.35 * min(now.friends, MOST_FRIENDS)
        + 0.4 * ("pickup" in job.perks)
        - mind.tires * max(0, now.tired - 4)
        - 0.06 * (len(job.shifts) - 1)
        + 0.25 * now.weather
        - 0.3 * now.holiday
        - 1.5 * now.harvest
    )
    return _logistic(pull)


def minutes_to_answer(person: Person, rng: Random, hour: int) -> float:
    """How long an answer takes: the young look at their phone, the old are called by the clerk.

    The clerk calls from half past six to nine in the evening; otherwise it takes until morning.
    """
    minutes = person.mind.patience_min * rng.lognormvariate(0.0, ANSWER_SPREAD)
    if person.mind.by_clerk and not 6 <= hour < 21:
        return minutes + ((30 - hour) % 24) * 60
    return minutes


def answers_within(person: Person, minutes: float, hour: int) -> float:
    """The probability that an answer, if there is one, comes within so many minutes."""
    if person.mind.by_clerk and not 6 <= hour < 21:
        minutes -= ((30 - hour) % 24) * 60
    if minutes <= 0.0:
        return 0.0
    spread = math.log(minutes / person.mind.patience_min) / ANSWER_SPREAD
    return 0.5 * (1.0 + math.erf(spread / math.sqrt(2)))


@lru_cache(maxsize=1_000)
def weather(seed: int, day: int) -> float:
    """The weather of a day, from -1 to 1; it rains often here."""
    return max(-1.0, min(1.0, Random(f"{seed}/weather/{day}").gauss(0.1, 0.6)))


def _distance(person: Person, job: JobPosted) -> float:
    return km_between(_point(person.place), _point(job.place))


@lru_cache(maxsize=20_000)
def _point(place: Place) -> Vector:
    return unit_vector(place.lat, place.lon)


def _skill(job: JobPosted) -> str:
    return job.skills[0] if job.skills else ""


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))
