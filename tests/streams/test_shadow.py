"""The shadow watches and changes nothing, whatever the candidate does."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from events.envelope import Record
from gigmatch.fold import bytes_of
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from matching.features import FEATURES
from matching.scorer import (
    RULES,
    Best,
    Features,
    OpenScorer,
    Probabilities,
    RuleScorer,
    Scorer,
    Weights,
    rules_only,
)
from models.registry import Registry
from streams import shadow
from streams.shadow import Seen, Shadow, compare
from tests.system.matchers import town_log
from tests.worlds import worlds

RESULTS = ("scored", "dropped", "too_large", "failed")
PACKAGED = Registry(PACKAGED_RELEASES)
CANDIDATE = PACKAGED.open(PACKAGED.newest())


class Vandal(RuleScorer):
    """Overwrites what it is given, then fails."""

    release = "sha256:vandal"

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        features[:] = np.nan
        weights.waiting[:] = 0
        raise RuntimeError("a broken candidate")


class Stuck(RuleScorer):
    """Scores nothing before it is told to."""

    release = "sha256:stuck"

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def best(self, features: Features, weights: Weights, count: int) -> Best:
        assert self.go_on.wait(120)
        return super().best(features, weights, count)


class Doubtful(RuleScorer):
    """Sees the same order with lower probabilities."""

    release = "sha256:doubtful"

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        accept, complete = super().probabilities(features)
        return accept, complete * 0.5


def folded(log: Sequence[Record], open_scorer: OpenScorer) -> tuple[list[bytes], str]:
    engine = Engine(0, 1, open_scorer)
    said = [bytes_of(emission) for record in log for emission in engine.step(record).emissions]
    return said, engine.state_hash()


@settings(max_examples=40)
@given(log=worlds(), candidate=st.sampled_from([CANDIDATE, Doubtful(), RuleScorer()]))
def test_outcomes_are_the_same_bytes_with_a_shadow(
    log: tuple[Record, ...], candidate: Scorer
) -> None:
    with Shadow(rules_only, candidate, share=1.0) as watching:
        assert folded(log, watching.open) == folded(log, rules_only)


@pytest.mark.parametrize("candidate", [CANDIDATE, Vandal()])
def test_a_day_of_the_town_has_the_same_outcomes_with_any_shadow(candidate: Scorer) -> None:
    log = town_log(days=0.4)
    with Shadow(rules_only, candidate, share=0.5) as watching:
        assert folded(log, watching.open) == folded(log, rules_only)


def test_what_is_ranked_again_in_a_rebuild_is_not_shown() -> None:
    log = town_log(days=0.1)
    before = sum(map(_result, RESULTS))
    with Shadow(rules_only, CANDIDATE, share=1.0) as watching:
        rebuilds = [threading.Thread(target=folded, args=(log, watching.open)) for _ in range(2)]
        for rebuild in rebuilds:
            rebuild.start()
        for rebuild in rebuilds:
            rebuild.join()
        assert sum(map(_result, RESULTS)) == before
        folded(log, watching.open)
    assert sum(map(_result, RESULTS)) > before


def test_a_shadow_tells_how_much_it_would_change() -> None:
    before = {name: _count(name) for name in ("overlap", "score_difference", "seconds")}
    scored = _result("scored")
    with Shadow(rules_only, CANDIDATE, share=1.0) as watching:
        scorer = watching.open(RULES)
        for _ in range(5):
            scorer.best(_rows(40), _weights(40), 10)
    assert _result("scored") == scored + 5
    for name, count in before.items():
        assert _count(name) == count + 5


def test_only_the_share_asked_for_is_scored() -> None:
    scored = _result("scored")
    with Shadow(rules_only, CANDIDATE, share=0.25) as watching:
        for _ in range(8):
            watching.open(RULES).best(_rows(5), _weights(5), 3)
    assert _result("scored") == scored + 2


def test_who_falls_behind_drops_rankings_and_holds_nobody_up() -> None:
    dropped, scored, stuck = _result("dropped"), _result("scored"), Stuck()
    with Shadow(rules_only, stuck, share=1.0) as watching:
        for _ in range(50):
            watching.open(RULES).best(_rows(5), _weights(5), 3)
        stuck.go_on.set()
    assert _result("dropped") > dropped
    assert _result("dropped") - dropped + _result("scored") - scored == 50


def test_a_ranking_too_large_to_copy_is_left_out() -> None:
    large, scored = _result("too_large"), _result("scored")
    many = shadow.MOST_PAIRS + 1
    with Shadow(rules_only, CANDIDATE, share=1.0) as watching:
        watching.open(RULES).best(_rows(many), _weights(many), 3)
    assert (_result("too_large"), _result("scored")) == (large + 1, scored)


def test_a_candidate_that_fails_is_counted() -> None:
    failed = _result("failed")
    with Shadow(rules_only, Vandal(), share=1.0) as watching:
        rows = _rows(5)
        watching.open(RULES).best(rows, _weights(5), 3)
    assert _result("failed") == failed + 1
    assert np.isfinite(rows).all()


def test_the_candidate_itself_is_not_watched() -> None:
    with Shadow(lambda _: CANDIDATE, CANDIDATE, share=1.0) as watching:
        assert watching.open(CANDIDATE.release) is CANDIDATE
    with pytest.raises(KeyError):
        Shadow(rules_only, CANDIDATE, share=1.0).open("sha256:unknown")


def test_all_else_is_the_scorer_at_work() -> None:
    rules, rows = RuleScorer(), _rows(6)
    watched = Shadow(rules_only, CANDIDATE, share=1.0).open(RULES)
    assert watched.release == RULES
    assert np.array_equal(watched.probabilities(rows), rules.probabilities(rows))
    assert np.array_equal(watched.contributions(rows), rules.contributions(rows))


def test_the_same_order_overlaps_and_lower_scores_shift() -> None:
    rows, weights, rules = _rows(30), _weights(30), RuleScorer()
    same = compare(Seen(rows, weights, 10, rules.best(rows, weights, 10)), rules)
    assert (same.overlap, same.shift, same.difference) == (1.0, 0.0, 0.0)
    lower = compare(Seen(rows, weights, 10, rules.best(rows, weights, 10)), Doubtful())
    assert lower.overlap == 1.0
    assert lower.shift == pytest.approx(-lower.difference)
    assert lower.difference > 0.05


def _rows(count: int) -> Features:
    random = np.random.default_rng(count)
    return np.asfortranarray(random.random((count, len(FEATURES))) * 9, np.float32)


def _weights(count: int) -> Weights:
    return Weights(np.ones(count), np.ones(count))


def _result(result: str) -> float:
    return REGISTRY.get_sample_value("gigmatch_shadow_rankings_total", {"result": result}) or 0.0


def _count(name: str) -> float:
    return REGISTRY.get_sample_value(f"gigmatch_shadow_{name}_count") or 0.0
