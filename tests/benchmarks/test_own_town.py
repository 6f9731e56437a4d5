"""A town that learns from its own log, and what the studies of it measure."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.choices import (
    ANYBODY,
    KNOWABLE,
    MODEL,
    ORACLE,
    Judged,
    baseline_guesses,
    candidates_of,
    figures,
    knowable_guess,
    release_guess,
    true_guess,
)
from benchmarks.own_town import DAY_MS, OwnTown, World
from benchmarks.shock import loss, recovered
from benchmarks.study import Figures
from events.envelope import parse_time
from models.dataset import Dataset

BEGIN = parse_time("2027-04-01T00:00:00+08:00", "begin")
DAYS = 8


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> OwnTown:
    """Eight days under the rules, then one under what was learnt from them."""
    town = OwnTown(World(5, BEGIN, 400), tmp_path_factory.mktemp("releases"))
    town.explore(0.1)
    town.live(DAYS)
    release = town.learn()
    town.promote(release)
    town.live(1, listen=True)
    return town


@pytest.fixture(scope="module")
def judged(town: OwnTown) -> dict[str, Figures]:
    learnt, later, candidates = (
        _before(town),
        Judged.of(town.offers(DAYS)),
        candidates_of(town.choices, town.zone),
    )
    scorer = town.registry.open(town.registry.newest())
    guesses = {
        **baseline_guesses(learnt, candidates, later),
        MODEL: release_guess(scorer, candidates, later),
        KNOWABLE: knowable_guess(town, later, DAYS),
        ORACLE: true_guess(town, later),
    }
    return {name: figures(town.choices, guess, later) for name, guess in guesses.items()}


def _before(town: OwnTown) -> Dataset:
    data = town.offers()
    return data.take(np.asarray(data.times < BEGIN + DAYS * DAY_MS))


def test_only_jobs_of_the_days_listened_to_are_choices(town: OwnTown) -> None:
    assert 0 < len(town.choices) < 50
    for choice in town.choices:
        assert choice.features.shape[0] == len(choice.workers) == len(choice.p_accept)
        assert (choice.p_accept >= 0).all()
        assert (choice.values <= 1).all()


def test_offers_are_those_from_the_day_on_and_the_promoted_release_makes_them(
    town: OwnTown,
) -> None:
    later = town.offers(DAYS)
    assert (later.times >= BEGIN + DAYS * DAY_MS).all()
    assert set(later.column("release")) == {town.registry.newest()}
    assert len(town.offers()) == len(_before(town)) + len(later)


def test_nothing_is_worth_more_than_the_truth_and_it_is_worth_more_than_anybody(
    judged: dict[str, Figures],
) -> None:
    assert all(judged[ORACLE]["value"] >= figures["value"] for figures in judged.values())
    assert judged[ORACLE]["value"] > judged[ANYBODY]["value"]
    assert judged[ORACLE]["log_loss"] < judged[ANYBODY]["log_loss"]


def test_what_can_be_known_is_less_than_the_truth_and_more_than_what_a_release_learns(
    judged: dict[str, Figures],
) -> None:
    assert judged[ORACLE]["value"] > judged[KNOWABLE]["value"] > judged[MODEL]["value"]


def test_what_cannot_tell_candidates_apart_is_worth_what_anybody_is(
    judged: dict[str, Figures],
) -> None:
    assert judged["pay"]["value"] == judged[ANYBODY]["value"]


def test_the_same_world_is_lived_again(town: OwnTown, tmp_path: Path) -> None:
    again = OwnTown(World(5, BEGIN, 400), tmp_path)
    again.explore(0.1)
    again.live(1)
    first = town.offers()
    alike = again.offers()
    assert alike.offers.tolist() == first.offers[: len(alike)].tolist()


def test_the_truth_loses_nothing_and_a_shock_is_recovered_in_shares() -> None:
    truth = np.array([0.2, 0.7, 0.95])
    assert loss(truth, truth) == pytest.approx(0.0)
    assert loss(np.full(3, 0.5), truth) > loss(np.array([0.25, 0.7, 0.9]), truth) > 0
    losses = {"stale": 0.10, "settled": 0.02, "week": 0.04}
    assert recovered(losses, "stale") == 0.0
    assert recovered(losses, "week") == pytest.approx(0.75)
    assert recovered(losses, "settled") == 1.0
