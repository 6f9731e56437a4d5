"""What a station says late: nobody offers yesterday's worker, the rest counts for what is ahead."""

from hypothesis import assume, given
from hypothesis import strategies as st

from events.envelope import Record
from events.facts import ClockTicked, WorkerAvailable
from events.outcomes import BookingConfirmed, BookingRefused, JobExpired, MatchRanked, OfferMade
from events.values import Interval
from matching.engine import Engine, Step
from matching.invariants.inspector import Inspector
from matching.scorer import rules_only
from tests.matching.scenario import Scenario
from tests.strategies import worker_available
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of, worlds

DAY = 24 * HOUR
YESTERDAY = Interval(start=NOW - DAY, end=NOW - 14 * HOUR)


def test_yesterdays_worker_is_not_available_and_gets_no_offer() -> None:
    town = Scenario()
    town.posted()
    town.available(windows=(YESTERDAY,))
    assert [said.TYPE for said in town.outcomes] == ["match.ranked"]
    [ranking] = town.said(MatchRanked)
    assert (ranking.pool, ranking.feasible, ranking.excluded["time"]) == (1, 0, 1)
    assert town.market.state.workers["W-1"].available is None
    [ranking] = [said for said in town.posted(job_id="J-2") if isinstance(said, MatchRanked)]
    assert (ranking.pool, ranking.feasible) == (0, 0)


def test_nor_does_one_whose_word_was_good_until_yesterday() -> None:
    town = Scenario()
    town.posted()
    town.available(valid_until=NOW)
    assert town.asked() == []
    town.posted(job_id="J-2")
    assert town.asked() == []


def test_what_is_partly_over_counts_for_what_is_ahead() -> None:
    town = Scenario()
    town.posted(shifts=(Interval(start=NOW + 2 * HOUR, end=NOW + 4 * HOUR),))
    town.posted(job_id="J-2", shifts=(Interval(start=NOW + 20 * HOUR, end=NOW + 22 * HOUR),))
    town.available(windows=(YESTERDAY, Interval(start=NOW - HOUR, end=NOW + 5 * HOUR)))
    assert [offer.job_id for offer in town.said(OfferMade)] == ["J-1"]


def test_what_a_worker_said_later_at_the_same_station_still_replaces_what_they_said_before() -> (
    None
):
    """Said on Monday: the whole week. Said then: only Monday. Both come on Tuesday, in order."""
    town = Scenario()
    town.posted()
    town.available()
    assert town.asked() == ["W-1"]
    town.available(windows=(YESTERDAY,))
    assert town.market.state.workers["W-1"].open_offers == {}
    assert town.market.state.workers["W-1"].available is None


def test_a_booking_outlives_an_availability_that_came_late() -> None:
    town = Scenario()
    town.posted()
    town.available()
    town.accepts("W-1")
    assert town.said(BookingConfirmed)
    town.available(windows=(YESTERDAY,))
    assert "J-1" in town.market.state.workers["W-1"].bookings


def test_a_yes_to_an_offer_that_has_expired_meanwhile_is_refused_as_expired() -> None:
    town = Scenario()
    town.posted()
    town.available()
    offer_id = town.offer_of("W-1")
    town.passes(hours=23)
    town.accepts("W-1", offer_id)
    assert [refused.reason for refused in town.said(BookingRefused)] == ["expired"]


def test_a_posting_for_yesterday_expires_at_once_and_asks_nobody() -> None:
    town = Scenario()
    town.available(windows=(Interval(start=NOW - 2 * DAY, end=NOW + DAY),))
    town.posted(shifts=(YESTERDAY,))
    assert town.said(JobExpired)
    assert town.asked() == []


@given(log=worlds(max_size=15), late=worker_available(), hours=st.integers(0, 12))
def test_late_or_in_time_the_market_comes_to_the_same_worker(
    log: tuple[Record, ...], late: WorkerAvailable, hours: int
) -> None:
    """Said before the clock has passed its end, or after: nobody is available or asked for it."""
    after = ClockTicked(now=NOW + (12 + hours) * HOUR)
    until = late.valid_until or max(window.end for window in late.windows)
    assume(until <= after.now)
    in_time, _ = _folded(log, late, after)
    too_late, steps = _folded(log, after, late)
    for engine in (in_time, too_late):
        worker = engine.markets[ZONE].state.workers[late.worker_id]
        assert (worker.available, worker.open_offers) == (None, {})
    asked = [e.outcome for e in steps[-1].emissions if isinstance(e.outcome, OfferMade)]
    assert late.worker_id not in [offer.worker_id for offer in asked]


def test_a_batch_that_is_a_day_late_is_worth_what_it_is_worth_today() -> None:
    """A whole morning of a station, in its order, after the clock has moved on by a day."""
    town = Scenario()
    town.passes(hours=24)
    town.available("W-1", windows=(Interval(start=NOW, end=NOW + 10 * HOUR),))
    town.available("W-2", windows=(Interval(start=NOW, end=NOW + 3 * DAY),))
    town.posted(shifts=(Interval(start=NOW + HOUR, end=NOW + 5 * HOUR),))
    assert town.said(JobExpired)
    town.posted(job_id="J-2", shifts=(Interval(start=NOW + 2 * DAY, end=NOW + 2 * DAY + HOUR),))
    assert town.asked() == ["W-2"]


def _folded(
    log: tuple[Record, ...], *facts: ClockTicked | WorkerAvailable
) -> tuple[Engine, list[Step]]:
    engine = Engine(0, 1, rules_only)
    inspector = Inspector(engine)
    steps = []
    more = (record_of(fact, len(log) + n, id=f"late-{n}") for n, fact in enumerate(facts))
    for record in (*log, *more):
        steps.append(engine.step(record))
        inspector.inspect(record, steps[-1])
    return engine, steps
