"""Offers by lot: the logged propensity is what happens, and nothing else of an offer changes."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.facts import ClockTicked, Fact, JobCancelled, PolicyChanged
from events.outcomes import OfferMade
from events.values import Crew, Place, Policy
from matching.engine import Engine
from matching.exploration import draw
from matching.obvious_pool import ObviousPool
from matching.pool import MakePool
from matching.scorer import rules_only
from matching.table_pool import TablePool
from tests.matching.scenario import JOB, WORKER, Scenario
from tests.town import NOW, ZONE
from tests.worlds import record_of

SHARE = 0.2
JOBS = 1_400
POLICY: Final = Policy(explore_share=SHARE, fill_confidence=0.3, waiting_weight=0.0)
ROUND_MS: Final = 60_000


def north(km: float) -> Place:
    return Place(lat=JOB.place.lat + km / 111.195, lon=JOB.place.lon)


def workers(count: int) -> Iterator[Fact]:
    """Ever farther from the job, so that their order is known."""
    for number in range(count):
        yield msgspec.structs.replace(WORKER, worker_id=f"W-{number}", place=north(number))


def postings(count: int, **changes: object) -> Iterator[Fact]:
    """One job after the other, each gone before the next comes; rounds come in between."""
    for number in range(count):
        job_id = f"J-{number}"
        yield msgspec.structs.replace(JOB, job_id=job_id, **changes)
        yield ClockTicked(now=NOW + (number + 1) * ROUND_MS)
        yield JobCancelled(job_id=job_id, zone=ZONE)


def offers_of(
    facts: Iterator[Fact], policy: Policy = POLICY, make_pool: MakePool = TablePool
) -> list[OfferMade]:
    engine = Engine(0, 1, rules_only, make_pool=make_pool)
    log = [ClockTicked(now=NOW), PolicyChanged(policy=policy), *facts]
    steps = [engine.step(record_of(fact, offset)) for offset, fact in enumerate(log)]
    outcomes = (emission.outcome for step in steps for emission in step.emissions)
    return [outcome for outcome in outcomes if isinstance(outcome, OfferMade)]


def market(people: int, jobs: int, **changes: object) -> Iterator[Fact]:
    yield from workers(people)
    yield from postings(jobs, **changes)


@pytest.mark.parametrize("mode", ["instant", "batch"])
def test_a_worker_is_asked_as_often_as_the_logged_propensity_says(mode: str) -> None:
    policy = msgspec.structs.replace(POLICY, mode=mode, round_ms=ROUND_MS)
    offers = offers_of(market(5, JOBS), policy)
    first = {offer.job_id: offer for offer in reversed(offers)}
    asked = Counter(offer.worker_id for offer in first.values())
    propensity = {offer.worker_id: offer.propensity for offer in first.values()}
    assert propensity == {"W-0": 0.8} | {f"W-{n}": pytest.approx(0.05) for n in range(1, 5)}
    assert len(first) == JOBS
    for worker_id, expected in propensity.items():
        assert expected is not None
        spread = np.sqrt(expected * (1 - expected) / JOBS)
        assert abs(asked[worker_id] / JOBS - expected) < 4 * spread, worker_id


def test_given_what_was_asked_before_each_turn_is_as_probable_as_it_says() -> None:
    """Turn by turn: by the sum of the chances less the times it happened (a martingale)."""
    offers = offers_of(market(6, JOBS, headcount=3))
    turns: defaultdict[str, list[OfferMade]] = defaultdict(list)
    for offer in offers:
        turns[offer.job_id].append(offer)
    surprise, variance, explored = 0.0, 0.0, 0
    for made in turns.values():
        for turn, offer in enumerate(made):
            is_free = len({f"W-{n}" for n in range(6)} - {o.worker_id for o in made[:turn]}) > 1
            chance = SHARE if is_free else 0.0
            surprise += (offer.via == "exploration") - chance
            variance += chance * (1 - chance)
            explored += offer.via == "exploration"
    assert len(offers) > 2 * JOBS
    assert explored > JOBS / 4
    assert abs(surprise) < 4 * np.sqrt(variance)


def test_without_a_share_every_choice_is_certain() -> None:
    offers = offers_of(market(5, 50, headcount=2), Policy())
    assert {(offer.via, offer.propensity) for offer in offers} == {("ranking", 1.0)}


def test_the_only_one_is_certain_to_be_asked() -> None:
    offers = offers_of(market(1, 50))
    assert {(offer.via, offer.propensity) for offer in offers} == {("ranking", 1.0)}


def test_both_pools_draw_the_same() -> None:
    explored = offers_of(market(9, 60, headcount=2))
    assert explored == offers_of(market(9, 60, headcount=2), make_pool=ObviousPool)
    assert "exploration" in {offer.via for offer in explored}


def test_nobody_is_drawn_from_farther_than_the_one_they_replace() -> None:
    far = msgspec.structs.replace(WORKER, place=north(15), station_id=f"{ZONE}-10")
    there = (msgspec.structs.replace(far, worker_id=f"W-far-{n}") for n in range(4))
    offers = offers_of(iter([*workers(4), *there, *postings(200)]))
    assert {offer.ring for offer in offers} == {0}
    assert {offer.via for offer in offers} == {"ranking", "exploration"}


def test_a_crew_is_replaced_only_by_one_that_takes_as_many_places() -> None:
    town = Scenario()
    town.happens(PolicyChanged(policy=msgspec.structs.replace(POLICY, explore_share=0.5)))
    for number in range(3):
        leader = f"W-crew-{number}"
        town.available(leader, crew=Crew(leader_id=leader, size=4), place=north(number))
        town.available(f"W-one-{number}", place=north(number))
    explored = 0
    for number in range(60):
        town.posted(job_id=f"J-{number}", headcount=4, accepts_crews=True)
        first, *_ = town.said(OfferMade)
        assert first.places == 4
        explored += first.via == "exploration"
        town.happens(JobCancelled(job_id=f"J-{number}", zone=ZONE))
    assert 15 < explored < 45


def test_the_best_is_next_in_turn_when_somebody_else_was_drawn() -> None:
    by_job: defaultdict[str, list[OfferMade]] = defaultdict(list)
    for offer in offers_of(market(5, 300, headcount=2)):
        by_job[offer.job_id].append(offer)
    for offers in by_job.values():
        ranked = [offer.worker_id for offer in offers if offer.via == "ranking"]
        by_lot = {offer.worker_id for offer in offers if offer.via == "exploration"}
        order = [f"W-{n}" for n in range(5) if f"W-{n}" not in by_lot]
        assert ranked == order[: len(ranked)]


@given(st.text(max_size=8), st.integers(0, 2**40), st.integers(0, 1_000))
def test_a_draw_is_a_function_of_its_place_in_the_log(job: str, offset: int, turn: int) -> None:
    coin, pick = draw(ZONE, job, offset, turn)
    assert 0.0 <= coin <= 1.0
    assert 0 <= pick < 2**64
    assert (coin, pick) == draw(ZONE, job, offset, turn)


def test_draws_are_even() -> None:
    drawn = [draw(ZONE, f"J-{n % 50}", n, n % 3) for n in range(6_000)]
    coins = np.histogram([coin for coin, _ in drawn], bins=10, range=(0, 1))[0]
    picks = np.bincount([pick % 7 for _, pick in drawn])
    assert ((coins - 600) ** 2 / 600).sum() < 27.9  # chi-squared, 9 degrees, 1 in 1,000
    assert ((picks - 6_000 / 7) ** 2 / (6_000 / 7)).sum() < 22.5  # 6 degrees
