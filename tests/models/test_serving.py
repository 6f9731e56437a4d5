"""What the model learns from is what it is asked when serving."""

from pathlib import Path

from events.codec import decode_outcome
from events.facts import (
    ModelPromoted,
)
from events.outcomes import OfferMade
from events.topics import OUTCOMES
from matching.scorer import Best, Probabilities, Scorer, Weights, rules_only
from models.dataset import Features
from models.registry import Registry
from models.release import build
from models.replay import read_dataset
from tests.models.logbook import LogBook, live_through


def outcomes(book: LogBook, kind: type[OfferMade]) -> list[OfferMade]:
    """The outcomes of one kind in a log."""
    decoded = [decode_outcome(record)[1] for record in book.records if record.topic == OUTCOMES]
    return [outcome for outcome in decoded if isinstance(outcome, kind)]


class Watched:
    """A scorer that keeps every row it was asked about while serving."""

    def __init__(self, scorer: Scorer, rows: set[bytes]) -> None:
        self.release: str = scorer.release
        self._scorer, self._rows = scorer, rows

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        self._rows.update(row.tobytes() for row in features)
        return self._scorer.probabilities(features)

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        self._rows.update(row.tobytes() for row in features)
        return self._scorer.best(features, weights, count)

    def contributions(self, features: Features) -> Probabilities:
        return self._scorer.contributions(features)


def test_training_rows_are_serving_rows_bit_for_bit(
    registry: Registry, release: str, tmp_path: Path
) -> None:
    served: set[bytes] = set()
    book = LogBook(lambda id: Watched(registry.open(id), served))
    book.tell(ModelPromoted(release=release))
    live_through(book, seed=4)
    data, _ = read_dataset(book.write(tmp_path / "log.jsonl"), 1, registry.open)
    offers = {outcome.offer_id: outcome for outcome in outcomes(book, OfferMade)}
    p_accept, p_complete = registry.open(release).probabilities(data.features)
    assert len(data) > 200
    for row, offer_id in enumerate(data.offers):
        offer = offers[str(offer_id)]
        assert data.features[row].tobytes() in served
        assert (offer.at, offer.model) == (data.times[row], release)
        assert (offer.p_accept, offer.p_complete) == (
            round(float(p_accept[row]), 6),
            round(float(p_complete[row]), 6),
        )


def test_the_same_log_gives_the_same_release(registry: Registry, tmp_path: Path) -> None:
    book = LogBook()
    live_through(book, seed=5, days=28)
    log = book.write(tmp_path / "log.jsonl")
    first, again = (
        registry.add(*build(data, (source,), "a tiny log"))
        for data, source in (read_dataset(log, 1, rules_only) for _ in range(2))
    )
    assert first == again
    assert registry.open(first).release == first
