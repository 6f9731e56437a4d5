"""What the read model says after facts and outcomes, with a real market and a real Redis."""

from typing import Any

import msgspec
import pytest
from redis import Redis

from events.codec import decode_outcome
from events.envelope import Record
from events.facts import (
    ClockTicked,
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferAccepted,
    OfferDeclined,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkRated,
)
from events.notices import market_source
from events.outcomes import EventRejected, OfferMade
from events.topics import EVENTS
from events.values import Interval, Pay, Place
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import (
    ZONES,
    employer_key,
    index_key,
    job_key,
    live_key,
    matched_key,
    present_key,
    told_key,
    worker_key,
    zone_key,
)
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ClaimDoc, ClosedClaimDoc, ZoneDoc
from streams.projected_facts import MOST_CONTINUED
from tests.projecting import answered, dump, new_engine, project
from tests.town import HOUR, NOW, SOURCE, ZONE
from tests.worlds import record_of

PLACE = Place(lat=29.6, lon=103.48, name="双福镇")
SHIFT = Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR)
DAY = 24 * HOUR
STATION = f"{ZONE}-05"
TICK = ClockTicked(now=NOW)


def posting(job_id: str = "J-1", **changes: Any) -> JobPosted:
    job = JobPosted(
        job_id=job_id,
        zone=ZONE,
        station_id=STATION,
        employer_id="E-1",
        title="采茶工",
        shifts=(SHIFT,),
        pay=Pay(amount_fen=15_000),
        place=PLACE,
    )
    return msgspec.structs.replace(job, **changes)


def worker(worker_id: str = "W-1", **changes: Any) -> WorkerAvailable:
    free = WorkerAvailable(
        worker_id=worker_id,
        zone=ZONE,
        station_id=STATION,
        windows=(Interval(start=NOW, end=NOW + 3 * DAY),),
        place=PLACE,
    )
    return msgspec.structs.replace(free, **changes)


class Town:
    """A log that grows, and the read model of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.facts: list[Record] = []
        self.say(TICK)

    def say(self, *facts: Fact, id: str | None = None, time: int = NOW) -> None:
        for fact in facts:
            self.facts.append(record_of(fact, len(self.facts), id=id, time=time))
        self.log = answered(self.facts)
        project(self.url, self.log)

    def told(self) -> None:
        """What the zones' markets tell one another arrives."""
        engine = new_engine()
        for record in self.facts:
            for sending in engine.step(record).sendings:
                number = len(self.facts)
                source = market_source(sending.notice.from_zone)
                self.facts.append(record_of(sending.notice, number, id=sending.id, source=source))
        self.log = answered(self.facts)
        project(self.url, self.log)

    def offers(self) -> list[OfferMade]:
        outcomes = [decode_outcome(r)[1] for r in self.log if r.topic != EVENTS]
        return [outcome for outcome in outcomes if isinstance(outcome, OfferMade)]

    def accept(self, number: int = -1) -> None:
        offer = self.offers()[number]
        self.say(OfferAccepted(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=ZONE))

    def job(self, job_id: str = "J-1") -> JobDoc:
        return msgspec.json.decode(self.stored(job_key(ZONE, job_id)), type=JobDoc)

    def employer(self, employer_id: str = "E-1") -> EmployerDoc:
        stored = self.stored(employer_key(ZONE, employer_id))
        return msgspec.json.decode(stored, type=EmployerDoc)

    def worker(self, worker_id: str = "W-1") -> WorkerDoc:
        return msgspec.json.decode(self.stored(worker_key(ZONE, worker_id)), type=WorkerDoc)

    def zone(self) -> ZoneDoc:
        return msgspec.json.decode(self.stored(zone_key(ZONE)), type=ZoneDoc)

    def members(self, key: str) -> list[str]:
        with Redis.from_url(self.url, decode_responses=True) as redis:
            return [str(member) for member in redis.zrange(key, 0, -1)]

    def text(self) -> str:
        return "\n".join(f"{key} {value}" for key, value in dump(self.url).items())

    def stored(self, key: str) -> bytes:
        with Redis.from_url(self.url) as redis:
            stored = redis.get(key)
        assert isinstance(stored, bytes), key
        return stored


@pytest.fixture
def town(redis_url: str) -> Town:
    return Town(redis_url)


def test_a_job_names_the_jobs_that_have_its_remaining_days(town: Town) -> None:
    elsewhere = f"{ZONE}-06"
    town.say(
        posting("J-1"),
        posting("J-1-r1", continues="J-1"),
        posting("J-9", continues="J-1", station_id=elsewhere),
        posting("J-1-r2", continues="J-1"),
        posting("J-8", continues="J-0"),
        posting("J-7", continues="J-7"),
    )
    assert town.job("J-7").continued_by == []
    assert town.job("J-1").continued_by == ["J-1-r1", "J-1-r2"]
    assert town.job("J-1-r1").continued_by == []
    town.say(*(posting(f"J-1-{n}", continues="J-1") for n in range(MOST_CONTINUED)))
    assert town.job("J-1").continued_by == [f"J-1-{n}" for n in range(MOST_CONTINUED)]


def test_a_posting_and_its_ranking(town: Town) -> None:
    town.say(worker(), posting(headcount=2))
    job = town.job()
    assert (job.status, job.remaining, job.pay_fen_day, job.at) == ("open", 2, 15_000, NOW)
    assert job.ranking is not None
    assert [line.worker_id for line in job.ranking.lines] == ["W-1"]
    assert [offer.status for offer in job.offers.values()] == ["open"]
    assert town.members(index_key("open", ZONE)) == ["J-1"]
    zone = town.zone()
    assert (zone.open_offers, zone.stations[STATION].jobs, zone.stations[STATION].places) == (
        1,
        1,
        2,
    )
    assert zone.totals["match.ranked"] == 2


def test_a_worker_sees_ranked_jobs_and_offers(town: Town) -> None:
    town.say(posting(), worker())
    seen = town.worker()
    assert seen.ranking is not None
    assert [line.job_id for line in seen.ranking.lines] == ["J-1"]
    assert [offer.job_id for offer in seen.offers.values()] == ["J-1"]
    assert town.members(present_key(ZONE, STATION)) == ["W-1"]


def test_a_booking_fills_the_job_and_work_is_noted(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    job, seen = town.job(), town.worker()
    assert (job.status, job.remaining, town.zone().open_offers) == ("filled", 0, 0)
    assert [offer.status for offer in job.offers.values()] == ["accepted"]
    assert seen.bookings["J-1"].shifts == (SHIFT,)
    assert seen.offers == {}
    assert town.members(index_key("open", ZONE)) == []
    assert town.zone().stations[STATION].jobs == 0

    town.say(ClockTicked(now=SHIFT.end))
    town.say(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    assert town.job().bookings["W-1"].status == "completed"
    assert town.worker().bookings["J-1"].status == "completed"

    for by, stars in (("employer", 3), ("employer", 4), ("worker", 1)):
        rated = WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=stars)
        town.say(msgspec.structs.replace(rated, rated_by=by))
    assert town.job().bookings["W-1"].stars == 4
    assert town.worker().bookings["J-1"].rated == 1
    assert town.employer().waiting == {"W-1": [1]}
    assert town.members(index_key("rated", ZONE)) == ["E-1"]

    town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
    assert town.employer().waiting == {}
    assert "W-1" not in str(dump(town.url))


def test_what_workers_say_of_an_employer_is_shown_once_three_have_said_something(
    town: Town,
) -> None:
    everyone = [f"W-{number}" for number in range(4)]
    town.say(*map(worker, everyone), posting(headcount=4))
    for offer in town.offers():
        town.say(OfferAccepted(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=ZONE))
    town.say(ClockTicked(now=SHIFT.end))
    town.say(*(WorkCompleted(job_id="J-1", worker_id=one, zone=ZONE) for one in everyone))
    shown = []
    for one, stars in zip(everyone, (5, 4, 2, 1), strict=True):
        rated = WorkRated(job_id="J-1", worker_id=one, zone=ZONE, rated_by="worker", stars=stars)
        town.say(rated, msgspec.structs.replace(rated, stars=5))  # the second is refused
        shown.append((town.employer().ratings, town.employer().stars))
    assert shown == [(0, 0), (0, 0), (3, 11), (3, 11)]
    assert town.employer().waiting == {"W-3": [1]}


def test_a_rating_that_the_market_took_again_in_logs_of_before_counts_once(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    town.say(ClockTicked(now=SHIFT.end), WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    for stars in (1, 5):
        rated = WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, rated_by="worker", stars=stars)
        town.facts.append(record_of(rated, len(town.facts)))
    *log, refusal = answered(town.facts)
    assert isinstance(decode_outcome(refusal)[1], EventRejected)
    project(town.url, log)
    assert town.employer().waiting == {"W-1": [1]}
    assert town.worker().bookings["J-1"].rated == 1


def test_a_late_no_opens_the_job_again(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    offer = town.offers()[-1]
    town.say(OfferDeclined(offer_id=offer.offer_id, worker_id="W-1", zone=ZONE))
    job = town.job()
    assert (job.status, job.remaining, job.bookings["W-1"].status) == ("open", 1, "cancelled")
    assert town.worker().bookings == {}
    assert town.members(index_key("open", ZONE)) == ["J-1"]


def test_declined_and_expired_offers_are_closed(town: Town) -> None:
    town.say(worker("W-1"), worker("W-2"), posting(headcount=2))
    first, second = town.offers()
    town.say(OfferDeclined(offer_id=first.offer_id, worker_id=first.worker_id, zone=ZONE))
    town.say(ClockTicked(now=second.expires_at - 1), ClockTicked(now=second.expires_at))
    offers = town.job().offers
    assert offers[first.offer_id].status == "declined"
    assert offers[second.offer_id].status == "expired"
    assert town.worker(second.worker_id).offers == {}
    assert town.zone().open_offers == 0
    assert town.job().unfilled is not None


def test_amended_and_cancelled_jobs(town: Town) -> None:
    town.say(
        posting(), JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=18_000), headcount=3)
    )
    assert (town.job().pay_fen_day, town.job().remaining) == (18_000, 3)
    town.say(JobCancelled(job_id="J-1", zone=ZONE))
    assert town.job().status == "cancelled"
    assert town.members(index_key("open", ZONE)) == []


def test_an_amendment_of_a_filled_job_shows_although_nothing_answers_it(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    town.say(JobAmended(job_id="J-1", zone=ZONE, title="春茶采摘"))
    assert (town.job().posted.title, town.job().status) == ("春茶采摘", "filled")


def test_what_the_market_refuses_changes_nothing(town: Town) -> None:
    town.say(posting(), posting(title="另一个岗位"))
    town.say(JobCancelled(job_id="J-9", zone=ZONE))
    assert town.job().posted.title == "采茶工"
    assert town.zone().totals["event.rejected"] == 2
    assert town.zone().totals["job.posted"] == 1


def test_a_late_repetition_changes_nothing(town: Town) -> None:
    town.say(worker())
    town.say(WorkerUnavailable(worker_id="W-1", zone=ZONE), id="once")
    town.say(worker())
    town.say(WorkerUnavailable(worker_id="W-1", zone=ZONE), id="once")
    assert town.worker().valid_until is not None
    town.say(WorkerUnavailable(worker_id="W-1", zone=ZONE), id="twice")
    assert town.worker().valid_until is None
    assert town.members(present_key(ZONE, STATION)) == []


@pytest.mark.parametrize("zone", [ZONE, "*"])
def test_a_promotion_that_comes_again_late_brings_no_old_model_back(town: Town, zone: str) -> None:
    town.say(worker())
    town.say(ModelPromoted(zone=zone, release="rules:v1"), id="once")
    town.say(ModelPromoted(zone=zone, release="sha256:" + "b" * 64), id="newer")
    town.say(ModelPromoted(zone=zone, release="rules:v1"), id="once")
    assert town.zone().model == "sha256:" + "b" * 64


def test_a_forgotten_worker_is_nowhere(town: Town) -> None:
    town.say(worker("W-1"), worker("W-2"), posting("J-1"), posting("J-2", headcount=2))
    town.accept(0)
    town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
    kept = town.text()
    assert "W-2" in kept
    assert "W-1" not in kept
    assert '"forgotten"' in kept  # somebody's offers were withdrawn, nobody knows whose


def test_a_place_where_a_forgotten_worker_came_stays_taken(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    town.say(ClockTicked(now=SHIFT.end))
    town.say(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
    assert (town.job().status, town.job().remaining) == ("filled", 0)
    assert "W-1" not in town.text()


def test_what_is_long_over_is_dropped(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    town.say(ClockTicked(now=SHIFT.end + 7 * DAY), ClockTicked(now=SHIFT.end + 8 * DAY))
    town.say(ClockTicked(now=SHIFT.end + 12 * DAY))
    kept = town.text()
    assert "job:" not in kept
    assert "worker:" not in kept


def test_the_clock_the_model_and_blocked_employers(town: Town) -> None:
    town.say(posting(), ModelPromoted(release="rules:v1"), ClockTicked(now=NOW + HOUR))
    claims = [WageClaimOpened(claim_id=f"C-{n}", employer_id="E-1", zone=ZONE) for n in range(3)]
    town.say(*claims)
    zone = town.zone()
    assert (zone.model, zone.clock, zone.blocked) == ("rules:v1", NOW + HOUR, {"E-1": 3})


def test_open_wage_claims_are_kept_with_who_opened_them_until_they_are_closed(town: Town) -> None:
    opened = [
        WageClaimOpened(claim_id=f"C-{n}", employer_id="E-1", zone=ZONE, amount_fen=n, workers=n)
        for n in (1, 2)
    ]
    town.say(ClockTicked(now=NOW), posting(employer_name="峨眉雪芽茶场"), *opened)
    town.say(WageClaimClosed(claim_id="C-1", employer_id="E-1", zone=ZONE))
    assert town.zone().claims == {
        "E-1": {
            "C-2": ClaimDoc(
                amount_fen=2, workers=2, at=NOW, station_id=STATION, employer_name="峨眉雪芽茶场"
            )
        }
    }
    town.say(WageClaimClosed(claim_id="C-2", employer_id="E-1", zone=ZONE))
    assert town.zone().claims == {}


def test_what_became_of_a_claim_is_kept_for_a_week(town: Town) -> None:
    ids: dict[str, Any] = {"claim_id": "C-1", "employer_id": "E-1", "zone": ZONE}
    town.say(ClockTicked(now=NOW), WageClaimOpened(**ids, amount_fen=7, kind="simple"))
    town.say(ClockTicked(now=NOW + HOUR))
    town.say(WageClaimClosed(**ids, result="referred", referred_to="县劳动监察大队"))
    closed = ClosedClaimDoc(
        amount_fen=7,
        workers=1,
        at=NOW,
        station_id=STATION,
        kind="simple",
        offset=4,
        closed_at=NOW + HOUR,
        result="referred",
        referred_to="县劳动监察大队",
    )
    assert town.zone().closed_claims == {"E-1": {"C-1": closed}}
    town.say(ClockTicked(now=NOW + 7 * DAY))
    assert town.zone().closed_claims
    town.say(ClockTicked(now=NOW + 7 * DAY + HOUR))
    assert town.zone().closed_claims == {}


def test_claims_of_one_id_against_two_employers_are_two(town: Town) -> None:
    both: list[dict[str, Any]] = [
        {"claim_id": "C-1", "employer_id": id, "zone": ZONE} for id in ("E-1", "E-2")
    ]
    town.say(*(WageClaimOpened(**ids) for ids in both), *(WageClaimClosed(**ids) for ids in both))
    assert {id: list(ones) for id, ones in town.zone().closed_claims.items()} == {
        "E-1": ["C-1"],
        "E-2": ["C-1"],
    }


def test_a_claim_of_while_no_matcher_ran_has_its_own_time(town: Town) -> None:
    ids: dict[str, Any] = {"claim_id": "C-1", "employer_id": "E-1", "zone": ZONE}
    town.say(WageClaimOpened(**ids), time=NOW + 12 * HOUR)
    assert town.zone().claims["E-1"]["C-1"].at == NOW + 12 * HOUR
    town.say(WageClaimClosed(**ids), time=NOW + 15 * HOUR)
    town.say(ClockTicked(now=NOW + 16 * HOUR))
    closed = town.zone().closed_claims["E-1"]["C-1"]
    assert (closed.at, closed.closed_at) == (NOW + 12 * HOUR, NOW + 15 * HOUR)


def test_a_claim_is_found_under_the_name_the_employer_has_now(town: Town) -> None:
    town.say(posting(employer_name="峨眉雪芽茶场"))
    town.say(WageClaimOpened(claim_id="C-1", employer_id="E-1", zone=ZONE))
    town.say(JobAmended(job_id=posting().job_id, zone=ZONE, employer_name="雪芽新茶场"))
    assert town.zone().claims["E-1"]["C-1"].employer_name == "雪芽新茶场"
    town.say(posting(job_id="J-2", employer_name="雪芽茶业公司"), posting(job_id="J-3"))
    town.say(posting(job_id="J-4", employer_id="E-2", employer_name="另一家茶场"))
    assert town.zone().claims["E-1"]["C-1"].employer_name == "雪芽茶业公司"


def test_a_zone_that_garbage_names_is_no_market(town: Town) -> None:
    record = record_of(TICK, 1, source=SOURCE)
    garbage = msgspec.structs.replace(record, key=b"999999", value=b"\xff\x00")
    town.facts.append(garbage)
    town.say(posting())
    kept = dump(town.url)
    assert kept[ZONES] == [ZONE]
    assert zone_key("999999") not in kept
    assert "event.rejected" in str(kept[live_key(0)])


def test_no_home_no_birth_year_no_wage_is_kept(town: Town) -> None:
    town.say(
        worker(birth_year=1961, pay_floor_fen_day=12_345, place=Place(lat=29.61234, lon=103.41))
    )
    kept = town.text()
    assert "1961" not in kept
    assert "12345" not in kept
    assert "29.61234" not in kept


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


def test_what_expired_with_people_booked_is_open_again_at_a_time_ahead(town: Town) -> None:
    town.say(worker(), posting(headcount=2, expires_at=NOW + 2 * HOUR))
    town.accept()
    town.say(ClockTicked(now=NOW + 3 * HOUR))
    assert town.job().status == "expired"
    town.say(JobAmended(job_id="J-1", zone=ZONE, expires_at=NOW + 20 * HOUR))
    assert town.job().status == "open"
    town.say(JobAmended(job_id="J-1", zone=ZONE, headcount=1))
    assert town.job().status == "filled"


def test_a_jobs_ranking_is_told_to_each_it_names_with_their_own_line_alone(
    town: Town, redis_url: str
) -> None:
    town.say(worker("W-1"), worker("W-2"), posting())
    ranked = town.job().ranking
    assert ranked is not None
    assert {line.worker_id for line in ranked.lines} == {"W-1", "W-2"}
    with Redis.from_url(redis_url) as redis:
        for worker_id in ("W-1", "W-2"):
            told = [
                msgspec.json.decode(entry[b"data"])["outcome"]
                for _, entry in redis.xrange(told_key(ZONE, worker_id))
                if entry[b"type"] == b"match.ranked"
            ]
            lines = [one["ranking"] for one in told if one.get("job_id") == "J-1"]
            assert [[line["worker_id"] for line in own] for own in lines] == [[worker_id]]
            matched = redis.zrange(matched_key(ZONE, worker_id), 0, -1, withscores=True)
            assert matched == [(b"J-1", ranked.offset)]
        town.say(WorkerForgotten(worker_id="W-1", zone=ZONE))
        assert not redis.exists(matched_key(ZONE, "W-1"), told_key(ZONE, "W-1"))
        assert redis.exists(matched_key(ZONE, "W-2"), told_key(ZONE, "W-2")) == 2


def test_only_the_newest_jobs_that_named_a_worker_are_kept(
    town: Town, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.redis_store.MATCHED_LENGTH", 2)
    town.say(worker(), *(posting(f"J-{number}") for number in range(4)))
    with Redis.from_url(redis_url) as redis:
        assert redis.zrange(matched_key(ZONE, "W-1"), 0, -1) == [b"J-2", b"J-3"]
