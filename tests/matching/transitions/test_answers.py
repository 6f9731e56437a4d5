"""A yes, a no, both, neither, and each too late."""

from events.facts import JobAmended, OfferAccepted, PolicyChanged
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
from events.values import Interval, Pay, Policy
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW, ZONE


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
    town.passes(hours=0.25)
    town.passes(hours=0.25)
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


def test_who_has_the_place_and_says_yes_again_hears_of_no_refusal(town: Scenario) -> None:
    town.available("W-1")
    town.posted(headcount=2)
    offer_id = town.offer_of("W-1")
    town.accepts("W-1", offer_id)
    before = town.market.state.jobs["J-1"].booked["W-1"]
    assert town.accepts("W-1", offer_id) == []
    assert town.rejection is None
    assert town.market.state.jobs["J-1"].booked == {"W-1": before}
    town.declines("W-1", offer_id)
    town.accepts("W-1", offer_id)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["declined"]


def test_a_no_is_to_what_the_worker_says_of_themselves_by_now(town: Scenario) -> None:
    town.available("W-1", max_distance_km=20)
    town.posted()
    town.available("W-1", max_distance_km=25)
    town.declines("W-1")
    assert town.asked() == []
    for km in (25, 20):
        town.available("W-1", max_distance_km=km)
        assert town.asked() == []


def test_who_cancels_having_registered_again_is_not_asked_at_once(town: Scenario) -> None:
    town.available("W-1", max_distance_km=20)
    town.posted()
    offer_id = town.offer_of("W-1")
    town.accepts("W-1")
    town.available("W-1", max_distance_km=25)
    town.declines("W-1", offer_id)
    assert [gone.reason for gone in town.said(BookingCancelled)] == ["worker_declined"]
    assert town.asked() == []


def test_who_cancels_at_a_pay_that_has_risen_is_asked_again_only_above_it(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    offer_id = town.offer_of("W-1")
    town.accepts("W-1")
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_000)))
    town.declines("W-1", offer_id)
    assert town.asked() == []
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_100)))
    assert town.asked() == ["W-1"]


def test_silence_is_to_what_the_worker_says_of_themselves_by_now(town: Scenario) -> None:
    town.available("W-1", max_distance_km=20)
    town.posted()
    town.available("W-1", max_distance_km=25)
    town.passes(hours=0.25)
    town.passes(hours=0.25)
    assert town.said(OfferExpired)
    assert town.asked() == []


def _asked_again_after_silence(town: Scenario) -> tuple[str, str]:
    """W-1 has let an offer run out, was heard from, and has another on the same terms."""
    town.available("W-1")
    town.posted()
    first = town.offer_of("W-1")
    town.passes(hours=0.25)
    town.passes(hours=0.25)
    town.available("W-1")
    return first, town.offer_of("W-1")


def test_a_late_no_ends_a_newer_offer_of_the_same_terms(town: Scenario) -> None:
    first, second = _asked_again_after_silence(town)
    town.declines("W-1", first)
    [gone] = town.said(OfferWithdrawn)
    assert (gone.offer_id, gone.reason) == (second, "worker_declined")
    assert town.asked() == []
    town.accepts("W-1", second)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["declined"]
    town.available("W-1")
    assert town.asked() == []


def test_a_late_no_ends_it_though_the_worker_has_said_other_things_since(town: Scenario) -> None:
    first, _ = _asked_again_after_silence(town)
    town.available("W-1", max_distance_km=25)
    town.declines("W-1", first)
    assert len(town.said(OfferWithdrawn)) == 1
    assert town.asked() == []


def test_a_late_no_leaves_an_offer_of_higher_pay_open(town: Scenario) -> None:
    first, _ = _asked_again_after_silence(town)
    town.happens(JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_000)))
    better = town.offer_of("W-1")
    town.declines("W-1", first)
    assert town.said(OfferWithdrawn) == []
    assert town.offer_of("W-1") == better


SOON = (Interval(start=NOW + HOUR // 4, end=NOW + 5 * HOUR),)


def _yes_said(town: Scenario, at: int) -> None:
    town.available("W-1")
    town.posted(shifts=SOON)
    offer_id = town.offer_of("W-1")
    town.happens(OfferAccepted(offer_id=offer_id, worker_id="W-1", zone=ZONE), said_at=at)


def test_a_yes_said_after_work_began_is_refused_though_no_tick_has_told_the_time(
    town: Scenario,
) -> None:
    _yes_said(town, at=NOW + HOUR)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["expired"]
    assert town.said(BookingConfirmed) == []
    town.passes(hours=1)
    assert town.market.state.jobs["J-1"].status == "expired"


def test_a_yes_said_before_work_began_is_booked(town: Scenario) -> None:
    _yes_said(town, at=SOON[0].start - 1)
    assert len(town.said(BookingConfirmed)) == 1


def test_a_station_whose_clock_is_fast_can_accept_what_has_not_begun(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    yes = OfferAccepted(offer_id=town.offer_of("W-1"), worker_id="W-1", zone=ZONE)
    town.happens(yes, said_at=NOW + 3 * HOUR)
    assert len(town.said(BookingConfirmed)) == 1


def test_a_yes_after_offer_and_job_have_ended_together_is_refused_as_expired(
    town: Scenario,
) -> None:
    town.available("W-1")
    town.posted(shifts=SOON)
    offer_id = town.offer_of("W-1")
    town.passes(hours=0.25)
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["job_expired"]
    town.accepts("W-1", offer_id)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["expired"]


def test_an_offer_ends_with_the_availability_of_who_has_it(town: Scenario) -> None:
    until = NOW + HOUR // 12
    town.available("W-1", valid_until=until)
    town.posted()
    [offer] = town.said(OfferMade)
    assert offer.expires_at == until
    town.passes(hours=1 / 12)
    assert [gone.offer_id for gone in town.said(OfferExpired)] == [offer.offer_id]
    town.accepts("W-1", offer.offer_id)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["expired"]
