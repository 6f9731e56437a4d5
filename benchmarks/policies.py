"""Policies side by side in the simulated town: who is asked, in which order, and when."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.harness import say
from benchmarks.nearest import NEAREST, NearestScorer
from benchmarks.study import Figures, Live, Measure, Run, Study
from benchmarks.tally import Tally
from events.codec import decode
from events.envelope import parse_time
from events.facts import ModelPromoted, PolicyChanged
from events.values import Policy
from gigmatch.dark import DarkTown
from matching.engine import Engine
from matching.fastest_pool import fastest_pool
from matching.scorer import Scorer, rules_only
from models.registry import Registry
from producers.simulator.oracle import ORACLE, NamingPool, Oracle
from producers.simulator.simulation import TownSimulation

DAY_MS: Final = 86_400_000
REGISTERED: Final = 300
DAYS: Final = 8
WARM_UP_DAYS: Final = 1
"""Everybody announces themselves on the first day; jobs posted on it do not count."""
QUICK_REGISTERED: Final = 120
QUICK_DAYS: Final = 4

HOUR_MS: Final = 3_600_000
DRIFT: Final = 1.0
TRAINING: Final = ("--registered", "900", "--days", "30")
TRAINING_SEED: Final = 1_001
STARTS: Final = {
    "season": "2027-04-10T00:00:00+08:00",
    "ordinary": "2026-11-10T00:00:00+08:00",
}
TRAINED: Final = "trained"
POLICIES: Final = {
    # The boost for waiting would be a second thing beside distance.
    "nearest": (Policy(waiting_weight=0.0), NEAREST),
    "greedy": (Policy(), TRAINED),
    "batch": (Policy(mode="batch", round_ms=HOUR_MS), TRAINED),
    "hybrid": (Policy(mode="hybrid", round_ms=HOUR_MS), TRAINED),
    "oracle": (Policy(), ORACLE),
}
MEASURES: Final = (
    Measure("regret", "regret, %", "lower", 2, 100),
    Measure("value", "places done as expected, %", "higher", 2, 100),
    Measure("fill", "places filled, %", "higher", 2, 100),
    Measure("done", "places done, %", "higher", 2, 100),
    Measure("open_hours", "hours open a place", "lower", 2),
    Measure("travel_km", "km to work", "lower", 2),
    Measure("no_show", "no-shows, %", "lower", 2, 100),
    Measure("refused", "yes refused, %", "lower", 2, 100),
    Measure("offers", "offers a place", "lower", 2),
    Measure("gini", "Gini of days worked", "lower", 4),
)


def live(trained: Path, run: Run) -> Figures:
    """One town under one policy; `trained` is the folder of the study's own release."""
    policy, release = POLICIES[run.contender]
    begin = parse_time(STARTS[run.regime], "start")
    until = begin + (QUICK_DAYS if run.quick else DAYS) * DAY_MS

    registered = QUICK_REGISTERED if run.quick else REGISTERED
    simulation = TownSimulation(run.seed, begin, registered=registered, drift=DRIFT)
    minutes = policy.offer_ttl_ms / 60_000
    scorers: dict[str, Callable[[], Scorer]] = {
        NEAREST: NearestScorer,
        TRAINED: lambda: _newest(trained),
        ORACLE: lambda: Oracle(simulation.chances, minutes),
    }
    scorer = scorers[release]()

    def open_scorer(name: str) -> Scorer:
        return scorer if name == scorer.release else rules_only(name)

    make_pool = NamingPool if release == ORACLE else fastest_pool
    town = DarkTown(simulation, Engine(0, 1, open_scorer, make_pool=make_pool), begin)
    tally = Tally(
        begin + WARM_UP_DAYS * DAY_MS,
        lambda job_id, worker_id: simulation.chances(job_id, worker_id, minutes)[1],
    )
    zone = simulation.town.zone
    changed = PolicyChanged(zone=zone, policy=policy)
    promoted = ModelPromoted(zone=zone, release=scorer.release)
    for happening in chain(
        town.publish(changed, "policy", "/study", begin),
        town.publish(promoted, "model", "/study", begin),
        town.run(until),
    ):
        if happening.step.rejection is not None:
            raise happening.step.rejection
        outcomes = [emission.outcome for emission in happening.step.emissions]
        tally.see(decode(happening.record).fact, outcomes, happening.record.timestamp)
    return tally.figures(until)


@contextmanager
def prepared(quick: bool) -> Iterator[Live]:
    """A release trained on other towns of the same kind, as a market trains on its own logs."""
    with TemporaryDirectory() as folder:
        logs = [f"{folder}/{regime}.jsonl" for regime in STARTS]
        size = ("--registered", "300", "--days", "10") if quick else TRAINING
        for seed, (log, start) in enumerate(zip(logs, STARTS.values(), strict=True), TRAINING_SEED):
            town = ("--seed", str(seed), "--start", start, "--drift", str(DRIFT))
            bare = ("--no-office", "--no-check", "--out", log)
            _gigmatch("simulate", *size, *town, *bare)
        _gigmatch("model", "train", *logs, "--out", folder, "--about", "SIMULATED, for a study")
        yield partial(live, Path(folder))


def _gigmatch(*arguments: str) -> None:
    say(f"  gigmatch {' '.join(arguments)}")
    subprocess.run([sys.executable, "-m", "gigmatch", *arguments], check=True, stdout=sys.stderr)


@cache
def _newest(folder: Path) -> Scorer:
    """The newest release of a folder, opened once in a process."""
    registry = Registry(folder)
    return registry.open(registry.newest())


STUDY: Final = Study(
    name="policies",
    title="Policies in the simulated town",
    regimes={
        "season": f"{DAYS} days from 10 April, the tea season: most people are wanted by more jobs "
        "than they can do, and more than a third of all places stay empty; places compete for "
        "people",
        "ordinary": f"{DAYS} days from 10 November: nearly every place is filled, and there are "
        "more people than places; people compete for places",
    },
    contenders={
        "nearest": "nearest first, offers at once, no boost for waiting",
        "greedy": "a release trained on logs of two other towns of this simulator, best score "
        "first, offers at once: the default policy",
        "batch": "the same release, rounds every hour",
        "hybrid": "the same release, rounds every hour, at once for work that begins within six "
        "hours",
        "oracle": "`greedy` with the true probabilities instead of a model's",
    },
    reference="greedy",
    best="oracle",
    value="value",
    measures=MEASURES,
    open=prepared,
)
