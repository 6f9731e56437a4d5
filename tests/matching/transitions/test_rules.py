"""The market's clock: what a leap of it ends, and what is held against nobody."""

from events.facts import OfferAccepted, PolicyChanged
from events.notices import VisitorReported
from events.outcomes import BookingPending, BookingRefused, JobUnfilled, OfferExpired
from events.topics import partition_of
from events.values import Interval, Policy
from tests.matching.county import HOME, NEAR, PARTITIONS, County
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW, ZONE

MINUTE = 1 / 60


def test_offers_that_ran_out_before_a_matcher_was_there_again_are_made_again(
    town: Scenario,
) -> None:
    """All that stands in the log after an outage is read by the clock from before it."""
    town.available("W-1")
    town.posted()
    unseen = town.offer_of("W-1")
    town.passes(40 * MINUTE)
    assert [gone.offer_id for gone in town.said(OfferExpired)] == [unseen]
    assert town.asked() == ["W-1"]
    assert town.said(JobUnfilled) == []
    assert town.market.state.workers["W-1"].record.expired == 0


def test_an_offer_that_nobody_could_see_ends_no_wait(town: Scenario) -> None:
    town.available("W-1")
    town.passes(1)
    waits_since = town.market.state.workers["W-1"].since
    town.posted(job_id="J-1")
    town.posted(job_id="J-2")
    assert town.market.state.workers["W-1"].since == town.engine.now > waits_since
    town.available("W-2")
    town.passes(40 * MINUTE)
    assert {gone.counted for gone in town.said(OfferExpired)} == {False}
    first, *_ = town.market.state.workers["W-1"].open_offers
    assert town.market.state.offers[first].since == waits_since


def test_whoever_is_booked_has_waited_whatever_other_offer_nobody_could_see(
    town: Scenario,
) -> None:
    town.available("W-1")
    town.passes(1)
    town.posted(job_id="J-1")
    later = (Interval(start=NOW + 72 * HOUR, end=NOW + 80 * HOUR),)
    town.posted(job_id="J-2", shifts=later)
    booked_at = town.engine.now
    offers = town.market.state.workers["W-1"].open_offers
    [offer_id] = [offer_id for offer_id, job_id in offers.items() if job_id == "J-2"]
    town.happens(OfferAccepted(offer_id=offer_id, worker_id="W-1", zone=ZONE))
    assert list(offers.values()) == ["J-1"]
    town.passes(40 * MINUTE)
    assert {gone.counted for gone in town.said(OfferExpired)} == {False}
    again, *_ = town.market.state.workers["W-1"].open_offers
    assert town.market.state.offers[again].since == booked_at


def test_an_offer_that_could_be_seen_is_not_made_again_and_counts(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    town.passes(MINUTE)
    town.passes(40 * MINUTE)
    assert len(town.said(OfferExpired)) == len(town.said(JobUnfilled)) == 1
    assert town.asked() == []
    assert town.market.state.workers["W-1"].record.expired == 1


def test_an_offer_that_lasts_from_tick_to_tick_was_there_to_be_seen(town: Scenario) -> None:
    town.happens(PolicyChanged(policy=Policy(offer_ttl_ms=60_000)))
    town.available("W-1")
    town.posted()
    town.passes(MINUTE)
    assert len(town.said(OfferExpired)) == 1
    assert town.asked() == []


def test_a_home_zone_that_could_not_hear_of_a_yes_has_its_time_again_once() -> None:
    county = County()
    county.available()
    county.posted(NEAR)
    county.deliver((partition_of(HOME, PARTITIONS), partition_of(NEAR, PARTITIONS)))
    county.accepts(NEAR)
    (pending,) = county.passes(NEAR, 1)
    until = county.job(NEAR).booked["W-1"].pending_until
    assert isinstance(pending, BookingPending)
    assert pending.until == until == pending.at + Policy().home_answer_ms
    refused = county.passes(NEAR, 1)[0]
    assert isinstance(refused, BookingRefused)
    assert refused.reason == "home_silent"


def test_a_grant_after_an_outage_comes_in_time() -> None:
    county = County()
    county.available()
    county.posted(NEAR)
    county.deliver_all()
    county.accepts(NEAR)
    county.passes(NEAR, 1)
    county.deliver_all()
    assert [one.TYPE for one in county.outcomes[NEAR]][-2:] == ["booking.confirmed", "job.filled"]


def test_the_home_zone_of_a_visitor_hears_nothing_of_an_offer_that_nobody_saw() -> None:
    county = County()
    county.available()
    county.posted(NEAR)
    county.deliver_all()
    county.passes(NEAR, 40 * MINUTE)
    assert [one.TYPE for one in county.outcomes[NEAR]][-2:] == ["offer.expired", "offer.made"]
    reports = [sending for queue in county.on_the_way.values() for sending in queue]
    assert not any(isinstance(sending.notice, VisitorReported) for sending in reports)
