"""What can be foretold of the real tasks of a crowd_tasks folder in places never seen.

Each place is left out once. Against a constant stand the price alone, and the price with how many
members of the app live near the task: fewer are done where many live. Differences are taken task by
task, their intervals are of whole places drawn again: tasks of one place are no independent
witnesses, and random folds flatter.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from sklearn.neighbors import BallTree
from threadpoolctl import threadpool_limits

from matching.geo import EARTH_RADIUS_KM
from producers.simulator.crowd_fit import (
    PLACES,
    Numbers,
    Tasks,
    chance,
    fit,
    losses,
    read_columns,
    read_tasks,
)

NEAR_KM: Final = 3.0
DRAWS: Final = 2_000


class Difference(msgspec.Struct, frozen=True):
    """A difference of log losses a task, with its 95 % interval; below zero is better."""

    mean: float
    low: float
    high: float


class ByPlace(msgspec.Struct, frozen=True):
    """Log losses a task, in nats, in places left out, and their differences."""

    constant: float
    price: float
    price_and_members: float
    price_less_constant: Difference
    price_and_members_less_constant: Difference
    price_and_members_less_price: Difference


def by_place(folder: Path) -> ByPlace:
    """Judge on the tasks and members of a folder. Raises UserError when they cannot be read."""
    with threadpool_limits(limits=1):
        tasks = read_tasks(folder)
        near = members_near(tasks, read_columns(folder / "members.csv", ("lat", "lon")))
        constant = _left_out(tasks, ())
        price = _left_out(tasks, (tasks.log_price,))
        both = _left_out(tasks, (tasks.log_price, np.log1p(near) - np.log1p(near).mean()))
    return ByPlace(
        constant=round(float(constant.mean()), 4),
        price=round(float(price.mean()), 4),
        price_and_members=round(float(both.mean()), 4),
        price_less_constant=_difference(tasks, price - constant),
        price_and_members_less_constant=_difference(tasks, both - constant),
        price_and_members_less_price=_difference(tasks, both - price),
    )


def members_near(tasks: Tasks, members: Numbers) -> Numbers:
    """How many members (m, 2) in degrees live within NEAR_KM of each task, (n,)."""
    tree = BallTree(np.radians(members), metric="haversine")
    found = tree.query_radius(np.radians(tasks.degrees), NEAR_KM / EARTH_RADIUS_KM, count_only=True)
    counted: Numbers = found.astype(np.float64)
    return counted


def _left_out(tasks: Tasks, columns: Sequence[Numbers]) -> Numbers:
    """The log loss of each task (n,) by a fit that has not seen its place."""
    design = np.column_stack([*columns, np.ones(len(tasks.done))])
    found = np.empty(len(tasks.done))
    for place in range(PLACES):
        here = tasks.place == place
        weights = fit(design[~here], tasks.done[~here])
        found[here] = losses(tasks.done[here], chance(design[here] @ weights))
    return found


def _difference(tasks: Tasks, values: Numbers) -> Difference:
    """The mean of values (n,), and its interval over whole places drawn again."""
    rows = np.bincount(tasks.place, minlength=PLACES)
    sums = np.bincount(tasks.place, values, minlength=PLACES)
    drawn = np.random.default_rng(0).integers(PLACES, size=(DRAWS, PLACES))
    means = sums[drawn].sum(axis=1) / rows[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Difference(*(round(float(value), 4) for value in (values.mean(), low, high)))
