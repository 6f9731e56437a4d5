"""A yes, a no, both, neither, and each too late."""

from events.facts import PolicyChanged
from events.outcomes import (
    BookingCancelled,
    BookingConfirmed,
    BookingRefused,
    JobFilled,
    JobUnfilled,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.values import Policy
from tests.matching.scenario import Scenario


def test_the_first_acceptance_wins_and_the_others_are_told(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    late = town.offer_of("W-2")
    town.accepts("W-1")
    assert town.said(BookingConfirmed)[0].remaining == 0
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["job_filled"]
    assert len(town.said(JobFilled)) == 1
    town.accepts("W-2", late)
    assert town.said(BookingRefused)[0].reason == "job_filled"


def test_overlapping_offers_of_a_booked_worker_are_withdrawn(town: Scenario) -> None:
    town.available("W-1")
    town.posted(job_id="J-1")
    town.posted(job_id="J-2")
    first, _ = town.market.state.workers["W-1"].open_offers
    town.accepts("W-1", first)
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["worker_booked"]


def test_a_declined_offer_goes_to_the_next_and_never_back(town: Scenario) -> None:
    town.happens(PolicyChanged(policy=Policy(fill_confidence=0.01)))
    town.available("W-1")
    town.available("W-2")
    town.posted()
    first = town.asked()[0]
    town.declines(first)
    assert town.asked() == [{"W-1": "W-2", "W-2": "W-1"}[first]]
    town.available(first)
    assert town.asked() == []
    town.declines(next(iter({"W-1", "W-2"} - {first})))
    assert len(town.said(JobUnfilled)) == 1


def test_somebody_who_asks_for_other_things_may_be_asked_again(town: Scenario) -> None:
    town.available("W-1", pay_floor_fen_day=12_000)
    town.posted()
    town.declines("W-1")
    town.available("W-1", pay_floor_fen_day=12_000)
    assert town.asked() == []
    town.available("W-1", pay_floor_fen_day=10_000)
    assert town.asked() == ["W-1"]


def test_of_a_yes_and_a_no_the_first_is_the_answer_and_a_later_no_cancels(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    yes_first, no_first = town.offer_of("W-1"), town.offer_of("W-2")
    town.declines("W-2", no_first)
    town.accepts("W-2", no_first)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["declined"]
    town.accepts("W-1", yes_first)
    town.declines("W-1", yes_first)
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["worker_declined"]


def test_of_two_who_say_yes_to_one_place_the_first_in_the_log_has_it() -> None:
    for first, second in (("W-1", "W-2"), ("W-2", "W-1")):
        town = Scenario()
        town.available("W-1")
        town.available("W-2")
        town.posted()
        late = town.offer_of(second)
        town.accepts(first)
        town.accepts(second, late)
        assert [refused.worker_id for refused in town.said(BookingRefused)] == [second]
        assert list(town.market.state.jobs["J-1"].booked) == [first]


def test_an_unanswered_offer_expires_and_the_next_is_asked(town: Scenario) -> None:
    town.happens(PolicyChanged(policy=Policy(fill_confidence=0.01)))
    town.available("W-1")
    town.available("W-2")
    town.posted()
    (first,) = town.asked()
    offer_id = town.offer_of(first)
    town.passes(hours=0.5)
    assert [gone.worker_id for gone in town.said(OfferExpired)] == [first]
    assert town.asked() == [{"W-1": "W-2", "W-2": "W-1"}[first]]
    town.accepts(first, offer_id)
    assert town.said(BookingRefused)[0].reason == "expired"


def test_a_freed_worker_is_offered_a_job_that_still_wants_somebody(town: Scenario) -> None:
    town.available("W-1")
    for number in range(4):
        town.posted(job_id=f"J-{number}")
    oldest = next(iter(town.market.state.workers["W-1"].open_offers))
    town.declines("W-1", oldest)
    assert [offer.job_id for offer in town.said(OfferMade)] == ["J-3"]


def test_a_drop_out_reopens_the_place_for_the_next(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    booked = town.offer_of("W-1")
    town.accepts("W-1")
    town.declines("W-1", booked)
    assert town.said(BookingCancelled)[0].reason == "worker_declined"
    assert town.asked() == ["W-2"]


def test_a_late_no_is_remembered(town: Scenario) -> None:
    town.available("W-1")
    town.available("W-2")
    town.posted()
    late, booked = town.offer_of("W-1"), town.offer_of("W-2")
    town.accepts("W-2")
    assert town.declines("W-1", late) == []
    assert town.rejection is None
    town.declines("W-2", booked)
    assert town.asked() == []
