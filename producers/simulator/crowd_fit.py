"""The real tasks of a crowd_tasks folder, and the regression that is fitted to them.

A task is done (1) or not (0) by any of several people who could, an unknown number m. If each takes
it with a small probability p, 1 - P(done) = (1 - p)^m, so log(-log(1 - P)) is log(-log(1 - p)) +
log m: the complementary log-log of a task moves with the logarithm of its price as that of one
person does, and m goes into the level of the place. Places are clusters of tasks.
"""

import csv
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.cluster import KMeans

from events.phrases import translated
from gigmatch.errors import SaidError, system_says

PLACES: Final = 8
_RIDGE: Final = 1e-3

Numbers = NDArray[np.float64]


class Tasks(NamedTuple):
    """Tasks, (n,) each: the logarithm of their price less its mean, done or not, and where.

    `degrees` (n, 2) are latitude and longitude.
    """

    log_price: Numbers
    done: Numbers
    place: NDArray[np.intp]
    degrees: Numbers


def read_tasks(folder: Path) -> Tasks:
    """The tasks of a folder. Raises UserError when they cannot be read."""
    path = folder / "tasks.csv"
    columns = read_columns(path, ("lat", "lon", "price_cny", "completed"))
    if len(columns) < 20 * PLACES:
        raise SaidError("calibrate.too_few", path=path, n=len(columns), least=20 * PLACES)
    place = KMeans(PLACES, n_init=10, random_state=0).fit_predict(columns[:, :2])
    price = np.log(columns[:, 2])
    return Tasks(price - price.mean(), columns[:, 3], place.astype(np.intp), columns[:, :2])


def read_columns(path: Path, names: tuple[str, ...]) -> Numbers:
    """Columns of numbers of a CSV file, (rows, columns). Raises UserError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[float(row[name]) for name in names] for row in csv.DictReader(file)]
    except OSError as error:
        why = system_says(error)
    except (KeyError, TypeError, ValueError) as error:
        why = translated(str(error))
    else:
        return np.array(rows).reshape(-1, len(names))
    raise SaidError("calibrate.unusable", path=path, why=why, columns=", ".join(names))


def fit(design: Numbers, done: Numbers) -> Numbers:
    """The weights (columns,) of a complementary log-log regression, barely held back."""

    def cost(weights: Numbers) -> tuple[float, Numbers]:
        eta = design @ weights
        chances, hazard = chance(eta), np.exp(np.clip(eta, -30.0, 4.0))
        slopes = np.where(done == 1.0, -hazard * (1.0 - chances) / chances, hazard)
        held = _RIDGE * float(weights @ weights)
        return float(losses(done, chances).sum()) + held, design.T @ slopes + 2 * _RIDGE * weights

    found: Any = minimize(cost, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B")
    weights: Numbers = found.x
    return weights


def chance(eta: Numbers) -> Numbers:
    """P(done) of complementary log-logs."""
    return np.clip(1.0 - np.exp(-np.exp(np.clip(eta, -30.0, 4.0))), 1e-9, 1.0 - 1e-9)


def losses(done: Numbers, chances: Numbers) -> Numbers:
    """The log loss of each task, in nats."""
    return -np.log(np.where(done == 1.0, chances, 1.0 - chances))
