"""How people look at pay, from the real tasks of a crowd_tasks folder, which is not shipped.

The slope of `crowd_fit` is an elasticity, so it carries from 70 yuan for a photo task to a day's
pay; that it does is an assumption, and so is that prices were not set by what people would take
anyway: the data is observational. Every place has a level of its own, and the interval is of whole
places drawn again.
"""

import math
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from events.facts import JobPosted
from matching.geo import km_between, unit_vector
from producers.simulator import postings
from producers.simulator.behaviour import Circumstances, wants
from producers.simulator.crowd_fit import PLACES, Tasks, fit, read_tasks
from producers.simulator.people import Person, employers, workers
from producers.simulator.town import emeishan

DRAWS: Final = 200
_APRIL: Final = 1_807_315_200_000  # 2027-04-10T08:00+08:00
_RAISE: Final = 1.05


class Calibration(msgspec.Struct, frozen=True):
    """The slope of log(-log(1 - P)) over the logarithm of pay, and how far it can be trusted."""

    tasks: int
    places: int
    base_rate: float
    pay_elasticity: float
    low: float
    high: float


class Simulated(msgspec.Struct, frozen=True):
    """The same of the simulated town: mean chance of a yes and elasticity over feasible pairs."""

    pairs: int
    base_rate: float
    pay_elasticity: float


def calibrate(folder: Path) -> Calibration:
    """Fit the tasks of a folder. Raises UserError when they cannot be read."""
    with threadpool_limits(limits=1):  # the matrices are small: threads would wait for each other
        tasks = read_tasks(folder)
        low, high = np.quantile(_draws(tasks), (0.025, 0.975))
        slope = _slope(tasks)
    return Calibration(
        tasks=len(tasks.done),
        places=PLACES,
        base_rate=round(float(tasks.done.mean()), 4),
        pay_elasticity=round(slope, 2),
        low=round(float(low), 2),
        high=round(float(high), 2),
    )


def simulated(seed: int = 1, people: int = 400) -> Simulated:
    """What the simulated town's people do on an April day when nothing else bears on them."""
    town = emeishan()
    workforce = workers(town, seed, people)
    chances, slopes = [], []
    for number, employer in enumerate(employers(town, seed)):
        rng = Random(f"{seed}/calibration/{number}")
        job = postings.posting(town, employer, f"J-{number}", _APRIL, rng)
        better = msgspec.structs.replace(job, pay=postings.raised(job.pay, _RAISE))
        raised = math.log(better.pay.amount_fen / job.pay.amount_fen)
        for person in workforce:
            if not _could(person, job):
                continue
            before, after = (wants(person, terms, Circumstances()) for terms in (job, better))
            chances.append(before)
            slopes.append((_hazard(after) - _hazard(before)) / raised)
    return Simulated(
        len(chances), round(float(np.mean(chances)), 4), round(float(np.mean(slopes)), 2)
    )


def _could(person: Person, job: JobPosted) -> bool:
    home, place = (unit_vector(at.lat, at.lon) for at in (person.place, job.place))
    return (
        job.skills[0] in person.skills
        and job.pay.amount_fen >= person.pay_floor_yuan * 100
        and km_between(home, place) <= person.max_distance_km
    )


def _hazard(chance: float) -> float:
    return math.log(-math.log1p(-chance))


def _slope(tasks: Tasks) -> float:
    """The slope, every place with a level of its own."""
    levels = np.eye(PLACES)[tasks.place]
    return float(fit(np.column_stack([tasks.log_price, levels]), tasks.done)[0])


def _draws(tasks: Tasks) -> list[float]:
    """The slopes of whole places drawn again, as often as DRAWS."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(tasks.place == place) for place in range(PLACES)]
    slopes = []
    for _ in range(DRAWS):
        drawn = random.integers(PLACES, size=PLACES)
        rows = np.concatenate([members[place] for place in drawn])
        levels = np.repeat(np.arange(PLACES), [len(members[place]) for place in drawn])
        drawn_again = Tasks(tasks.log_price[rows], tasks.done[rows], levels, tasks.degrees[rows])
        slopes.append(_slope(drawn_again))
    return slopes
