"""After a shock: what the release of before loses, and what retraining on the own log gets back."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from benchmarks.choices import Judged, candidates_of, figures, release_guess, true_guess
from benchmarks.choosing import Numbers
from benchmarks.own_town import OwnTown, World
from benchmarks.study import Figures, Measure, Run, Study, unprepared
from events.envelope import parse_time
from models.calibrated import TrainingError

STARTS: Final = {"season": "2027-03-04T00:00:00+08:00", "ordinary": "2026-10-04T00:00:00+08:00"}
REGISTERED: Final = 1_500
BEFORE_DAYS: Final = 21
AFTER_DAYS: Final = 21
JUDGE_DAYS: Final = 8
QUICK_REGISTERED: Final = 400
QUICK_DAYS: Final = (15, 14, 2)
EXPLORE: Final = 0.1
_MOST_DAYS_MORE: Final = 7

STALE, SETTLED, ORACLE = "stale", "settled", "oracle"
WINDOWS: Final = {"week": (7, 7), "fortnight": (14, 14), "everything": (14, None)}
"""Retrained so many days after the shock, on so many days of the log; None: on all of it."""

MEASURES: Final = (
    Measure("loss", "loss beyond the truth, mnat", "lower", 1, 1_000),
    Measure("recovered", "of it recovered, %", "higher", 1, 100),
    Measure("regret", "regret, %", "lower", 2, 100),
    Measure("auc", "AUC of yes", "higher", 3),
    Measure("log_loss", "log loss of yes", "lower", 4),
    Measure("ece", "ECE of yes", "lower", 4),
    Measure("ece_excess", "beyond chance", "lower", 4),
    Measure("offers", "offers a place done", "lower", 2),
)


def live(run: Run) -> Figures:
    """One contender of a town."""
    return dict(_town(run.regime, run.seed, run.quick)[run.contender])


@cache
def _town(regime: str, seed: int, quick: bool) -> Mapping[str, Figures]:
    """All contenders of a town: the town lives once."""
    before, after, judge = QUICK_DAYS if quick else (BEFORE_DAYS, AFTER_DAYS, JUDGE_DAYS)
    registered = QUICK_REGISTERED if quick else REGISTERED
    begin = parse_time(STARTS[regime], "start")
    with TemporaryDirectory() as folder:
        town = OwnTown(World(seed, begin, registered, shock_day=before), Path(folder))
        town.explore(EXPLORE)
        town.live(before)
        releases = {STALE: town.learn()}
        town.promote(releases[STALE])
        lived = 0
        for name, (until, window) in WINDOWS.items():
            town.live(until - lived)
            lived = until
            since = 0 if window is None else before + until - window
            releases[name] = _retrained(town, since, at_work=releases[STALE])
        town.live(after - lived)
        releases[SETTLED], more = _settled(town, before)
        town.promote(releases[SETTLED])
        town.live(judge, listen=True)
        later = Judged.of(town.offers(before + after + more))
        scorers = {name: town.registry.open(release) for name, release in releases.items()}
    candidates = candidates_of(town.choices, town.zone)
    truth = true_guess(town, later)
    guesses = {
        **{name: release_guess(scorer, candidates, later) for name, scorer in scorers.items()},
        ORACLE: truth,
    }
    losses = {name: loss(guess.p_accept, truth.p_accept) for name, guess in guesses.items()}
    return {
        name: {
            **figures(town.choices, guess, later),
            "loss": losses[name],
            "recovered": recovered(losses, name),
        }
        for name, guess in guesses.items()
    }


def _retrained(town: OwnTown, since_day: int, at_work: str) -> str:
    """A new release, or the one at work where there is too little to learn from."""
    try:
        return town.learn(since_day)
    except TrainingError:
        return at_work


def _settled(town: OwnTown, since_day: int) -> tuple[str, int]:
    """A release of the new time, and for how many days more it had to wait.

    A release is judged on the work of its last offers: where all of that lies ahead, the next day
    may have some.
    """
    for more in range(_MOST_DAYS_MORE):
        try:
            return town.learn(since_day), more
        except TrainingError:
            town.live(1)
    return town.learn(since_day), _MOST_DAYS_MORE


def loss(guess: Numbers, truth: Numbers) -> float:
    """The log loss that is expected beyond that of the truth itself, in nats a candidate."""
    sure = (guess, 1.0 - guess), (truth, 1.0 - truth)
    return float(
        sum(
            (true * np.log(np.maximum(true, 1e-12) / np.maximum(said, 1e-12))).mean()
            for said, true in zip(*sure, strict=True)
        )
    )


def recovered(losses: Mapping[str, float], name: str) -> float:
    """The share of what the shock cost that a contender has got back.

    The cost is what the release of before loses more than one that has learnt from three weeks of
    the time after.
    """
    return (losses[STALE] - losses[name]) / (losses[STALE] - losses[SETTLED])


STUDY: Final = Study(
    name="shock",
    title="After a shock",
    about=f"Towns of {REGISTERED:,} people with drift live {BEFORE_DAYS} days, a tenth of the "
    "offers by lot, and a release is trained on that log and promoted. Then people change at once "
    "(`producers/simulator/drift.py`: choosier, keener on pay, loather of the way). "
    f"{AFTER_DAYS} days later all releases are judged on the choices and offers of {JUDGE_DAYS} "
    "days. The loss is of P(accept) of all candidates, beyond that of the truth; what the shock "
    "cost is the loss of `stale` less that of `settled`. Where a window holds too little to learn "
    "from (often a week in the ordinary month), the release of before stays; where all work of the "
    "last offers lies ahead, `settled` is trained, and judging begins, a day later.",
    regimes={
        "season": "shock on 25 March, judged from 15 April, in the tea season",
        "ordinary": "shock on 25 October, judged from 15 November",
    },
    contenders={
        STALE: "the release of before",
        "week": "retrained seven days after the shock, on these seven days",
        "fortnight": "retrained fourteen days after the shock, on these fourteen days",
        "everything": "retrained fourteen days after the shock, on the whole log: five weeks",
        SETTLED: f"trained on the {AFTER_DAYS} days after the shock",
        ORACLE: "the true probabilities",
    },
    reference=STALE,
    best=ORACLE,
    value="value",
    measures=MEASURES,
    open=unprepared(live),
    quick_seeds=1,
)
