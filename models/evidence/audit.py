"""Fairness: do groups of people who could do the same jobs as well get offers alike?

Protected attributes come from a file of persons that no market ever reads; nothing here feeds a
score. At each posting the audit notes everybody who satisfied every hard constraint. Equally
qualified are those of one job with the same skill level in the same ring of travel. A group's
offer-rate ratio compares it with all others within such strata (Mantel and Haenszel 1959); the
four-fifths rule of thumb asks for 0.8 to 1.25.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from events.facts import JobPosted
from events.notices import AnyFact
from events.outcomes import MatchRanked, OfferMade
from events.phrases import translated
from gigmatch.errors import SaidError
from matching.engine import Engine, Step
from matching.features import FEATURES
from matching.widening import rings_of
from models.dataset import known_as

Attribute = Literal["age_band", "gender", "township"]
ATTRIBUTES: Final[tuple[Attribute, ...]] = ("age_band", "gender", "township")
FAIR: Final = (0.8, 1.25)
_SKILL: Final = FEATURES.index("skill_level")


class PersonsError(SaidError):
    """A file of persons cannot be used; says which line, and why."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file: who somebody is, for the audit only."""

    worker_id: str
    age_band: str
    gender: str
    township: str


def read_persons(path: Path) -> dict[str, Person]:
    """The persons of a file (JSON Lines), by worker. Raises PersonsError, OSError."""
    found: dict[str, Person] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            person = msgspec.json.decode(line, type=Person)
        except msgspec.DecodeError as error:
            raise PersonsError(
                "persons.line", file=path.name, number=number, why=translated(str(error))
            ) from None
        found[person.worker_id] = person
    if not found:
        raise PersonsError("persons.nobody", file=path.name)
    return found


class Exposure:
    """Who could have been asked at each posting, who was, and who was shown how high.

    `shown` is by person, `models.dataset.known_as`: who has the same id in another log, or in
    another zone, is somebody else. What is known of people is by id: give logs of one file of them.
    """

    def __init__(self) -> None:
        self.log = 0
        self._jobs: list[tuple[int, str, str]] = []
        self._workers: list[list[str]] = []
        self._rows: list[NDArray[np.float32]] = []
        self._rings: list[NDArray[np.int64]] = []
        self._asked: set[tuple[int, str, str, str]] = set()
        self.shown: dict[str, float] = {}
        self.made_by: Counter[str] = Counter()
        """Offers by the release that scored them."""

    def on_log(self, number: int) -> None:
        """What follows is of this log."""
        self.log = number

    def on_step(self, engine: Engine, fact: AnyFact, step: Step) -> None:
        """An engine has taken in a fact."""
        for emission in step.emissions:
            match emission.outcome:
                case OfferMade() as offer:
                    self._asked.add((self.log, offer.zone, offer.job_id, offer.worker_id))
                    self.made_by[offer.model] += 1
                case MatchRanked(subject="job") as ranked:
                    self._show(ranked)
                case _:
                    pass
        if isinstance(fact, JobPosted):
            self._note(engine, fact)

    def pairs(self) -> "Pairs":
        """All feasible pairs of all postings so far."""
        sizes = [len(workers) for workers in self._workers]
        jobs = np.repeat(np.arange(len(sizes)), sizes)
        workers = np.array([id for ids in self._workers for id in ids], np.str_)
        people = np.array(
            [
                known_as(log, zone, id)
                for (log, zone, _), ids in zip(self._jobs, self._workers, strict=True)
                for id in ids
            ],
            np.str_,
        )
        asked = np.array(
            [
                (*job, id) in self._asked
                for job, ids in zip(self._jobs, self._workers, strict=True)
                for id in ids
            ],
            np.bool_,
        )
        width = len(FEATURES)
        rows = np.concatenate([np.zeros((0, width), np.float32), *self._rows])
        rings = np.concatenate([np.zeros(0, np.int64), *self._rings])
        return Pairs(jobs, workers, people, rows, rings, asked)

    def _show(self, ranked: MatchRanked) -> None:
        for line in ranked.ranking:
            if line.worker_id is not None:
                person = known_as(self.log, ranked.zone, line.worker_id)
                seen = self.shown.get(person, 0.0)
                self.shown[person] = seen + 1.0 / float(np.log2(line.rank + 1))

    def _note(self, engine: Engine, fact: JobPosted) -> None:
        market = engine.markets[fact.zone]
        job = market.state.jobs.get(fact.job_id)
        if job is None:
            return
        candidates = market.ledger.rank_workers(job).candidates
        rows = np.ascontiguousarray(candidates.features)
        self._jobs.append((self.log, fact.zone, fact.job_id))
        self._workers.append(list(candidates.ids))
        self._rows.append(rows)
        self._rings.append(rings_of(rows, market.state.policy).astype(np.int64))


class Pairs:
    """Feasible pairs of jobs and workers: (n,) each, features (n, F).

    `workers` are ids, `people` who they are of all the logs.
    """

    def __init__(
        self,
        jobs: NDArray[np.intp],
        workers: NDArray[np.str_],
        people: NDArray[np.str_],
        features: NDArray[np.float32],
        rings: NDArray[np.int64],
        asked: NDArray[np.bool_],
    ) -> None:
        self.jobs = jobs
        self.workers = workers
        self.people = people
        self.features = features
        self.rings = rings
        self.asked = asked

    def equally_qualified(self) -> NDArray[np.int64]:
        """The stratum of each pair: one job, one level of skill, one ring of travel."""
        levels = np.nan_to_num(self.features[:, _SKILL]).astype(np.int64)
        return (self.jobs * 8 + levels) * 16 + self.rings

    def equally_scored(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """The stratum of each pair: one job, one tenth of the scores."""
        return self.jobs * 16 + np.minimum((scores * 10).astype(np.int64), 9)


def gini(amounts: Iterable[float]) -> float:
    """How unevenly an amount is spread: 0 when all have the same, near 1 when one has all."""
    values = np.sort(np.fromiter(amounts, float))
    total = values.sum()
    if total == 0.0:
        return 0.0
    place = np.arange(1, len(values) + 1)
    return float((2 * (place * values).sum() / total - (len(values) + 1)) / len(values))
