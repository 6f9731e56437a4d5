"""How good an order of workers is, by the jobs whose offers were answered.

Only those who were asked have an answer, so an order is judged among them: a model that would have
asked others is not seen here (see `propensity`).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.dataset import Dataset
from models.evidence.bootstrap import Bootstrap, Numbers, ratio

DEPTH: Final = 10


class Order(NamedTuple):
    """Of each replicate: mean NDCG@10 of a job, and the share of places filled."""

    ndcg: Numbers
    fills: Numbers


def judge_order(data: Dataset, scores: Numbers, bootstrap: Bootstrap, seed: int) -> Order:
    """An order by scores (n,), highest first; equal scores in a random, seeded order.

    Good is who said yes and is not known to have stayed away. NDCG@10 is over jobs with both good
    and other answers (Järvelin and Kekäläinen 2002). Fills: each job asks as many of its asked
    workers as it has places, the best by score, and counts the good ones.
    """
    good = (data.accepted & ~(data.finished & ~data.completed)).astype(float)
    jobs = np.unique(data.jobs, return_inverse=True)[1]
    noise = np.random.default_rng(seed).random(len(data))
    order = np.lexsort((noise, -scores, jobs))
    ideal = np.lexsort((-good, jobs))
    place = places_in(jobs[order])
    gain, best = np.zeros(len(data)), np.zeros(len(data))
    gain[order] = good[order] * discount(place)
    best[ideal] = good[ideal] * discount(places_in(jobs[ideal]))
    mixed = (bootstrap.sums(good) > 0) & (bootstrap.sums(1 - good) > 0)
    ndcg = bootstrap.sums(gain)[mixed] / bootstrap.sums(best)[mixed]
    chosen = bootstrap.clusters[:, mixed]
    headcount = data.column("headcount").astype(float)
    filled = np.zeros(len(data))
    filled[order] = good[order] * (place < headcount[order])
    first = np.zeros(len(data))
    first[order] = place == 0
    places = bootstrap.sums(headcount * first)
    return Order(
        ndcg=ratio(chosen @ ndcg, chosen.sum(axis=1)),
        fills=ratio(bootstrap.clusters @ bootstrap.sums(filled), bootstrap.clusters @ places),
    )


def places_in(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of each row in its group, from 0; groups stand together."""
    begins = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    sizes = np.diff(np.r_[begins, len(groups)])
    found: NDArray[np.intp] = np.arange(len(groups)) - np.repeat(begins, sizes)
    return found


def discount(place: NDArray[np.intp]) -> Numbers:
    """What a good answer at a place counts: less the farther down, nothing beyond `DEPTH`."""
    return np.where(place < DEPTH, 1.0 / np.log2(place + 2.0), 0.0)
