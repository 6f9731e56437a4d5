"""What another way of choosing would be worth, estimated from answers to the choices of the time.

Offers are made one after the other, each with a probability given those before it, so each is a
choice of its own, with who has been asked as its context: the other way's is the first in its order
who had not been. Per offer, with r the reward (1 when accepted, or when the work was done), pi the
probability with which the offer was made, w = 1 / pi where the other way makes the same choice and
0 elsewhere:

    IPS    sum(w r) / n                  unbiased where every new choice could have been made
    SNIPS  sum(w r) / sum(w)             the mean of what was observed of the new choices
    DR     (sum q + sum(w (r - q))) / n  q over new choices; right if either pi or q is (Dudik 2011)

q is the probability of the release at work, calibrated on the other half of the jobs; never that of
the model in question. Offers whose answer is unknown (withdrawn) have no reward: n, and the sum of
q, are what is left when each of them that agrees is taken out with its w, as it stands for so many
new choices. Intervals: 95 %, bootstrap over jobs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from gigmatch.errors import in_each_language
from models.alternatives import Asked, Decision, Option
from models.dataset import Dataset

TARGETS: Final = ("accept", "complete")
_DRAWS: Final = 1_000
_LEAST_TO_CALIBRATE: Final = 50

Rewards = Mapping[str, float]
Columns = NDArray[np.float64]


class Estimate(msgspec.Struct, frozen=True):
    """A value per offer with its 95 % interval; None where nothing was observed."""

    value: float | None
    low: float | None
    high: float | None


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the other way has been seen: the estimates are worth no more than this.

    `never_observed` is the share of new choices that were not made at the time, `certain` that of
    offers made with probability 1: where all are, only agreement is observed.
    """

    new_choices: int
    observed: int
    never_observed: float
    effective_sample_size: float
    certain: float
    propensities_missing: int


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changes for certain, moment by moment."""

    decisions: int
    offers: int
    decisions_differing: float
    offers_differing: float
    ranking_overlap: float


Warned = dict[str, str]
"""What to know before an estimate is believed, in each language."""


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """Changes, support, and values by target and estimator; `difference` is DR less recorded."""

    changes: Changes
    support: Support
    estimates: dict[str, dict[str, Estimate]]
    warnings: tuple[Warned, ...]


def what_if(
    decisions: Sequence[Decision], rewards: Mapping[str, Rewards], in_rounds: int = 0
) -> WhatIf:
    """Changes and estimates; `rewards` by target, of the same logs.

    `in_rounds` offers of these logs were assigned in rounds, and are in no decision.
    """
    support = _support(decisions)
    return WhatIf(
        changes=_changes(decisions),
        support=support,
        estimates={target: _estimates(decisions, rewards[target], target) for target in TARGETS},
        warnings=(*_warnings(support), *_of_rounds(in_rounds)),
    )


def _changes(decisions: Sequence[Decision]) -> Changes:
    offers = sum(len(one.asked) for one in decisions)
    other = [len(_asked(one).keys() - _chosen(one)) for one in decisions]
    count = max(1, len(decisions))
    return Changes(
        decisions=len(decisions),
        offers=offers,
        decisions_differing=round(sum(map(bool, other)) / count, 6),
        offers_differing=round(sum(other) / max(1, offers), 6),
        ranking_overlap=round(sum(one.overlap for one in decisions) / count, 6),
    )


def _support(decisions: Sequence[Decision]) -> Support:
    turns = [turn for one in decisions for turn in _turns(one)]
    new = len(turns)
    asked = [offer for one in decisions for offer in one.asked]
    weights = np.array(
        [1 / _propensity(offer) for offer, choice in turns if offer.option.id == choice.id]
    )
    squares = float((weights**2).sum())
    return Support(
        new_choices=new,
        observed=len(weights),
        never_observed=round(1 - len(weights) / new, 6) if new else 0.0,
        effective_sample_size=round(float(weights.sum()) ** 2 / squares, 1) if squares else 0.0,
        certain=round(sum(_propensity(o) == 1 for o in asked) / max(1, len(asked)), 6),
        propensities_missing=sum(offer.propensity is None for offer in asked),
    )


def _warnings(support: Support) -> list[Warned]:
    said = []
    never = f"{support.never_observed:.1%}"
    if support.propensities_missing:
        said.append(in_each_language("what_if.no_propensity", n=support.propensities_missing))
    if support.certain == 1 and support.never_observed > 0:
        said.append(in_each_language("what_if.all_certain", never=never))
    elif support.never_observed > 0.5:
        said.append(in_each_language("what_if.few_observed", never=never))
    if support.effective_sample_size < 100:
        size = f"{support.effective_sample_size:.0f}"
        said.append(in_each_language("what_if.small_sample", size=size))
    return said


def _of_rounds(offers: int) -> list[Warned]:
    return [in_each_language("what_if.in_rounds", n=offers)] if offers else []


def rewards_of(data: Dataset, prefix: str = "") -> dict[str, Rewards]:
    """The reward of each offer that is known: accepted, or the work done (0 when not accepted).

    `prefix` goes before the ids.
    """
    ids = [prefix + id for id in data.offers.tolist()]
    # A no is known at once, a yes comes to something when the work is over: both wait for that.
    settled = (data.finished | ~data.accepted) & data.known & data.column("is_over")
    done = (data.accepted & data.completed).tolist()
    return {
        "accept": {
            id: float(yes)
            for id, yes, is_known in zip(ids, data.accepted, data.known, strict=True)
            if is_known
        },
        "complete": {
            id: float(yes) for id, yes, is_known in zip(ids, done, settled, strict=True) if is_known
        },
    }


def _estimates(decisions: Sequence[Decision], rewards: Rewards, target: str) -> dict[str, Estimate]:
    jobs = {job: at for at, job in enumerate(dict.fromkeys(one.job_id for one in decisions))}
    expected = _Expectation(decisions, jobs, rewards, target)
    sums = np.zeros((len(jobs), 6))
    for one in decisions:
        sums[jobs[one.job_id]] += _sums(one, rewards, expected, jobs[one.job_id])
    random = np.random.default_rng(0)
    count = len(jobs)
    draws = np.zeros((_DRAWS, 6))
    if count:
        draws = random.multinomial(count, np.full(count, 1 / count), _DRAWS) @ sums
    total = sums.sum(axis=0, keepdims=True)
    # Columns: recorded reward and offers, w r and w, the doubly robust sum, new choices
    ratios = {"recorded": (0, 1), "ips": (2, 5), "snips": (2, 3), "dr": (4, 5)}
    values = {name: _ratio(total, *columns) for name, columns in ratios.items()}
    drawn = {name: _ratio(draws, *columns) for name, columns in ratios.items()}
    values["difference"] = values["dr"] - values["recorded"]
    drawn["difference"] = drawn["dr"] - drawn["recorded"]
    return {name: _estimate(value, drawn[name]) for name, value in values.items()}


def _sums(one: Decision, rewards: Rewards, expected: "_Expectation", job: int) -> Columns:
    sums = np.zeros(6)
    for offer, choice in _turns(one):
        reward = rewards.get(offer.offer_id)
        if reward is not None:
            sums[:2] += reward, 1
        q = expected.of(choice, job)
        sums[4:] += q, 1
        if offer.option.id != choice.id:
            continue
        weight = 1 / _propensity(offer)
        if reward is None:  # as many of the choices that were not made would have had no answer
            sums[4:] -= weight * q, weight
        else:
            sums[2:5] += weight * reward, weight, weight * (reward - q)
    return sums


def _turns(one: Decision) -> Iterator[tuple[Asked, Option]]:
    """Each offer, and whom the other way would have asked of those who had not been asked yet."""
    before: set[str] = set()
    for offer in one.asked:
        choice = next((option for option in one.chosen if option.id not in before), None)
        if choice is not None:
            yield offer, choice
        before.add(offer.option.id)


class _Expectation:
    """q: the reward that the release at work lets expect, calibrated on the other half of jobs."""

    def __init__(
        self,
        decisions: Sequence[Decision],
        jobs: Mapping[str, int],
        rewards: Rewards,
        target: str,
    ) -> None:
        self._target = target
        known = [
            (jobs[one.job_id] % 2, self._log_odds(offer.option), rewards[offer.offer_id])
            for one in decisions
            for offer in one.asked
            if offer.offer_id in rewards
        ]
        self._curves = [_curve([row for row in known if row[0] != half]) for half in (0, 1)]

    def of(self, option: Option, job: int) -> float:
        """The expected reward of asking somebody for a job, by its number."""
        slope, intercept = self._curves[job % 2]
        return float(1 / (1 + np.exp(-(slope * self._log_odds(option) + intercept))))

    def _log_odds(self, option: Option) -> float:
        both = self._target == "complete"
        p = option.p_accept * option.p_complete if both else option.p_accept
        p = min(max(p, 1e-6), 1 - 1e-6)
        return float(np.log(p / (1 - p)))


def _curve(known: Sequence[tuple[int, float, float]]) -> tuple[float, float]:
    """Slope and intercept of the calibration; the identity where there is too little."""
    labels = np.array([reward for _, _, reward in known])
    if len(labels) < _LEAST_TO_CALIBRATE or len(np.unique(labels)) < 2:
        return 1.0, 0.0
    fitted = LogisticRegression().fit(np.array([[x] for _, x, _ in known]), labels)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _estimate(value: Columns, drawn: Columns) -> Estimate:
    if not np.isfinite(value).all():
        return Estimate(None, None, None)
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Estimate(*(round(float(x), 6) for x in (value[0], low, high)))


def _ratio(sums: Columns, above: int, below: int) -> Columns:
    ratio: Columns = np.full(len(sums), np.nan)
    np.divide(sums[:, above], sums[:, below], out=ratio, where=sums[:, below] > 0)
    return ratio


def _asked(one: Decision) -> dict[str, Asked]:
    return {offer.option.id: offer for offer in one.asked}


def _chosen(one: Decision) -> set[str]:
    return {option.id for option in one.chosen}


def _propensity(offer: Asked) -> float:
    return 1.0 if offer.propensity is None else offer.propensity
