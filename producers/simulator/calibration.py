"""How people look at pay, from the real tasks of a crowd_tasks folder, which is not shipped.

A task of that data is done (1) or not (0) by any of several people who could, an unknown number m.
If each takes it with a small probability p, 1 - P(done) = (1 - p)^m, so log(-log(1 - P)) is
log(-log(1 - p)) + log m: the complementary log-log of a task moves with the logarithm of its price
as that of one person does, and m goes into the level of the place. The slope is an elasticity, so
it carries from 70 yuan for a photo task to a day's pay; that it does is an assumption, and so is
that prices were not set by what people would take anyway: the data is observational.

Places are clusters of tasks. Every place has a level of its own, the interval is of whole places
drawn again, and the log loss is of places that the fit has not seen; random folds would flatter.
"""

import csv
import math
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from events.facts import JobPosted
from gigmatch.errors import UserError
from matching.geo import km_between, unit_vector
from producers.simulator import postings
from producers.simulator.behaviour import Circumstances, wants
from producers.simulator.people import Person, employers, workers
from producers.simulator.town import emeishan

PLACES: Final = 8
DRAWS: Final = 200
_RIDGE: Final = 1e-3
_APRIL: Final = 1_807_315_200_000  # 2027-04-10T08:00+08:00
_RAISE: Final = 1.05

Numbers = NDArray[np.float64]


class Calibration(msgspec.Struct, frozen=True):
    """The slope of log(-log(1 - P)) over the logarithm of pay, and how far it can be trusted.

    The log losses are per task, in places left out: of the slope, and of a constant.
    """

    tasks: int
    places: int
    base_rate: float
    pay_elasticity: float
    low: float
    high: float
    log_loss: float
    log_loss_constant: float


class Simulated(msgspec.Struct, frozen=True):
    """The same of the simulated town: mean chance of a yes and elasticity over feasible pairs."""

    pairs: int
    base_rate: float
    pay_elasticity: float


class _Tasks(NamedTuple):
    log_price: Numbers
    done: Numbers
    place: NDArray[np.intp]

    def of(self, chosen: NDArray[np.bool_]) -> "_Tasks":
        return _Tasks(self.log_price[chosen], self.done[chosen], self.place[chosen])


def calibrate(folder: Path) -> Calibration:
    """Fit the tasks of a folder. Raises UserError when they cannot be read."""
    with threadpool_limits(limits=1):  # the matrices are small: threads would wait for each other
        tasks = _read(folder / "tasks.csv")
        low, high = np.quantile(_draws(tasks), (0.025, 0.975))
        losses = np.array([_losses_without(tasks, place) for place in range(PLACES)]).sum(axis=0)
        slope = _slope(tasks)
    return Calibration(
        tasks=len(tasks.done),
        places=PLACES,
        base_rate=round(float(tasks.done.mean()), 4),
        pay_elasticity=round(slope, 2),
        low=round(float(low), 2),
        high=round(float(high), 2),
        log_loss=round(float(losses[0]) / len(tasks.done), 4),
        log_loss_constant=round(float(losses[1]) / len(tasks.done), 4),
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


def _read(path: Path) -> _Tasks:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [
                [float(row[name]) for name in ("lat", "lon", "price_cny", "completed")]
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be used ({error!r}): it needs lat, lon, price_cny, completed"
        ) from None
    if len(rows) < 20 * PLACES:
        raise UserError(f"{path} has {len(rows)} tasks: at least {20 * PLACES} are needed")
    columns = np.array(rows)
    place = KMeans(PLACES, n_init=10, random_state=0).fit_predict(columns[:, :2])
    price = np.log(columns[:, 2])
    return _Tasks(price - price.mean(), columns[:, 3], place.astype(np.intp))


def _slope(tasks: _Tasks) -> float:
    """The slope, every place with a level of its own."""
    levels = np.eye(PLACES)[tasks.place]
    return float(_fit(np.column_stack([tasks.log_price, levels]), tasks.done)[0])


def _draws(tasks: _Tasks) -> list[float]:
    """The slopes of whole places drawn again, as often as DRAWS."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(tasks.place == place) for place in range(PLACES)]
    slopes = []
    for _ in range(DRAWS):
        drawn = random.integers(PLACES, size=PLACES)
        rows = np.concatenate([members[place] for place in drawn])
        levels = np.repeat(np.arange(PLACES), [len(members[place]) for place in drawn])
        slopes.append(_slope(_Tasks(tasks.log_price[rows], tasks.done[rows], levels)))
    return slopes


def _losses_without(tasks: _Tasks, place: int) -> tuple[float, float]:
    """The summed log loss in a place of a slope and of a constant, fitted in the others."""
    rest, there = tasks.of(tasks.place != place), tasks.of(tasks.place == place)
    design = np.column_stack([rest.log_price, np.ones(len(rest.done))])
    slope, level = _fit(design, rest.done)
    constant = np.full(len(there.done), rest.done.mean())
    return (
        _loss(there.done, _chance(slope * there.log_price + level)),
        _loss(there.done, constant),
    )


def _fit(design: Numbers, done: Numbers) -> Numbers:
    """The weights (columns,) of a complementary log-log regression, barely held back."""

    def cost(weights: Numbers) -> tuple[float, Numbers]:
        eta = design @ weights
        chance, hazard = _chance(eta), np.exp(np.clip(eta, -30.0, 4.0))
        slopes = np.where(done == 1.0, -hazard * (1.0 - chance) / chance, hazard)
        held = _RIDGE * float(weights @ weights)
        return _loss(done, chance) + held, design.T @ slopes + 2 * _RIDGE * weights

    found: Any = minimize(cost, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B")
    weights: Numbers = found.x
    return weights


def _chance(eta: Numbers) -> Numbers:
    return np.clip(1.0 - np.exp(-np.exp(np.clip(eta, -30.0, 4.0))), 1e-9, 1.0 - 1e-9)


def _loss(done: Numbers, chance: Numbers) -> float:
    return -float(np.sum(np.log(np.where(done == 1.0, chance, 1.0 - chance))))
