"""A simulated town that learns from its own log: what it offers, and whom it could have asked."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.choosing import Choice
from events.codec import decode
from events.facts import Fact, ModelPromoted, PolicyChanged
from events.outcomes import OfferMade
from events.values import Policy
from gigmatch.dark import DarkTown, Happening
from matching.engine import Engine
from matching.fastest_pool import fastest_pool
from matching.pool import Candidates
from models.alternatives import HearingPool
from models.dataset import Dataset
from models.decisions import Answers, Circumstances
from models.registry import Registry
from models.release import build
from producers.simulator.observer import Answer, Observer, Seen
from producers.simulator.simulation import TownSimulation

DAY_MS: Final = 86_400_000
ANSWER_MINUTES: Final = Policy().offer_ttl_ms / 60_000
_ANSWER: Final = ["offer_id", "at", "accepted", "answered_at", "completed", "finished_at"]


class World(NamedTuple):
    """Which town, from when on, with how many people; at `shock_day` their minds change at once."""

    seed: int
    begin: int
    registered: int
    shock_day: int | None = None
    drift: float = 1.0


class OwnTown:
    """Lives day by day under the releases it is told to promote, from `folder`."""

    def __init__(self, world: World, folder: Path) -> None:
        self.registry = Registry(folder)
        self.choices: list[Choice] = []
        self.candidates: list[Seen | None] = []
        self._seen: dict[str, Seen | None] = {}
        self._truth: dict[str, tuple[float, float]] = {}
        self._world, self._days = world, 0
        shock_at = None if world.shock_day is None else world.begin + world.shock_day * DAY_MS
        self._simulation = TownSimulation(
            world.seed,
            world.begin,
            registered=world.registered,
            drift=world.drift,
            shock_at=shock_at,
        )
        self._answers = Answers()
        self._engine = Engine(
            0,
            1,
            self.registry.open,
            make_pool=lambda: HearingPool(fastest_pool(), self._hear),
            on_offer=self._on_offer,
        )
        self._town = DarkTown(self._simulation, self._engine, world.begin)
        self._is_listening = False
        self._posted: set[str] = set()

    @property
    def zone(self) -> str:
        """Where it is."""
        return self._simulation.town.zone

    def live(self, days: int, *, listen: bool = False) -> None:
        """Days more; with `listen` the choices of jobs posted in them are kept."""
        self._is_listening, self._days = listen, self._days + days
        self._take(self._town.run(self._now))

    def explore(self, share: float) -> None:
        """From now on so many offers go by lot."""
        policy = Policy(explore_share=share)
        self._say(PolicyChanged(zone=self.zone, policy=policy))

    def promote(self, release: str) -> None:
        """From now on this release scores."""
        self._say(ModelPromoted(zone=self.zone, release=release))

    def learn(self, since_day: int = 0) -> str:
        """A release learnt from this town's offers from a day on, up to now."""
        manifest, files = build(self.offers(since_day), (), "SIMULATED, for a study")
        return self.registry.add(manifest, files)

    def offers(self, since_day: int = 0) -> Dataset:
        """The answered offers from a day on."""
        data = Dataset(self._answers.table()).answered()
        since = self._world.begin + since_day * DAY_MS
        return data.take(np.asarray(data.times >= since))

    def truth(self, offers: Dataset) -> NDArray[np.float64]:
        """The true P(accept) and P(complete) of offers (n, 2), as when they were made."""
        return np.array([self._truth[offer_id] for offer_id in offers.offers]).reshape(-1, 2)

    def observer(self, until_day: int) -> Observer:
        """Who knows how people decide and has read this town's log up to a day."""
        until = self._world.begin + until_day * DAY_MS
        lines = Dataset(self._answers.table()).answered().table.select(_ANSWER).to_pylist()
        answers = (_answer(line, self._seen[line["offer_id"]], until) for line in lines)
        known = (answer for answer in answers if answer is not None)
        return Observer(self._simulation.town, known, ANSWER_MINUTES)

    def seen(self, offers: Dataset) -> list[Seen | None]:
        """The pairs of offers as they were when they were made."""
        return [self._seen[offer_id] for offer_id in offers.offers]

    @property
    def _now(self) -> int:
        return self._world.begin + self._days * DAY_MS

    def _say(self, fact: Fact) -> None:
        self._take(self._town.publish(fact, f"{fact.TYPE}-{self._days}", "/study", self._now))

    def _take(self, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            if happening.step.rejection is not None:
                raise happening.step.rejection
            fact = decode(happening.record).fact
            self._answers.on_fact(fact, self._engine.clock(fact.zone))
            for emission in happening.step.emissions:
                self._answers.on_outcome(emission.outcome)

    def _on_offer(self, offer: OfferMade, row: NDArray[np.float32]) -> None:
        state = self._engine.markets[offer.zone].state
        self._answers.on_offer(offer, row, Circumstances.of(offer, state))
        self._truth[offer.offer_id] = self._chances(offer.job_id, offer.worker_id)
        self._seen[offer.offer_id] = self._simulation.seen(offer.job_id, offer.worker_id)

    def _chances(self, job_id: str, worker_id: str) -> tuple[float, float]:
        return self._simulation.chances(job_id, worker_id, ANSWER_MINUTES)

    def _hear(self, side: str, id: str, candidates: Candidates) -> None:
        if side != "job" or id in self._posted:
            return
        self._posted.add(id)
        if not self._is_listening or not candidates.ids:
            return
        job = self._engine.markets[self.zone].state.jobs[id]
        found = [self._chances(id, worker) for worker in candidates.ids]
        p_accept, p_complete = np.array(found).T
        self.candidates.extend(self._simulation.seen(id, worker) for worker in candidates.ids)
        self.choices.append(
            Choice(
                places=job.posted.headcount,
                workers=tuple(candidates.ids),
                features=candidates.features.copy(),
                p_accept=p_accept,
                p_complete=p_complete,
            )
        )


def _answer(line: dict[str, Any], seen: Seen | None, until: int) -> Answer | None:
    """What an observer has read of an offer's line by a moment; None for what says nothing yet."""
    if seen is None or line["answered_at"] >= until:
        return None
    minutes = (line["answered_at"] - line["at"]) / 60_000
    is_silent = not line["accepted"] and minutes >= ANSWER_MINUTES
    is_known = line["finished_at"] is not None and line["finished_at"] < until
    return Answer(
        seen=seen,
        yes=line["accepted"],
        minutes=None if is_silent else minutes,
        came=line["completed"] if is_known else None,
    )
