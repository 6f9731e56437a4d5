"""Pairs with their features, score and reasons in words, for a person's eye to check."""

import msgspec
import numpy as np

from events.texts import LANGUAGES, text
from matching.features import FEATURES
from matching.reasons import reasons
from matching.scorer import Scorer
from models.dataset import Dataset

CASES = 50


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A reason: its code, the points it moved the score by, and its words by language."""

    code: str
    points: float
    words: dict[str, str]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One offer as it was made, and why the release scores it so."""

    offer_id: str
    features: dict[str, float | None]
    p_accept: float
    p_complete: float
    score: float
    accepted: bool
    reasons: tuple[Said, ...]


def cases(data: Dataset, scorer: Scorer, seed: int, count: int = CASES) -> tuple[Case, ...]:
    """Some offers, evenly spread over the scores, one of each step drawn by a seed."""
    p_accept, p_complete = scorer.probabilities(data.features)
    random = np.random.default_rng(seed)
    steps = np.array_split(np.argsort(p_accept * p_complete, kind="stable"), count)
    rows = [int(random.choice(step)) for step in steps if len(step)]
    features = data.features[rows]
    why = reasons(features, scorer.contributions(features))
    ids = data.column("offer_id")
    return tuple(
        Case(
            offer_id=str(ids[row]),
            features={
                name: None if np.isnan(value) else round(float(value), 3)
                for name, value in zip(FEATURES, data.features[row], strict=True)
            },
            p_accept=round(float(p_accept[row]), 4),
            p_complete=round(float(p_complete[row]), 4),
            score=round(float(p_accept[row] * p_complete[row]), 4),
            accepted=bool(data.accepted[row]),
            reasons=tuple(
                Said(
                    code=reason.code,
                    points=reason.contribution,
                    words={lang: text(f"reason.{reason.code}", lang) for lang in LANGUAGES},
                )
                for reason in said
            ),
        )
        for row, said in zip(rows, why, strict=True)
    )
