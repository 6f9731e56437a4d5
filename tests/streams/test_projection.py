"""What the read model says after facts and outcomes, with a real market and a real Redis."""

import msgspec
import pytest
from redis import Redis

from events.facts import (
    ClockTicked,
    JobAmended,
    JobCancelled,
    ModelPromoted,
    OfferDeclined,
    WageClaimOpened,
    WorkCompleted,
    WorkerForgotten,
    WorkerUnavailable,
    WorkRated,
)
from events.values import Pay, Place
from gigmatch.readmodel.keys import (
    ZONES,
    index_key,
    live_key,
    matched_key,
    present_key,
    told_key,
    zone_key,
)
from streams.projected_facts import MOST_CONTINUED
from tests.projecting import dump
from tests.streams.projected_town import DAY, SHIFT, STATION, TICK, Town, posting, worker
from tests.town import HOUR, NOW, SOURCE, ZONE
from tests.worlds import record_of


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
