"""What an order of candidates is worth: releases of the town's own log, and what they must beat."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks.choosing import FEW, MANY, Choice, Numbers, split, worth
from benchmarks.own_town import OwnTown, World
from benchmarks.study import Figures, Measure, Run, Study, unprepared
from events.envelope import parse_time
from matching.features import FEATURES
from matching.scorer import Scorer
from models.baselines import TARGETS, Predictor, baselines, judged
from models.calibrated import TrainingError
from models.dataset import Dataset, split_by_time
from models.decisions import FEATURE_COLUMNS
from models.metrics import metrics
from producers.simulator.observer import Seen
from producers.simulator.people import REGISTERED

STARTS: Final = {"season": "2027-02-14T00:00:00+08:00", "ordinary": "2026-09-16T00:00:00+08:00"}
WEEK: Final = 7
WINDOW: Final = 28
"""Days that a release is learnt from, as `gigmatch model retrain --every 7d --days 28` does."""
EXPLORE: Final = 0.1


class Plan(NamedTuple):
    """People registered, days under the rules, weeks under their releases, days that are judged."""

    registered: int
    rules: int
    weeks: int
    judged: int


PLAN: Final = Plan(registered=REGISTERED, rules=28, weeks=4, judged=8)
QUICK_PLAN: Final = Plan(registered=500, rules=16, weeks=1, judged=3)
KM: Final = FEATURES.index("distance_km")

MODEL, KNOWABLE, ORACLE, ANYBODY = "model", "knowable", "oracle", "anybody"
BASELINES: Final = {"anybody": "constant", "nearest": "distance"}
"""What this study calls them, and what `models.baselines` does; the others have the same name."""

MEASURES: Final = (
    Measure("regret", "regret, %", "lower", 2, 100),
    Measure("few", "regret of few, %", "lower", 2, 100),
    Measure("many", "regret of many, %", "lower", 2, 100),
    Measure("value", "asked who do the work, %", "higher", 2, 100),
    Measure("yes", "asked who say yes, %", "higher", 2, 100),
    Measure("comes", "of them who come, %", "higher", 2, 100),
    Measure("offers", "offers a place done", "lower", 2),
    Measure("km", "km to work", "lower", 2),
    Measure("auc", "AUC of yes", "higher", 3),
    Measure("log_loss", "log loss of yes", "lower", 4),
    Measure("ece", "ECE of yes", "lower", 4),
    Measure("ece_excess", "beyond chance", "lower", 4),
    Measure("ece_work", "ECE of coming", "lower", 4),
    Measure("ece_work_excess", "beyond chance", "lower", 4),
)


class Judged(NamedTuple):
    """What came of the offers of the days that are judged: their answers, and the work of some."""

    offers: Dataset
    work: Dataset

    @classmethod
    def of(cls, later: Dataset) -> "Judged":
        """Of answered offers."""
        return cls(later, judged("complete", later))


class Guess(NamedTuple):
    """P(accept) and P(complete) of all candidates, one after the other; then what is judged.

    P(accept) of the offers of the last days, P(complete) of their work.
    """

    p_accept: Numbers
    p_complete: Numbers
    of_offers: Numbers
    of_work: Numbers

    @property
    def scores(self) -> Numbers:
        """What the order is by."""
        return self.p_accept * self.p_complete


def live(run: Run) -> Figures:
    """One contender of a town."""
    return dict(_town(run.regime, run.seed, run.quick)[run.contender])


@cache
def _town(regime: str, seed: int, quick: bool) -> Mapping[str, Figures]:
    """All contenders of a town: the town lives once."""
    plan = QUICK_PLAN if quick else PLAN
    begin = parse_time(STARTS[regime], "start")
    with TemporaryDirectory() as folder:
        town = OwnTown(World(seed, begin, plan.registered), Path(folder))
        today, release = _learn(town, plan)
        learnt = split_by_time(town.offers(max(0, today - WINDOW))).learnt
        town.live(plan.judged, listen=True)
        later, scorer = Judged.of(town.offers(today)), town.registry.open(release)
    candidates = candidates_of(town.choices, town.zone)
    guesses = {
        **baseline_guesses(learnt, candidates, later),
        MODEL: release_guess(scorer, candidates, later),
        KNOWABLE: knowable_guess(town, later, today),
        ORACLE: true_guess(town, later),
    }
    return {name: figures(town.choices, guess, later) for name, guess in guesses.items()}


def _learn(town: OwnTown, plan: Plan) -> tuple[int, str]:
    """Live under the rules, then under releases of the last days, a new one each week.

    The day it is then, and the release at work. What cannot be trained leaves the one of before.
    """
    town.explore(EXPLORE)
    town.live(plan.rules)
    release = town.learn(max(0, plan.rules - WINDOW))
    town.promote(release)
    today = plan.rules
    for _ in range(plan.weeks):
        town.live(WEEK)
        today += WEEK
        with suppress(TrainingError):
            release = town.learn(max(0, today - WINDOW))
            town.promote(release)
    return today, release


def candidates_of(choices: Sequence[Choice], zone: str) -> Dataset:
    """The candidates of all choices as rows that predictors read: features, and who they are."""
    rows = np.concatenate([choice.features for choice in choices])
    columns: dict[str, object] = {name: rows[:, at] for at, name in enumerate(FEATURE_COLUMNS)}
    workers = [worker for choice in choices for worker in choice.workers]
    place = {"log": np.zeros(len(rows), np.int32), "zone": [zone] * len(rows)}
    return Dataset(pa.table({**columns, **place, "worker_id": workers}))


def baseline_guesses(learnt: Dataset, candidates: Dataset, later: Judged) -> dict[str, Guess]:
    """What each baseline, fitted on the rows that the release learnt from, says."""
    accept, complete = (baselines(target, judged(target, learnt)) for target in TARGETS)
    names = {known: name for name, known in BASELINES.items()}
    return {
        names.get(known, known): _guess(accept[known], complete[known], candidates, later)
        for known in accept
    }


def release_guess(scorer: Scorer, candidates: Dataset, later: Judged) -> Guess:
    """What a release says."""
    return _guess(
        lambda data: scorer.probabilities(data.features)[0],
        lambda data: scorer.probabilities(data.features)[1],
        candidates,
        later,
    )


def knowable_guess(town: OwnTown, later: Judged, until_day: int) -> Guess:
    """What somebody says who knows how people decide, and of whom what the log told by a day."""
    observer = town.observer(until_day)

    def chances(pairs: Sequence[Seen | None]) -> Numbers:
        found = [(0.0, 0.0) if pair is None else observer.chances(pair) for pair in pairs]
        return np.array(found).reshape(len(found), 2).T

    p_accept, p_complete = chances(town.candidates)
    of_offers, of_work = chances(town.seen(later.offers))[0], chances(town.seen(later.work))[1]
    return Guess(p_accept, p_complete, of_offers, of_work)


def true_guess(town: OwnTown, later: Judged) -> Guess:
    """The truth."""
    return Guess(
        np.concatenate([choice.p_accept for choice in town.choices]),
        np.concatenate([choice.p_complete for choice in town.choices]),
        town.truth(later.offers)[:, 0],
        town.truth(later.work)[:, 1],
    )


def figures(choices: Sequence[Choice], guess: Guess, later: Judged) -> Figures:
    """The measures of one contender; how good its probabilities are on what is judged."""
    found = metrics(later.offers.accepted, guess.of_offers)
    of_work = metrics(later.work.completed, guess.of_work)
    return {
        **worth(choices, split(choices, guess.scores), KM)._asdict(),
        **{name: found[name] for name in ("auc", "log_loss", "ece")},
        "ece_excess": max(0.0, found["ece"] - found["ece_chance"]),
        "ece_work": of_work["ece"],
        "ece_work_excess": max(0.0, of_work["ece"] - of_work["ece_chance"]),
    }


def _guess(accept: Predictor, complete: Predictor, candidates: Dataset, later: Judged) -> Guess:
    return Guess(
        accept(candidates), complete(candidates), accept(later.offers), complete(later.work)
    )


STUDY: Final = Study(
    name="choices",
    title="What an order of candidates is worth",
    about="When a job is posted, each contender puts the same candidates in order, and its first "
    f"ones, as many as there are places, are valued by the truth. Towns of {PLAN.registered:,} "
    f"people live {PLAN.rules} days under the rules, then {PLAN.weeks} weeks under releases of "
    f"their own log, each week a new one of the last {WINDOW} days (`gigmatch model retrain "
    f"--every 7d --days {WINDOW} --promote`), with drift, a tenth of the offers by lot; the "
    f"choices of the next {PLAN.judged} days are judged. The baselines learn from the same rows as "
    "the last release. Regret is what is lost of the oracle's value; "
    f"few are up to {FEW:.0f} candidates a place, many from {MANY:.0f} on. The last six columns "
    "are of the answers to the offers of those days, and of the work that came of them.",
    regimes={
        "season": f"{PLAN.judged} days from 11 April, the tea season; logs from 14 February",
        "ordinary": f"{PLAN.judged} days from 11 November; logs from 16 September",
    },
    contenders={
        ANYBODY: "in no particular order; the base rate",
        "pay": "a logistic regression on pay, which is the same for all candidates of a job",
        "nearest": "a logistic regression on distance: nearest first",
        "popularity": "who has said yes and come most often first",
        "rules": "the built-in rules",
        "logistic": "a logistic regression on all features",
        MODEL: "the last release of the town's own log: the default policy's order, but for its "
        "boost for waiting",
        KNOWABLE: "what can be known: the law by which people decide, all that bears on a decision "
        "but the person's own mind, and of that what their answers in the log tell, by Bayes' rule",
        ORACLE: "the true probabilities",
    },
    reference=MODEL,
    best=ORACLE,
    value="value",
    measures=MEASURES,
    open=unprepared(live),
    quick_seeds=1,
)
