"""How many more a job would find if workers were ready to travel farther."""

from collections.abc import Sequence
from math import fsum
from typing import Final

import msgspec

from matching.geo import chord_limit
from matching.market import Market
from matching.obvious_pool import ObviousPool
from matching.state import Job
from matching.terms import WorkerTerms
from matching.whatif.rerun import Rerun

FARTHER_KM: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_ANYWHERE_KM: Final = 20_100.0
"""Half the earth's girth."""


class Farther(msgspec.Struct, frozen=True, kw_only=True):
    """How many more would fit if workers travelled so many km more, and what is expected then."""

    km: float
    more: int
    expected: float


def farther(
    market: Market, job: Job, run: Rerun, beyond: Sequence[tuple[float, WorkerTerms]]
) -> tuple[Farther, ...]:
    """A row for each of `FARTHER_KM` and, last, for the smallest distance that is enough.

    `beyond` are the workers whom only the distance excludes, with the km that they lack, nearest
    first. They are scored as if they came from where they are.
    """
    lacking = _chances(market, job, run, beyond)
    now = run.look(job.posted)
    rows = []
    for km in FARTHER_KM:
        within = [taken for short, taken in lacking if short <= km]
        rows.append(Farther(km=km, more=len(within), expected=fsum((now.expected, *within))))
    taken = [now.expected]
    for count, (km, chance) in enumerate(lacking, start=1):
        taken.append(chance)
        if fsum(taken) >= now.open_places > now.expected:
            rows.append(Farther(km=km, more=count, expected=fsum(taken)))
            break
    return tuple(rows) if lacking else ()


def _chances(
    market: Market, job: Job, run: Rerun, beyond: Sequence[tuple[float, WorkerTerms]]
) -> list[tuple[float, float]]:
    """The km that each lacks, and the places that they would be expected to take."""
    pool, anywhere = ObviousPool(), chord_limit(_ANYWHERE_KM)
    asked = [(km, worker) for km, worker in beyond if not run.has_refused(worker.worker_id)]
    for _, worker in asked:
        pool.put_worker(msgspec.structs.replace(worker, chord_limit=anywhere))
    found = pool.workers_for(market.ledger.job_terms(job), market.state.now)
    if not found.ids:
        return []
    chances = market.ledger.scorer.probabilities(found.features)[0].tolist()
    chance = dict(zip(found.ids, chances, strict=True))
    return [
        (km, chance[worker.worker_id] * market.ledger.places_of(job, worker.worker_id))
        for km, worker in asked
    ]
