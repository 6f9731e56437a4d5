"""What the read model says of who is booked, or forgotten, across zones."""

import msgspec
import pytest
from redis import Redis

from events.facts import (
    ClockTicked,
    OfferAccepted,
    OfferDeclined,
    StationReleased,
    WorkerForgotten,
    WorkerUnavailable,
)
from events.topics import ALL_ZONES
from events.values import Interval
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import (
    job_key,
    live_key,
    present_key,
    worker_key,
    zone_key,
)
from gigmatch.readmodel.worker import WorkerDoc
from tests.projecting import dump
from tests.streams.projected_town import DAY, SHIFT, STATION, Town, posting, worker
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of


@pytest.fixture
def town(redis_url: str) -> Town:
    return Town(redis_url)


def test_a_booking_away_is_pending_then_in_both_zones_calendars(town: Town) -> None:
    away = "511102"
    town.say(worker(other_zones=(away,)), posting(zone=away))
    town.told()
    offer = town.offers()[-1]
    town.say(OfferAccepted(offer_id=offer.offer_id, worker_id="W-1", zone=away))
    visitor = msgspec.json.decode(town.stored(worker_key(away, "W-1")), type=WorkerDoc)
    job = msgspec.json.decode(town.stored(job_key(away, "J-1")), type=JobDoc)
    assert (visitor.home, visitor.bookings["J-1"].status) == (ZONE, "pending")
    assert (job.bookings["W-1"].status, job.remaining, job.status) == ("pending", 0, "open")
    assert town.members(present_key(away, STATION)) == []
    town.told()
    job = msgspec.json.decode(town.stored(job_key(away, "J-1")), type=JobDoc)
    assert (job.bookings["W-1"].status, job.status) == ("confirmed", "filled")
    booked = town.worker().bookings[f"{away}/J-1"]
    assert (booked.job_zone, booked.status, booked.shifts) == (away, "confirmed", (SHIFT,))
    town.say(WorkerUnavailable(worker_id="W-1", zone=ZONE, cancel_bookings=True))
    town.told()
    assert town.worker().bookings == {}
    job = msgspec.json.decode(town.stored(job_key(away, "J-1")), type=JobDoc)
    assert (job.bookings["W-1"].status, job.status) == ("cancelled", "open")


def test_a_request_that_is_refused_opens_the_place_again(town: Town) -> None:
    away = "511102"
    town.say(worker(other_zones=(away,)), posting(zone=away))
    town.told()
    offer = town.offers()[-1]
    town.say(
        OfferAccepted(offer_id=offer.offer_id, worker_id="W-1", zone=away),
        ClockTicked(zone=away, now=NOW + HOUR),
        ClockTicked(zone=away, now=NOW + 2 * HOUR),
    )
    job = msgspec.json.decode(town.stored(job_key(away, "J-1")), type=JobDoc)
    assert (job.bookings["W-1"].status, job.bookings["W-1"].reason) == ("cancelled", "home_silent")
    visitor = msgspec.json.decode(town.stored(worker_key(away, "W-1")), type=WorkerDoc)
    assert visitor.bookings == {}


def test_a_late_yes_to_an_older_offer_leaves_the_pending_booking_alone(town: Town) -> None:
    away = "511102"
    town.say(worker(other_zones=(away,)), posting(zone=away))
    town.told()
    first = town.offers()[-1]
    town.say(ClockTicked(zone=away, now=first.expires_at))
    town.say(worker(other_zones=(away,), max_distance_km=21.0))
    town.told()
    second = town.offers()[-1]
    assert second.offer_id != first.offer_id
    for offer in (second, first):
        town.say(OfferAccepted(offer_id=offer.offer_id, worker_id="W-1", zone=away))
    job = msgspec.json.decode(town.stored(job_key(away, "J-1")), type=JobDoc)
    assert (job.bookings["W-1"].status, job.remaining) == ("pending", 0)
    town.told()
    visitor = msgspec.json.decode(town.stored(worker_key(away, "W-1")), type=WorkerDoc)
    assert (visitor.booked, visitor.bookings["J-1"].status) == (1, "confirmed")


def test_forgotten_at_home_is_forgotten_by_every_page(town: Town) -> None:
    away = "511102"
    town.say(worker(other_zones=(away,)), posting(zone=away))
    town.told()
    offer = town.offers()[-1]
    town.say(OfferAccepted(offer_id=offer.offer_id, worker_id="W-1", zone=away))
    town.told()
    town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
    town.told()
    assert "W-1" not in town.text()


def test_a_visitor_who_is_forgotten_after_their_time_is_in_no_job_any_more(town: Town) -> None:
    away = "511102"
    far = Interval(start=NOW + 20 * DAY, end=NOW + 20 * DAY + 8 * HOUR)
    window = Interval(start=NOW, end=NOW + 30 * DAY)
    asked = worker(other_zones=(away,), windows=(window,))
    town.say(asked, posting(zone=away, shifts=(far,), expires_at=far.start))
    town.told()
    offer = town.offers()[-1]
    town.say(OfferDeclined(offer_id=offer.offer_id, worker_id="W-1", zone=away))
    town.say(WorkerUnavailable(worker_id="W-1", zone=ZONE))
    town.told()
    town.say(ClockTicked(now=NOW + 9 * DAY))
    assert worker_key(away, "W-1") not in dump(town.url)
    assert "W-1" in town.text()
    town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
    town.told()
    assert "W-1" not in town.text()


def test_an_erasure_leaves_the_news_of_a_namesake_in_another_zone(town: Town) -> None:
    town.say(worker("W-1"), worker("W-1", zone="511102"), posting(zone="511102"))
    town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
    with Redis.from_url(town.url, decode_responses=True) as redis:
        news = redis.xrange(live_key(0))
    named = {entry["zone"] for _, entry in news if "W-1" in entry["data"]}
    assert named == {"511102"}


def test_what_is_for_all_zones_makes_no_market_whatever_its_source(town: Town) -> None:
    town.say(posting())
    released = StationReleased(station_id=STATION)
    town.facts.append(record_of(released, len(town.facts), source=f"/zones/{ALL_ZONES}/stations/5"))
    town.say(ClockTicked(now=NOW + HOUR))
    assert zone_key(ALL_ZONES) not in dump(town.url)
