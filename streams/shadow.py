"""Shadow scoring: a candidate scores some of the live rankings too, for metrics and nothing else.

The matcher hands over a copy of a ranking's features and what came of it, and goes on; a thread of
its own scores them. When it falls behind, rankings are left out. Nothing it does or fails to do
reaches an outcome.
"""

import queue
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import structlog
from prometheus_client import Counter, Histogram

from matching.scorer import Best, Features, OpenScorer, Probabilities, Scorer, Weights

RANKINGS: Final = Counter(
    "gigmatch_shadow_rankings",
    "Rankings the shadow was shown: scored, dropped when behind, too_large, failed",
    ["result"],
)
OVERLAP: Final = Histogram(
    "gigmatch_shadow_overlap",
    "Share of a ranking's best that are the shadow's best too",
    buckets=[step / 10 for step in range(10)] + [0.999],
)
SHIFT: Final = Histogram(
    "gigmatch_shadow_score_shift",
    "Mean of the shadow's score less the score at work, over a ranking's best",
    buckets=(-0.3, -0.2, -0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1, 0.2, 0.3),
)
DIFFERENCE: Final = Histogram(
    "gigmatch_shadow_score_difference",
    "Mean distance of the two scores, over a ranking's best",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3),
)
SECONDS: Final = Histogram(
    "gigmatch_shadow_seconds",
    "Scoring one ranking in the shadow",
    buckets=(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25),
)

MOST_PAIRS: Final = 5_000
"""Larger rankings are left out: scoring them would hold up the matcher for milliseconds."""
_MOST_WAITING: Final = 8

_log = structlog.get_logger()


class Seen(NamedTuple):
    """A ranking as the scorer at work saw it; `features` is a copy."""

    features: Features
    weights: Weights
    size: int
    best: Best


class Shadow:
    """Scores every n-th ranking with a candidate, n = 1 / share. A context manager.

    `open` stands in for the `OpenScorer` it is given. Rankings count when they are made in the
    thread that made the shadow: others rebuild partitions, and rank again what was ranked before.
    """

    def __init__(self, open_scorer: OpenScorer, candidate: Scorer, share: float) -> None:
        self._open_scorer = open_scorer
        self._candidate = candidate
        self._every = max(1, round(1 / share))
        self._live = threading.get_ident()
        self._count = 0
        self._waiting: queue.Queue[Seen | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)

    def __enter__(self) -> "Shadow":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.put(None)
        self._thread.join()

    def open(self, release: str) -> Scorer:
        """The scorer of a release, watched unless it is the candidate itself. Raises KeyError."""
        scorer = self._open_scorer(release)
        return scorer if release == self._candidate.release else _Watched(scorer, self._show)

    def _show(self, features: Features, weights: Weights, count: int, best: Best) -> None:
        if threading.get_ident() != self._live:
            return
        self._count += 1
        if self._count % self._every:
            return
        if len(features) > MOST_PAIRS:
            RANKINGS.labels("too_large").inc()
            return
        own = Weights(weights.waiting.copy(), weights.trust.copy())
        try:
            self._waiting.put_nowait(Seen(features.copy(order="F"), own, count, best))
        except queue.Full:
            RANKINGS.labels("dropped").inc()

    def _work(self) -> None:
        while (seen := self._waiting.get()) is not None:
            try:
                with SECONDS.time():
                    compared = compare(seen, self._candidate)
            except Exception as error:
                RANKINGS.labels("failed").inc()
                _log.warning("the shadow cannot score", why=str(error))
                time.sleep(1.0)  # a candidate that always fails should not fill the log
                continue
            RANKINGS.labels("scored").inc()
            OVERLAP.observe(compared.overlap)
            SHIFT.observe(compared.shift)
            DIFFERENCE.observe(compared.difference)


class Compared(NamedTuple):
    """How a candidate ranks what another has ranked; scores are P(accept) x P(complete)."""

    overlap: float
    shift: float
    difference: float


def compare(seen: Seen, candidate: Scorer) -> Compared:
    """Score a ranking again; at least one pair."""
    theirs = candidate.best(seen.features, seen.weights, seen.size)
    common = np.intersect1d(seen.best.rows, theirs.rows)
    p_accept, p_complete = candidate.probabilities(seen.features[seen.best.rows])
    change = p_accept * p_complete - seen.best.p_accept * seen.best.p_complete
    return Compared(
        overlap=len(common) / max(len(seen.best.rows), len(theirs.rows)),
        shift=float(change.mean()),
        difference=float(np.abs(change).mean()),
    )


class _Watched:
    """A scorer that shows its rankings; in all else the one it stands for."""

    def __init__(
        self, scorer: Scorer, show: Callable[[Features, Weights, int, Best], None]
    ) -> None:
        self._scorer = scorer
        self._show = show

    @property
    def release(self) -> str:
        """See `Scorer.release`."""
        return self._scorer.release

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        """See `Scorer.probabilities`."""
        return self._scorer.probabilities(features)

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        """See `Scorer.best`."""
        best = self._scorer.best(features, weights, count)
        if len(best.rows):
            self._show(features, weights, count, best)
        return best

    def contributions(self, features: Features) -> Probabilities:
        """See `Scorer.contributions`."""
        return self._scorer.contributions(features)
