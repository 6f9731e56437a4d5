"""Policies side by side in the simulated town: who is asked, in which order, and when."""

from functools import cache
from typing import Final

from benchmarks.nearest import NEAREST, NearestScorer
from benchmarks.study import Figures, Measure, Run, Study
from benchmarks.tally import Tally
from events.codec import decode
from events.envelope import parse_time
from events.facts import ModelPromoted, PolicyChanged
from events.values import Policy
from gigmatch.dark import DarkTown
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from matching.scorer import RULES, Scorer
from models.registry import Registry
from producers.simulator.simulation import TownSimulation

DAY_MS: Final = 86_400_000
REGISTERED: Final = 400
DAYS: Final = 14
WARM_UP_DAYS: Final = 1
"""Everybody announces themselves on the first day; jobs posted on it do not count."""
QUICK_REGISTERED: Final = 120
QUICK_DAYS: Final = 4

HOUR_MS: Final = 3_600_000
STARTS: Final = {
    "season": "2027-04-10T00:00:00+08:00",
    "ordinary": "2026-11-10T00:00:00+08:00",
}
NEWEST: Final = "newest"
POLICIES: Final = {
    # The boost for waiting would be a second thing beside distance.
    "nearest": (Policy(waiting_weight=0.0), NEAREST),
    "rules": (Policy(), RULES),
    "greedy": (Policy(), NEWEST),
    "batch-5m": (Policy(mode="batch"), NEWEST),
    "batch": (Policy(mode="batch", round_ms=HOUR_MS), NEWEST),
    "hybrid": (Policy(mode="hybrid", round_ms=HOUR_MS), NEWEST),
    "greedy-waiting": (Policy(waiting_weight=1.0), NEWEST),
    "hybrid-waiting": (Policy(mode="hybrid", round_ms=HOUR_MS, waiting_weight=1.0), NEWEST),
}
MEASURES: Final = (
    Measure("fill", "places filled, %", "higher", 2, 100),
    Measure("done", "places done, %", "higher", 2, 100),
    Measure("open_hours", "hours open a place", "lower", 2),
    Measure("travel_km", "km to work", "lower", 2),
    Measure("no_show", "no-shows, %", "lower", 2, 100),
    Measure("refused", "yes refused, %", "lower", 2, 100),
    Measure("offers", "offers a place", "lower", 2),
    Measure("gini", "Gini of days worked", "lower", 4),
)


def live(run: Run) -> Figures:
    """One town under one policy."""
    registry = _registry()
    policy, release = POLICIES[run.contender]
    release = registry.newest() if release == NEWEST else release
    begin = parse_time(STARTS[run.regime], "start")
    until = begin + (QUICK_DAYS if run.quick else DAYS) * DAY_MS

    def open_scorer(name: str) -> Scorer:
        return NearestScorer() if name == NEAREST else registry.open(name)

    registered = QUICK_REGISTERED if run.quick else REGISTERED
    simulation = TownSimulation(run.seed, begin, registered=registered)
    town = DarkTown(simulation, Engine(0, 1, open_scorer), begin)
    tally = Tally(begin + WARM_UP_DAYS * DAY_MS)
    zone = simulation.town.zone
    for fact in (
        PolicyChanged(zone=zone, policy=policy),
        ModelPromoted(zone=zone, release=release),
    ):
        for _ in town.publish(fact, fact.TYPE, "/study", begin):
            pass
    for happening in town.run(until):
        outcomes = [emission.outcome for emission in happening.step.emissions]
        tally.see(decode(happening.record).fact, outcomes, happening.record.timestamp)
    return tally.figures(until)


@cache
def _registry() -> Registry:
    """The packaged releases, opened once in a process."""
    return Registry(PACKAGED_RELEASES)


STUDY: Final = Study(
    name="policies",
    title="Policies in the simulated town",
    regimes={
        "season": f"{DAYS} days from 10 April, the tea season: most people are wanted by more jobs "
        "than they can do, and a quarter of all places stay empty; places compete for people",
        "ordinary": f"{DAYS} days from 10 November: nearly every place is filled, and there are "
        "more people than places; people compete for places",
    },
    contenders={
        "nearest": "nearest first, offers at once, no boost for waiting",
        "rules": "the built-in rules, offers at once",
        "greedy": "the packaged release, best score first, offers at once: the default policy",
        "batch-5m": "the packaged release, a round every five minutes",
        "batch": "the packaged release, a round every hour",
        "hybrid": "the same, but offers at once for work that begins within six hours",
        "greedy-waiting": "`greedy` with a boost for waiting of up to 100 % instead of 5 %",
        "hybrid-waiting": "`hybrid` with a boost for waiting of up to 100 % instead of 5 %",
    },
    reference="greedy",
    measures=MEASURES,
    live=live,
)
