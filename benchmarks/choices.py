"""What an order of candidates is worth: a release of the town's own log, and what it must beat."""

from collections.abc import Mapping, Sequence
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
from models.baselines import TARGETS, baselines, judged
from models.dataset import Dataset, split_by_time
from models.decisions import FEATURE_COLUMNS
from models.metrics import metrics
from producers.simulator.observer import Seen

STARTS: Final = {"season": "2027-03-14T00:00:00+08:00", "ordinary": "2026-10-14T00:00:00+08:00"}
REGISTERED: Final = 600
LEARN_DAYS: Final = 28
JUDGE_DAYS: Final = 8
QUICK_REGISTERED: Final = 500
QUICK_DAYS: Final = (16, 3)
EXPLORE: Final = 0.1
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
)


class Guess(NamedTuple):
    """P(accept) and P(complete) of all candidates, one after the other, and P(accept) of offers."""

    p_accept: Numbers
    p_complete: Numbers
    of_offers: Numbers

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
    learn, judge = QUICK_DAYS if quick else (LEARN_DAYS, JUDGE_DAYS)
    registered = QUICK_REGISTERED if quick else REGISTERED
    begin = parse_time(STARTS[regime], "start")
    with TemporaryDirectory() as folder:
        town = OwnTown(World(seed, begin, registered), Path(folder))
        town.explore(EXPLORE)
        town.live(learn)
        learnt, release = split_by_time(town.offers()).learnt, town.learn()
        town.explore(0.0)
        town.promote(release)
        town.live(judge, listen=True)
        later, scorer = town.offers(learn), town.registry.open(release)
    candidates = candidates_of(town.choices, town.zone)
    guesses = {
        **baseline_guesses(learnt, candidates, later),
        MODEL: release_guess(scorer, candidates, later),
        KNOWABLE: knowable_guess(town, later, learn),
        ORACLE: true_guess(town, later),
    }
    return {name: figures(town.choices, guess, later) for name, guess in guesses.items()}


def candidates_of(choices: Sequence[Choice], zone: str) -> Dataset:
    """The candidates of all choices as rows that predictors read: features, and who they are."""
    rows = np.concatenate([choice.features for choice in choices])
    columns: dict[str, object] = {name: rows[:, at] for at, name in enumerate(FEATURE_COLUMNS)}
    workers = [worker for choice in choices for worker in choice.workers]
    place = {"log": np.zeros(len(rows), np.int32), "zone": [zone] * len(rows)}
    return Dataset(pa.table({**columns, **place, "worker_id": workers}))


def baseline_guesses(learnt: Dataset, candidates: Dataset, later: Dataset) -> dict[str, Guess]:
    """What each baseline, fitted on the rows that the release learnt from, says."""
    accept, complete = (baselines(target, judged(target, learnt)) for target in TARGETS)
    names = {known: name for name, known in BASELINES.items()}
    return {
        names.get(known, known): Guess(
            accept[known](candidates), complete[known](candidates), accept[known](later)
        )
        for known in accept
    }


def release_guess(scorer: Scorer, candidates: Dataset, later: Dataset) -> Guess:
    """What a release says."""
    p_accept, p_complete = scorer.probabilities(candidates.features)
    return Guess(p_accept, p_complete, scorer.probabilities(later.features)[0])


def knowable_guess(town: OwnTown, later: Dataset, until_day: int) -> Guess:
    """What somebody says who knows how people decide, and of whom what the log told by a day."""
    observer = town.observer(until_day)

    def chances(pairs: Sequence[Seen | None]) -> Numbers:
        found = [(0.0, 0.0) if pair is None else observer.chances(pair) for pair in pairs]
        return np.array(found).reshape(len(found), 2).T

    p_accept, p_complete = chances(town.candidates)
    return Guess(p_accept, p_complete, chances(town.seen(later))[0])


def true_guess(town: OwnTown, later: Dataset) -> Guess:
    """The truth."""
    return Guess(
        np.concatenate([choice.p_accept for choice in town.choices]),
        np.concatenate([choice.p_complete for choice in town.choices]),
        town.truth(later),
    )


def figures(choices: Sequence[Choice], guess: Guess, later: Dataset) -> Figures:
    """The measures of one contender; how good its probabilities are on the later offers."""
    found = metrics(later.accepted, guess.of_offers)
    return {
        **worth(choices, split(choices, guess.scores), KM)._asdict(),
        **{name: found[name] for name in ("auc", "log_loss", "ece")},
        "ece_excess": max(0.0, found["ece"] - found["ece_chance"]),
    }


STUDY: Final = Study(
    name="choices",
    title="What an order of candidates is worth",
    about="When a job is posted, each contender puts the same candidates in order, and its first "
    f"ones, as many as there are places, are valued by the truth. Towns of {REGISTERED:,} people "
    f"live {LEARN_DAYS} days under the rules, a tenth of the offers by lot, with drift; a release "
    f"is trained on that log and promoted, and the choices of the next {JUDGE_DAYS} days are "
    "judged. The baselines learn from the same rows. Regret is what is lost of the oracle's value; "
    f"few are up to {FEW:.0f} candidates a place, many from {MANY:.0f} on. The last four columns "
    "are of the answers to the offers of those days.",
    regimes={
        "season": f"{JUDGE_DAYS} days from 11 April, the tea season; logs from 14 March",
        "ordinary": f"{JUDGE_DAYS} days from 11 November; logs from 14 October",
    },
    contenders={
        ANYBODY: "in no particular order; the base rate",
        "pay": "a logistic regression on pay, which is the same for all candidates of a job",
        "nearest": "a logistic regression on distance: nearest first",
        "popularity": "who has said yes and come most often first",
        "rules": "the built-in rules",
        "logistic": "a logistic regression on all features",
        MODEL: "the release of the town's own log: the default policy's order, but for its boost "
        "for waiting",
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
