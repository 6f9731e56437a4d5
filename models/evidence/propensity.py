"""What would be seen if everybody who could have been asked had been: inverse propensities.

The log holds answers of those who were asked, and who is asked depends on the model. Where the
policy explores, each turn to ask carries the probability of whoever got it; weighed by one over
it, the answers stand for all pairs that could have been asked (Horvitz and Thompson 1952; the
self-normalised form: Swaminathan and Joachims 2015). Few rows carry most of the weight, so the
intervals are wide: `effective` is how many even ones they are worth (Kish 1965).
"""

import msgspec
import numpy as np

from models.baselines import Probabilities
from models.dataset import Dataset, Labels
from models.evidence.bootstrap import Bootstrap, Figure, figure, figures, metrics, ratio

LEAST_EXPLORED = 50
"""Fewer offers by lot say nothing."""


class InverseEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Estimates from exploring turns; `models` by name, each figure as in `bootstrap.metrics`.

    `by_rank` and `by_lot` are the shares of yes of those whom the ranking and whom the lot chose.
    """

    turns: int
    by_lot_offers: int
    effective: float
    by_rank: Figure
    by_lot: Figure
    lift: Figure | None
    models: dict[str, dict[str, Figure]]


def exploring(data: Dataset) -> Labels:
    """The turns in which somebody else could have been asked."""
    propensity = data.column("propensity").astype(float)
    by_turn = np.isin(data.column("via").astype(np.str_), ("ranking", "exploration"))
    return by_turn & (propensity < 1.0)


def inverse_evidence(
    data: Dataset, models: dict[str, Probabilities], replicates: int, seed: int
) -> InverseEvidence | None:
    """The estimates for answered offers, or None when too few were by lot."""
    rows = exploring(data)
    turns = data.take(rows)
    lot = turns.column("via").astype(np.str_) == "exploration"
    if lot.sum() < LEAST_EXPLORED or lot.all():
        return None
    inverse = 1.0 / turns.column("propensity").astype(float)
    weights = Bootstrap(turns.jobs, replicates, seed).rows
    by_rank, by_lot = (
        ratio(weights[:, chosen] @ turns.accepted[chosen], weights[:, chosen].sum(axis=1))
        for chosen in (~lot, lot)
    )
    return InverseEvidence(
        turns=len(turns),
        by_lot_offers=int(lot.sum()),
        effective=round(float(inverse.sum() ** 2 / (inverse**2).sum()), 1),
        by_rank=figure(by_rank),
        by_lot=figure(by_lot),
        lift=figures({"lift": ratio(by_rank, by_lot)}).get("lift"),
        models={
            name: figures(metrics(turns.accepted, guess[rows], weights * inverse))
            for name, guess in models.items()
        },
    )
