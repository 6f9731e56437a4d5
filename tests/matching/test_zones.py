"""Workers who work away: one calendar, one writer, whoever asks first."""

from typing import TypeVar

import msgspec
import pytest

from events.facts import (
    JobAmended,
    JobCancelled,
    OfferAccepted,
    WorkCompleted,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.notices import BookingAnswered, VisitorAnnounced, VisitorReported
from events.outcomes import (
    AnyOutcome,
    AwayBooked,
    AwayEnded,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    JobExpired,
    JobFilled,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.topics import partition_of
from events.values import Crew, Interval
from tests.matching.county import FAR, HOME, NEAR, PARTITIONS, County
from tests.matching.scenario import JOB
from tests.town import HOUR, NOW
from tests.worlds import record_of

MINUTE = 1 / 60

T = TypeVar("T", bound=AnyOutcome)


@pytest.fixture
def county() -> County:
    """A worker of HOME is known in NEAR and FAR, and each zone has the usual job."""
    county = County()
    county.available()
    county.deliver_all()
    for zone in (HOME, NEAR, FAR):
        county.posted(zone)
    county.deliver_all()
    return county


def kinds(said: list[AnyOutcome]) -> list[str]:
    return [outcome.TYPE for outcome in said]


def heard(county: County, zone: str, kind: type[T]) -> list[T]:
    return [outcome for outcome in county.outcomes[zone] if isinstance(outcome, kind)]


def test_a_visitor_is_ranked_and_asked_like_anybody(county: County) -> None:
    assert [made.worker_id for made in heard(county, NEAR, OfferMade)] == ["W-1"]
    ranked = [one for one in heard(county, NEAR, MatchRanked) if one.worker_id == "W-1"]
    assert ranked[0].zone == NEAR
    assert county.worker(NEAR).visit is not None


def test_a_yes_is_pending_until_the_home_zone_grants_it(county: County) -> None:
    said = county.accepts(NEAR)
    assert kinds(said) == ["booking.pending"]
    assert county.job(NEAR).status == "filled"
    assert heard(county, NEAR, JobFilled) == []
    county.deliver_all()
    assert kinds(county.outcomes[NEAR])[-2:] == ["booking.confirmed", "job.filled"]
    booked = heard(county, HOME, AwayBooked)
    assert [(one.job_id, one.job_zone) for one in booked] == [("J-1", NEAR)]
    assert county.worker(HOME).busy == county.worker(NEAR).busy == county.worker(FAR).busy
    assert [one.reason for one in heard(county, HOME, OfferWithdrawn)] == ["worker_booked"]
    assert [one.reason for one in heard(county, FAR, OfferWithdrawn)] == ["terms_changed"]


def test_three_zones_race_for_one_worker_and_one_wins(county: County) -> None:
    county.accepts(FAR)
    county.accepts(NEAR)
    county.accepts(HOME)
    assert county.granted("W-1") == [(shift.start, shift.end) for shift in JOB.shifts]
    county.deliver_all()
    refused = heard(county, NEAR, BookingRefused) + heard(county, FAR, BookingRefused)
    assert [one.reason for one in refused] == ["taken", "taken"]
    assert len(heard(county, HOME, BookingConfirmed)) == 1
    assert county.job(NEAR).status == county.job(FAR).status == "open"
    assert not county.is_pending()


def test_the_request_that_arrives_first_gets_the_worker(county: County) -> None:
    county.accepts(FAR)
    county.accepts(NEAR)
    county.deliver((partition_of(NEAR, PARTITIONS), partition_of(HOME, PARTITIONS)))
    county.deliver_all()
    assert len(heard(county, NEAR, BookingConfirmed)) == 1
    assert [one.reason for one in heard(county, FAR, BookingRefused)] == ["taken"]


def test_with_the_home_zone_dead_the_places_go_to_others_in_the_end(county: County) -> None:
    county.accepts(NEAR)
    county.available("W-9", zone=NEAR, other_zones=())
    held = list(county.on_the_way[partition_of(NEAR, PARTITIONS), partition_of(HOME, PARTITIONS)])
    for _ in range(4):
        assert kinds(county.passes(NEAR, MINUTE)) == []
    said = county.passes(NEAR, MINUTE)
    assert [one.reason for one in said if isinstance(one, BookingRefused)] == ["home_silent"]
    assert [one.worker_id for one in said if isinstance(one, OfferMade)] == ["W-9"]
    assert county.job(NEAR).status == "open"
    assert held, "the request was on its way all the time"
    county.restarts(partition_of(HOME, PARTITIONS))
    county.deliver_all()
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ["cancelled"]
    assert county.granted("W-1") == []
    assert county.worker(HOME).bookings == {}
    assert not county.worker(NEAR).open_offers


def test_whose_home_was_silent_is_asked_again_when_they_are_heard_of(county: County) -> None:
    county.accepts(NEAR)
    for _ in range(5):
        said = county.passes(NEAR, MINUTE)
    assert kinds(said) == ["booking.refused", "job.unfilled"]
    county.available(max_distance_km=21.0)
    county.deliver_all()
    assert len(county.worker(NEAR).open_offers) == 1


def test_a_process_that_dies_in_the_middle_books_nobody_twice(county: County) -> None:
    county.accepts(NEAR)
    county.deliver((partition_of(NEAR, PARTITIONS), partition_of(HOME, PARTITIONS)))
    county.restarts(partition_of(HOME, PARTITIONS), resent=4)
    county.restarts(partition_of(NEAR, PARTITIONS), resent=1)
    county.accepts(FAR)
    county.deliver_all()
    assert len(heard(county, NEAR, BookingConfirmed)) == 1
    assert [one.reason for one in heard(county, FAR, BookingRefused)] == ["taken"]
    for number in range(PARTITIONS):
        county.from_snapshots(number)


def test_rest_and_hours_count_across_zones(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    early = Interval(start=JOB.shifts[0].end + 2 * HOUR, end=JOB.shifts[0].end + 8 * HOUR)
    county.posted(FAR, "J-2", shifts=(early,))
    (ranked,) = [one for one in heard(county, FAR, MatchRanked) if one.job_id == "J-2"]
    assert ranked.excluded in ({"rest": 1}, {"hours": 1})


def test_attendance_and_stars_reach_the_home_zone(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.passes(HOME, 40)
    county.passes(NEAR, 40)
    county.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=NEAR))
    county.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=NEAR, stars=5))
    county.deliver_all()
    record = county.worker(HOME).record
    assert (record.accepted, record.completed, record.stars) == (1, 1, 5)
    assert record.employers == {"E-1": 1}
    assert county.worker(FAR).record == record
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ["completed"]


def test_not_coming_reaches_the_home_zone(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.passes(NEAR, 25)
    county.happens(WorkNoShow(job_id="J-1", worker_id="W-1", zone=NEAR))
    county.deliver_all()
    assert county.worker(HOME).record.no_shows == 1
    assert county.worker(HOME).bookings == {}


def test_a_job_cancelled_while_the_home_zone_is_asked_books_nobody(county: County) -> None:
    county.accepts(NEAR)
    said = county.happens(JobCancelled(job_id="J-1", zone=NEAR))
    assert [one.reason for one in said if isinstance(one, BookingRefused)] == ["withdrawn"]
    county.deliver_all()
    assert county.worker(HOME).bookings == {}
    assert heard(county, NEAR, BookingConfirmed) == []


def test_a_no_after_a_yes_takes_it_back(county: County) -> None:
    (pending,) = county.accepts(NEAR)
    assert isinstance(pending, BookingPending)
    said = county.declines(NEAR, pending.offer_id)
    assert [one.reason for one in said if isinstance(one, BookingRefused)] == ["declined"]
    county.deliver_all()
    assert county.worker(HOME).bookings == {}


def test_bookings_cancelled_at_home_are_cancelled_away(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.happens(WorkerUnavailable(worker_id="W-1", zone=HOME, cancel_bookings=True))
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ["worker_unavailable"]
    county.deliver_all()
    assert [one.reason for one in heard(county, NEAR, BookingCancelled)] == ["worker_unavailable"]
    assert county.worker(NEAR).available is None


def test_who_no_longer_names_a_zone_keeps_what_is_booked_there(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.available(other_zones=(FAR,))
    county.deliver_all()
    assert county.worker(NEAR).available is None
    assert county.worker(NEAR).bookings
    assert county.granted("W-1")


def forget_everywhere(county: County) -> None:
    """Forget the worker at home, and see that nothing of them is left in any zone."""
    county.happens(WorkerForgotten(worker_id="W-1", zone=HOME))
    county.deliver_all()
    for zone in (HOME, NEAR, FAR):
        state = county.engine(zone).markets[zone].state
        assert not county.knows(zone)
        assert "W-1" not in repr((state.jobs, state.offers))


def test_forgotten_at_home_is_forgotten_everywhere(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    forget_everywhere(county)
    assert [one.reason for one in heard(county, NEAR, BookingCancelled)] == ["worker_forgotten"]


def test_only_the_home_zone_speaks_of_its_worker(county: County) -> None:
    county.available(zone=NEAR, other_zones=())
    county.happens(WorkerUnavailable(worker_id="W-1", zone=FAR))
    assert county.rejections == ["lives_elsewhere", "lives_elsewhere"]


def test_only_a_market_gives_notices() -> None:
    county = County()
    notice = BookingAnswered(worker_id="W-1", zone=HOME, from_zone=NEAR, offer_id="O-1")
    number = partition_of(HOME, PARTITIONS)
    offset = len(county.logs[number])
    forged = record_of(notice, offset, partition=number, source=f"/zones/{NEAR}/stations/05")
    step = county.engines[number].step(forged)
    assert step.rejection is not None
    assert step.rejection.code == "not_from_market"


def test_a_third_zone_can_neither_grant_a_booking_nor_end_it(county: County) -> None:
    county.accepts(NEAR)
    (made,) = heard(county, NEAR, OfferMade)
    grant = BookingAnswered(worker_id="W-1", zone=NEAR, from_zone=FAR, offer_id=made.offer_id)
    county.hears(grant)
    assert heard(county, NEAR, BookingConfirmed) == []
    county.deliver_all()
    assert len(heard(county, NEAR, BookingConfirmed)) == 1
    (booked,) = heard(county, HOME, AwayBooked)
    county.hears(
        VisitorReported(
            worker_id="W-1", zone=HOME, from_zone=FAR, offer_id=booked.offer_id, what="cancelled"
        )
    )
    assert heard(county, HOME, AwayEnded) == []
    assert county.rejections == ["not_from_market", "not_from_market"]


def test_who_has_never_registered_there_and_wants_nothing_is_nobody() -> None:
    county = County()
    county.hears(VisitorAnnounced(worker_id="W-1", zone=NEAR, from_zone=HOME, version=3, since=0))
    assert not county.knows(NEAR)


def test_visitors_who_have_gone_are_dropped_with_the_jobs_that_knew_them(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.happens(WorkerUnavailable(worker_id="W-1", zone=HOME, cancel_bookings=True))
    county.deliver_all()
    county.happens(JobCancelled(job_id="J-1", zone=NEAR))
    county.passes(NEAR, 24 * 12)
    assert not county.knows(NEAR)
    assert county.engine(NEAR).markets[NEAR].state.visitors == []


def test_a_booking_away_that_nobody_reports_on_leaves_the_calendar(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.passes(HOME, 24 * 12)
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ["never_reported"]
    assert county.worker(HOME).bookings == {}


def test_who_turns_out_too_young_is_not_booked_away(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.available(birth_year=2012)
    county.deliver_all()
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ["terms_changed"]
    assert [one.reason for one in heard(county, NEAR, BookingCancelled)] == ["terms_changed"]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_crew_that_is_too_small_now_is_not_booked_away(size: int) -> None:
    county = County()
    crew = Crew(leader_id="W-1", size=3)
    county.available(crew=crew)
    county.deliver_all()
    county.posted(NEAR, headcount=3, accepts_crews=True)
    county.accepts(NEAR)
    county.deliver_all()
    county.available(crew=msgspec.structs.replace(crew, size=size) if size > 1 else None)
    county.deliver_all()
    ended = ["terms_changed"] * (size < 3)
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ended
    assert [one.reason for one in heard(county, NEAR, BookingCancelled)] == ended
    assert county.job(NEAR).booked_places == (0 if ended else 3)


def test_bookings_that_are_over_count_no_more_in_any_zone(county: County) -> None:
    """They kept their worker from other work for a week, when nobody had reported on them."""
    county.available(max_bookings=1)
    county.deliver_all()
    county.accepts(NEAR)
    county.deliver_all()
    later = (Interval(start=NOW + 100 * HOUR, end=NOW + 108 * HOUR),)
    for zone in (HOME, FAR, NEAR):
        county.posted(zone, "J-2", shifts=later)
    ranked = [
        one.excluded
        for zone in (HOME, FAR, NEAR)
        for one in heard(county, zone, MatchRanked)
        if one.job_id == "J-2"
    ]
    assert ranked == [{"quota": 1}] * 3
    for zone in (HOME, NEAR, FAR):
        county.passes(zone, 33.5)
    county.deliver_all()
    asked = [
        zone
        for zone in (HOME, NEAR, FAR)
        for one in heard(county, zone, OfferMade)
        if one.job_id == "J-2"
    ]
    assert asked == [HOME, NEAR, FAR]
    assert county.worker(HOME).bookings
    for number in range(PARTITIONS):
        county.from_snapshots(number)


def test_msgspec_keeps_a_notice_as_it_is(county: County) -> None:
    for sendings in county.delivered.values():
        for sending in sendings:
            again = msgspec.json.decode(sending.value, type=type(sending.notice))
            assert again == sending.notice


def test_a_visitor_announced_too_late_is_asked_for_nothing(county: County) -> None:
    """The notice was long on its way, and this zone's clock had gone on."""
    county.available(valid_until=NOW + 2 * HOUR)
    county.passes(NEAR, 3)
    county.deliver_all()
    assert kinds(county.posted(NEAR, "J-2")) == ["match.ranked", "job.unfilled"]
    assert county.worker(NEAR).available is None


@pytest.mark.parametrize("has_worked", [False, True])
def test_who_is_forgotten_after_their_time_is_forgotten_everywhere(
    county: County, has_worked: bool
) -> None:
    """Only the zones of an availability that still stood were told."""
    county.accepts(NEAR)
    county.deliver_all()
    if has_worked:
        county.passes(NEAR, 25)
        county.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=NEAR))
        county.deliver_all()
    county.happens(WorkerUnavailable(worker_id="W-1", zone=HOME, cancel_bookings=not has_worked))
    county.deliver_all()
    forget_everywhere(county)


def test_a_job_that_was_full_only_pending_ends_when_its_time_does(county: County) -> None:
    """It stayed full without anybody, and neither its filling nor its end was said."""
    county.accepts(NEAR)
    soon = NOW + HOUR // 60
    county.happens(JobAmended(job_id="J-1", zone=NEAR, expires_at=soon))
    said = county.passes(NEAR, 1)
    assert [one.reason for one in said if isinstance(one, BookingRefused)] == ["home_silent"]
    assert [one.booked for one in said if isinstance(one, JobExpired)] == [0]
    assert county.job(NEAR).status == "expired"
    assert heard(county, NEAR, JobFilled) == []


def test_a_visitor_who_is_too_young_by_now_waits_for_no_grant(county: County) -> None:
    """What they could not be booked for any more stayed pending, which no market may show."""
    county.accepts(NEAR)
    assert county.is_pending()
    county.available(birth_year=2015)
    route = partition_of(HOME, PARTITIONS), partition_of(NEAR, PARTITIONS)
    while county.on_the_way[route]:
        county.deliver(route)
    assert not county.is_pending()
    county.deliver_all()
    assert county.worker(HOME).bookings == {}


def test_visitors_of_whom_nothing_is_told_share_nothing() -> None:
    first, second = (
        VisitorAnnounced(worker_id=id, zone=NEAR, from_zone=HOME, version=1, since=0)
        for id in ("V-1", "V-2")
    )
    first.experience.asked["tea"] = 1
    assert second.experience.asked == {}


def test_a_yes_that_is_said_again_is_still_pending(county: County) -> None:
    (offer_id,) = county.worker(NEAR).open_offers
    yes = OfferAccepted(offer_id=offer_id, worker_id="W-1", zone=NEAR)
    first = county.happens(yes)
    assert kinds(first) == kinds(county.happens(yes)) == ["booking.pending"]
    county.deliver_all()
    assert len(heard(county, NEAR, BookingConfirmed)) == 1
    assert len(heard(county, HOME, AwayBooked)) == 1


def test_work_away_that_nobody_reported_is_forgotten_there_too(county: County) -> None:
    """Announced without it, it was cancelled there as if the worker had taken it back."""
    county.accepts(NEAR)
    county.deliver_all()
    county.passes(NEAR, 24 * 7)
    county.passes(HOME, 24 * 12)
    county.deliver_all()
    assert [one.result for one in heard(county, HOME, AwayEnded)] == ["never_reported"]
    assert heard(county, NEAR, BookingCancelled) == []


def test_a_rating_away_that_is_given_again_counts_once(county: County) -> None:
    county.accepts(NEAR)
    county.deliver_all()
    county.passes(NEAR, 25)
    county.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=NEAR))
    for stars in (2, 5):
        county.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=NEAR, stars=stars))
    county.deliver_all()
    record = county.worker(HOME).record
    assert (record.stars, record.ratings) == (5, 1)
    assert county.worker(NEAR).record == record


DAYS = tuple(
    Interval(start=shift.start + day * 24 * HOUR, end=shift.end + day * 24 * HOUR)
    for shift in JOB.shifts
    for day in (0, 1)
)


def book_two_days(county: County) -> None:
    county.posted(NEAR, "J-2", shifts=DAYS)
    offers = county.worker(NEAR).open_offers
    (offer_id,) = [offer_id for offer_id, job_id in offers.items() if job_id == "J-2"]
    county.happens(OfferAccepted(offer_id=offer_id, worker_id="W-1", zone=NEAR))
    county.deliver_all()


@pytest.mark.parametrize("passed", [0, 33.5])
def test_a_station_away_whose_clock_is_fast_makes_no_work_of_days_to_come(
    county: County, passed: float
) -> None:
    book_two_days(county)
    for zone in (HOME, NEAR):
        county.passes(zone, passed)
    done = WorkCompleted(job_id="J-2", worker_id="W-1", zone=NEAR)
    county.happens(done, said_at=NOW + 365 * 24 * HOUR)
    county.deliver_all()
    assert county.worker(HOME).busy == ((DAYS[0].start, DAYS[0].end),)
    assert county.worker(HOME).record.days == 1


def test_whoever_is_booked_away_has_waited_whatever_offer_at_home_nobody_could_see() -> None:
    county = County()
    county.available()
    county.deliver_all()
    county.posted(NEAR)
    county.passes(HOME, 1)
    later = tuple(
        Interval(start=shift.start + 48 * HOUR, end=shift.end + 48 * HOUR) for shift in JOB.shifts
    )
    county.posted(HOME, "J-3", shifts=later)
    county.accepts(NEAR)
    county.deliver_all()
    assert list(county.worker(HOME).open_offers.values()) == ["J-3"]
    booked_at = county.worker(HOME).since
    (expired, *_) = county.passes(HOME, 1)
    assert isinstance(expired, OfferExpired)
    assert not expired.counted
    (again,) = county.worker(HOME).open_offers
    assert county.engine(HOME).markets[HOME].state.offers[again].since == booked_at


def test_a_day_worked_away_counts_when_the_rest_is_called_off(county: County) -> None:
    book_two_days(county)
    for zone in (HOME, NEAR):
        county.passes(zone, 33.5)
    county.happens(JobCancelled(job_id="J-2", zone=NEAR))
    county.deliver_all()
    assert county.worker(HOME).bookings == {}
    assert county.worker(HOME).busy == ((DAYS[0].start, DAYS[0].end),)
