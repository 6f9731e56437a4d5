"""A release judged on the last stretch of time of some offers, beside the baselines."""

from typing import Final

import msgspec
import numpy as np

from matching.scorer import Scorer
from models.baselines import TARGETS, Predictor, Probabilities, Target, baselines, judged, labels
from models.calibrated import TrainingError
from models.dataset import Dataset, Labels, Split, split_by_place, split_by_time
from models.evidence.bootstrap import Bootstrap, Figure, bins, figure, figures, metrics, ratio
from models.evidence.propensity import InverseEvidence, inverse_evidence
from models.evidence.ranking import judge_order
from models.evidence.slices import slices
from models.train import train

MODEL: Final = "model"
LEAST_ROWS: Final = 100
"""Of fewer rows no figure is given: it would be chance."""
LEAST_KNOWN: Final = 50
"""So many known answers are needed to judge a release at all."""
FOLDS: Final = 4

Metrics = dict[str, Figure]


class CurvePoint(msgspec.Struct, frozen=True):
    """A bin of the calibration curve: so many rows, what was expected, what was seen."""

    rows: int
    expected: float
    seen: Figure


class TargetEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """How one probability did; `models` by name, `model` the release, the others baselines."""

    rows: int
    rate: float
    models: dict[str, Metrics]
    curve: tuple[CurvePoint, ...]


class SliceEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The release on a part of the offers; a target with too few rows is missing."""

    kind: str
    name: str
    offers: int
    targets: dict[str, Metrics]
    order: Metrics


class PlaceEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The recipe learnt without some stations, judged at them later, beside the constant there."""

    stations: tuple[str, ...]
    rows: int
    model: Metrics
    constant: Metrics


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one evaluation but those of the audit."""

    offers: int
    judged_offers: int
    first: int
    last: int
    replicates: int
    seed: int
    targets: dict[str, TargetEvidence]
    order: dict[str, Metrics]
    slices: tuple[SliceEvidence, ...]
    inverse: InverseEvidence | None
    places: tuple[PlaceEvidence, ...]


def judge(data: Dataset, scorer: Scorer, replicates: int, seed: int) -> Judgement:
    """Judge a scorer on the last fifth of the answered offers; baselines learn from all before.

    Raises TrainingError when there is too little to judge.
    """
    split = split_by_time(data.answered())
    test = split.test
    check(split)
    p_accept, p_complete = scorer.probabilities(test.features)
    guesses: dict[Target, dict[str, Probabilities]] = {
        "accept": {MODEL: p_accept},
        "complete": {MODEL: p_complete},
    }
    for target in TARGETS:
        predictors = baselines(target, judged(target, split.learnt))
        guesses[target] |= {name: predict(test) for name, predict in predictors.items()}
    scores = {name: p * guesses["complete"][name] for name, p in guesses["accept"].items()}
    everything = np.ones(len(test), np.bool_)
    return Judgement(
        offers=len(data),
        judged_offers=len(test),
        first=int(test.times[0]),
        last=int(test.times[-1]),
        replicates=replicates,
        seed=seed,
        targets={
            target: _target(target, test, found, replicates, seed)
            for target, found in guesses.items()
        },
        order={
            name: _order(test, score, everything, replicates, seed)
            for name, score in scores.items()
        },
        slices=tuple(_slices(test, guesses, replicates, seed)),
        inverse=inverse_evidence(test, guesses["accept"], replicates, seed),
        places=tuple(_places(split, replicates, seed)),
    )


def check(split: Split) -> None:
    """Raises TrainingError when the first or the last part cannot be judged."""
    for part, rows in (("first", split.train), ("last", split.test)):
        for target in TARGETS:
            known = judged(target, rows)
            if len(known) < LEAST_KNOWN or len(np.unique(labels(target, known))) < 2:
                n, least = len(known), LEAST_KNOWN
                raise TrainingError("unjudged", part=part, target=target, n=n, least=least)


def _bootstrap(data: Dataset, replicates: int, seed: int) -> Bootstrap:
    return Bootstrap(data.jobs, replicates, seed)


def _known(target: Target, data: Dataset) -> Labels:
    return data.known if target == "accept" else data.finished


def _target(
    target: Target, test: Dataset, found: dict[str, Probabilities], replicates: int, seed: int
) -> TargetEvidence:
    rows = _known(target, test)
    known = test.take(rows)
    weights, truth = _bootstrap(known, replicates, seed).rows, labels(target, known)
    p = found[MODEL][rows]
    member = bins(p)
    seen = ratio(weights @ (member * truth[:, None]), weights @ member)
    return TargetEvidence(
        rows=len(known),
        rate=round(float(truth.mean()), 5),
        models={name: _figures(truth, guess[rows], weights) for name, guess in found.items()},
        curve=tuple(
            CurvePoint(
                rows=int(member[:, number].sum()),
                expected=round(float(p[member[:, number] > 0].mean()), 5),
                seen=figure(seen[:, number]),
            )
            for number in range(member.shape[1])
        ),
    )


def _figures(truth: Labels, guess: Probabilities, weights: Probabilities) -> Metrics:
    return figures(metrics(truth, guess, weights))


def _order(
    test: Dataset, scores: Probabilities, rows: Labels, replicates: int, seed: int
) -> Metrics:
    part = test.take(rows)
    order = judge_order(part, scores[rows], _bootstrap(part, replicates, seed), seed)
    return figures({"ndcg_at_10": order.ndcg, "expected_fills": order.fills})


def _slices(
    test: Dataset,
    guesses: dict[Target, dict[str, Probabilities]],
    replicates: int,
    seed: int,
) -> list[SliceEvidence]:
    value = guesses["accept"][MODEL] * guesses["complete"][MODEL]
    found = []
    for part in slices(test):
        targets: dict[str, Metrics] = {}
        for target in TARGETS:
            rows = part.rows & _known(target, test)
            truth = labels(target, test)[rows]
            if len(truth) >= LEAST_ROWS and len(np.unique(truth)) == 2:
                weights = _bootstrap(test.take(rows), replicates, seed).rows
                targets[target] = _figures(truth, guesses[target][MODEL][rows], weights)
        offers = int(part.rows.sum())
        enough = offers >= LEAST_ROWS
        order = _order(test, value, part.rows, replicates, seed) if enough else {}
        found.append(
            SliceEvidence(
                kind=part.kind, name=part.name, offers=offers, targets=targets, order=order
            )
        )
    return found


def _places(split: Split, replicates: int, seed: int) -> list[PlaceEvidence]:
    """Leave every fourth station out in turn; folds with too little to learn or judge are left."""
    stations = sorted(set(split.train.column("station_id")) | set(split.test.column("station_id")))
    found = []
    for fold in range(min(FOLDS, len(stations))):
        held = stations[fold::FOLDS]
        parts = split_by_place(split, held)
        test = parts.test
        if len(test) < LEAST_ROWS or len(np.unique(test.accepted)) < 2:
            continue
        try:
            accept, _ = train(parts)
        except TrainingError:
            continue
        constant: Predictor = baselines("accept", parts.learnt)["constant"]
        weights = _bootstrap(test, replicates, seed).rows
        found.append(
            PlaceEvidence(
                stations=tuple(held),
                rows=len(test),
                model=_figures(test.accepted, accept.probabilities(test.features), weights),
                constant=_figures(test.accepted, constant(test), weights),
            )
        )
    return found
