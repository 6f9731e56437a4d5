"""Crews and single workers together fill as much as they can."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.outcomes import BookingConfirmed, JobFilled, MatchRanked, OfferMade, OfferWithdrawn
from events.values import Interval, Place
from matching.crews import best_fill
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW

candidates = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from((0.125, 0.25, 0.5, 0.75))), max_size=7
)


@given(candidates, st.integers(1, 12))
def test_no_other_choice_fills_more_or_is_worth_more(
    given_: list[tuple[int, float]], room: int
) -> None:
    def rated(chosen: tuple[int, ...]) -> tuple[int, float]:
        places = sum(given_[index][0] for index in chosen)
        return places, sum(given_[index][0] * given_[index][1] for index in chosen)

    choices = (
        rated(chosen)
        for size in range(len(given_) + 1)
        for chosen in combinations(range(len(given_)), size)
    )
    found = best_fill(given_, room)
    assert found == sorted(set(found))
    assert rated(tuple(found)) == max(choice for choice in choices if choice[0] <= room)


def test_the_first_of_equals_is_taken() -> None:
    assert best_fill([(1, 0.5), (1, 0.5), (1, 0.5)], 2) == [0, 1]
    assert best_fill([], 3) == []
    assert best_fill([(4, 0.9)], 3) == []


def test_a_single_worker_does_not_keep_a_crew_from_filling_the_job() -> None:
    town = Scenario()
    town.crew("W-crew", 4)
    town.available("W-near", place=Place(lat=29.60, lon=103.48))
    town.posted(headcount=4, accepts_crews=True)
    first = town.said(OfferMade)[0]
    assert (first.worker_id, first.places) == ("W-crew", 4)


def test_a_crew_and_single_workers_together_fill_a_job() -> None:
    town = Scenario()
    town.crew("W-crew", 4)
    for number in range(3):
        town.available(f"W-{number}", place=Place(lat=29.60, lon=103.48))
    town.posted(headcount=6, accepts_crews=True)
    asked = {offer.worker_id: offer.places for offer in town.said(OfferMade)}
    assert asked["W-crew"] == 4
    assert sum(asked.values()) >= 6


def test_a_crew_takes_its_places_whole(town: Scenario) -> None:
    town.crew("W-1", size=3)
    town.posted(job_id="J-1", headcount=2, accepts_crews=True)
    assert town.said(MatchRanked)[0].excluded == {"crew": 1}
    town.posted(job_id="J-2", headcount=3, accepts_crews=True)
    town.accepts("W-1")
    assert town.said(BookingConfirmed)[0].places == 3
    assert len(town.said(JobFilled)) == 1


def test_a_crew_comes_whole_or_not_at_all(town: Scenario) -> None:
    town.crew("W-lead", 3)
    town.posted(headcount=2, accepts_crews=True)
    assert town.asked() == []
    town.posted(job_id="J-2", headcount=3, accepts_crews=True)
    assert [(offer.worker_id, offer.places) for offer in town.said(OfferMade)] == [("W-lead", 3)]


def test_part_of_a_crew_comes_where_that_is_fine(town: Scenario) -> None:
    town.crew("W-lead", 3)
    town.posted(headcount=2, accepts_crews=True, partial_crews=True)
    assert [(offer.worker_id, offer.places) for offer in town.said(OfferMade)] == [("W-lead", 2)]
    town.accepts("W-lead")
    assert town.market.state.jobs["J-1"].status == "filled"


def offered_three_of_four(town: Scenario) -> str:
    """The offer of three places to a crew of five, the fourth of which has opened since."""
    town.available("W-1")
    town.posted(headcount=4, accepts_crews=True, partial_crews=True)
    given_back = town.offer_of("W-1")
    town.accepts("W-1")
    town.crew("W-lead", 5)
    offer_id = town.offer_of("W-lead")
    town.declines("W-1", given_back)
    return offer_id


def test_an_offer_of_some_places_stands_when_its_crew_is_booked_for_another_day(
    town: Scenario,
) -> None:
    """Another place had opened, and it was withdrawn because they were booked, which it allowed."""
    offer_id = offered_three_of_four(town)
    later = (Interval(start=NOW + 72 * HOUR, end=NOW + 80 * HOUR),)
    town.posted(job_id="J-2", headcount=5, accepts_crews=True, shifts=later)
    other = town.market.state.jobs["J-2"].open_offers["W-lead"]
    town.accepts("W-lead", other)
    assert [gone for gone in town.said(OfferWithdrawn) if gone.worker_id == "W-lead"] == []
    town.accepts("W-lead", offer_id)
    assert town.said(BookingConfirmed)[0].places == 3


@pytest.mark.parametrize(("size", "stands"), [(5, True), (4, False)])
def test_an_offer_of_some_places_stands_when_the_same_crew_registers_again(
    town: Scenario, size: int, stands: bool
) -> None:
    """Another place had opened, and it was withdrawn and made anew though nothing had changed."""
    offer_id = offered_three_of_four(town)
    town.crew("W-lead", size)
    gone = [] if stands else [(offer_id, "terms_changed")]
    assert [(offer.offer_id, offer.reason) for offer in town.said(OfferWithdrawn)] == gone
    assert [offer.places for offer in town.said(OfferMade)] == ([] if stands else [4])
