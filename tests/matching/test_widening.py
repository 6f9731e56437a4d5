"""Rings of travel: township first, then farther by time. One rule for offers at once and rounds."""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from events.facts import JobCancelled, PolicyChanged
from events.outcomes import OfferMade
from events.values import Place, Policy
from matching.widening import beyond
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, ZONE

Mode = Literal["instant", "batch"]

TIER_MINUTES: Final = 15
ROUND_MINUTES: Final = 5
POLICY: Final = Policy(
    tier_ms=TIER_MINUTES * HOUR // 60,
    round_ms=ROUND_MINUTES * HOUR // 60,
    offer_ttl_ms=6 * HOUR,
    waiting_weight=0.0,
    fill_confidence=0.3,
)
OTHER: Final = f"{ZONE}-10"


class Town(Scenario):
    """A market in one of the modes; in "batch" offers are made in the next round."""

    def __init__(self, mode: Mode, **changes: object) -> None:
        super().__init__()
        self.mode = mode
        self.happens(PolicyChanged(policy=msgspec.structs.replace(POLICY, mode=mode, **changes)))

    def offers(self) -> list[tuple[str, int | None]]:
        """Who is asked by now, and of which ring."""
        if self.mode == "batch":
            self.passes(ROUND_MINUTES / 60)
        return [(offer.worker_id, offer.ring) for offer in self.said(OfferMade)]


@pytest.fixture(params=["instant", "batch"])
def town(request: pytest.FixtureRequest) -> Town:
    return Town(request.param)


def away(km: float) -> Place:
    return Place(lat=JOB.place.lat + km / 111.195, lon=JOB.place.lon)


def test_the_own_station_is_asked_before_those_who_travel_though_they_rank_higher(
    town: Town,
) -> None:
    town.available("W-own", place=away(13))
    town.available("W-next", place=away(8), station_id=OTHER)
    town.posted()
    assert town.offers() == [("W-own", 0)]
    (offer,) = town.said(OfferMade)
    assert (offer.rank, offer.tier, offer.via) == (2, 1, "ranking")


@pytest.mark.parametrize("mode", ["instant", "batch"])
@pytest.mark.parametrize(("tiers", "asked"), [(0, ("W-own-too", 0)), (1, ("W-next", 1))])
def test_each_tier_widens_by_a_ring_and_then_the_better_is_asked_first(
    mode: Mode, tiers: int, asked: tuple[str, int]
) -> None:
    town = Town(mode, fill_confidence=0.01)
    town.available("W-own", place=away(13))
    town.available("W-own-too", place=away(13))
    town.available("W-next", place=away(8), station_id=OTHER)
    town.posted()
    assert town.offers() == [("W-own", 0)]
    town.passes(tiers * TIER_MINUTES / 60)
    town.declines("W-own")
    assert town.offers() == [asked]
    assert [offer.tier for offer in town.said(OfferMade)] == [1 + tiers]


def test_when_too_few_are_near_the_next_ring_is_asked_at_once(town: Town) -> None:
    town.available("W-next", place=away(8), station_id=OTHER)
    town.available("W-last", place=away(18), station_id=OTHER)
    town.posted(headcount=2)
    assert town.offers() == [("W-next", 1), ("W-last", 2)]


def test_of_farther_rings_only_as_many_are_asked_as_are_too_few_nearer(town: Town) -> None:
    """Together the two of the next ring would be worth more than one of them and the nearest."""
    town.available("W-own", place=away(16))
    town.available("W-next", place=away(8), station_id=OTHER)
    town.available("W-next-too", place=away(9), station_id=OTHER)
    town.posted(headcount=2)
    assert town.offers() == [("W-own", 0), ("W-next", 1)]


def test_travel_is_time_so_a_car_is_nearer_than_a_walker(town: Town) -> None:
    town.available("W-walks", place=away(4), station_id=OTHER, travel_mode="walk")
    town.available("W-drives", place=away(10), station_id=OTHER, travel_mode="car")
    town.posted()
    assert town.offers() == [("W-drives", 0)]


@pytest.mark.parametrize("mode", ["instant", "batch"])
def test_without_rings_everybody_is_near(mode: Mode) -> None:
    town = Town(mode, ring_minutes=())
    town.available("W-own", place=away(13))
    town.available("W-next", place=away(8), station_id=OTHER)
    town.posted()
    assert town.offers() == [("W-next", 0)]


@pytest.mark.parametrize("mode", ["instant", "batch"])
def test_nobody_is_drawn_by_lot_from_farther_than_the_one_they_replace(mode: Mode) -> None:
    town = Town(mode, explore_share=0.5)
    for number in range(3):
        town.available(f"W-near-{number}")
        town.available(f"W-far-{number}", place=away(15), station_id=OTHER)
    made = []
    for number in range(12):
        job_id = f"J-{number}"
        town.posted(job_id=job_id)
        made += town.offers()
        town.happens(JobCancelled(job_id=job_id, zone=ZONE))
    assert len({worker_id for worker_id, _ in made}) == 3
    assert {ring for _, ring in made} == {0}


def test_who_is_chosen_for_another_job_in_reach_leaves_the_next_ring_to_a_job() -> None:
    """Both jobs have the same only worker near by: one of them goes farther in the same round."""
    town = Town("batch")
    town.available("W-near")
    town.available("W-far", place=away(8), station_id=OTHER)
    town.posted(job_id="J-1")
    town.posted(job_id="J-2")
    assert sorted(town.offers()) == [("W-far", 1), ("W-near", 0)]
    assert len({offer.job_id for offer in town.said(OfferMade)}) == 2


def test_a_job_that_has_searched_longer_looks_farther_in_the_same_round() -> None:
    town = Town("batch", fill_confidence=0.01)
    town.posted(job_id="J-old")
    town.passes(TIER_MINUTES / 60)
    town.posted(job_id="J-new")
    town.available("W-own", place=away(13))
    town.available("W-next", place=away(8), station_id=OTHER)
    town.offers()
    asked = {offer.job_id: offer.worker_id for offer in town.said(OfferMade)}
    assert asked == {"J-old": "W-next", "J-new": "W-own"}


DISTANCES: Final = st.lists(st.tuples(st.floats(0.5, 19.0), st.booleans()), min_size=1, max_size=7)


@given(people=DISTANCES, jobs=st.lists(st.floats(0.0, 12.0), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_round_is_the_best_for_those_in_reach_then_for_the_next_ring(
    people: list[tuple[float, bool]], jobs: list[float]
) -> None:
    """Against scipy: the offers of each ring are worth as much as any could be worth."""
    town = Town("batch", fill_confidence=0.01)
    for number, (km, is_own) in enumerate(people):
        town.available(
            f"W-{number}", place=away(km), station_id=JOB.station_id if is_own else OTHER
        )
    for number, km in enumerate(jobs):
        town.posted(job_id=f"J-{number}", place=away(km))
    town.offers()
    worth, rings = pairs_of(town, len(jobs), len(people))
    asked = [(int(o.job_id[2:]), int(o.worker_id[2:])) for o in town.said(OfferMade)]
    for ring, value, best in best_by_rings(worth, rings, asked):
        assert value == pytest.approx(best), f"ring {ring}"
    assert len(asked) == len(set(asked))


def pairs_of(town: Town, jobs: int, people: int) -> tuple[np.ndarray, np.ndarray]:
    """What each pair is worth, and how many rings beyond reach it lies; both (jobs, people)."""
    worth, rings = np.zeros((jobs, people)), np.full((jobs, people), -1)
    for number in range(jobs):
        job = town.market.state.jobs[f"J-{number}"]
        ranking = town.market.ledger.rank_workers(job)
        farther = beyond(ranking.candidates.features, job, town.market.state.policy)
        for scored in ranking:
            at = number, int(scored.id[2:])
            worth[at], rings[at] = scored.value, farther[scored.row]
    return worth, rings


def best_by_rings(
    worth: np.ndarray, rings: np.ndarray, asked: list[tuple[int, int]]
) -> Iterator[tuple[int, float, float]]:
    """Ring by ring the value of the offers, and the most that was possible after the nearer."""
    jobs, people = set(range(worth.shape[0])), set(range(worth.shape[1]))
    for ring in range(int(rings.max()) + 1):
        here = [pair for pair in asked if rings[pair] == ring]
        left = np.ix_(sorted(jobs), sorted(people))
        possible = np.where(rings[left] == ring, worth[left], 0.0)
        rows, columns = linear_sum_assignment(possible, maximize=True)
        yield ring, sum(worth[pair] for pair in here), float(possible[rows, columns].sum())
        jobs -= {job for job, _ in here}
        people -= {person for _, person in here}
