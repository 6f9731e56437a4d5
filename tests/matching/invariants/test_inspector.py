"""Every rule notices what it is about: a market is spoiled, and the inspector says so."""

from collections.abc import Callable

import msgspec
import pytest

from events.facts import ClockTicked, OfferAccepted, OfferDeclined, WageClaimOpened
from events.outcomes import BookingConfirmed, JobExpired, MatchRanked, OfferMade
from events.values import Pay
from matching.engine import Engine, Step
from matching.invariants.inspector import Inspector, Violation
from matching.market import Market
from matching.scorer import rules_only
from matching.state import Booking, Employer, Worker
from tests.matching.scenario import JOB, WORKER, Scenario
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

Spoil = Callable[[Market], object]
SPAN = (NOW + 24 * HOUR, NOW + 33 * HOUR)


@pytest.fixture
def town() -> Scenario:
    """W-1 has an offer of J-1, W-2 is booked for J-2 and has an offer of J-3."""
    town = Scenario()
    town.available("W-1")
    town.posted()
    town.available("W-2", skills=(msgspec.structs.replace(WORKER.skills[0], code="cleaning"),))
    town.posted(job_id="J-2", skills=("cleaning",))
    town.accepts("W-2")
    later = msgspec.structs.replace(JOB.shifts[0], start=NOW + 72 * HOUR, end=NOW + 80 * HOUR)
    town.posted(job_id="J-3", skills=("cleaning",), shifts=(later,))
    return town


def overfill(market: Market) -> None:
    market.state.jobs["J-2"].booked["W-9"] = Booking(offer_id="", places=1, result="completed")


def reopen(market: Market) -> None:
    market.state.jobs["J-2"].status = "open"


def empty_place_past_closing(market: Market) -> None:
    job = market.state.jobs["J-2"]
    job.posted, job.expires_at = msgspec.structs.replace(job.posted, headcount=2), NOW


def block(market: Market) -> None:
    market.state.employers["E-1"] = Employer(claims={"a": 1, "b": 1, "c": 1}, blocked=True)


def offer_nobody_knows(market: Market) -> None:
    market.state.jobs["J-1"].open_offers["W-7"] = "O-7"


def empty_calendar(market: Market) -> None:
    market.state.workers["W-2"].bookings.clear()


def two_places_at_once(market: Market) -> None:
    market.state.workers["W-2"].bookings["J-0"] = (SPAN,)


def booking_nobody_knows(market: Market) -> None:
    market.state.workers["W-2"].bookings["J-0"] = ((NOW, NOW + HOUR),)


def worked_all_night(market: Market) -> None:
    market.state.workers["W-2"].worked = ((SPAN[0] - 9 * HOUR, SPAN[0] - HOUR),)


def works_all_day(market: Market) -> None:
    market.state.workers["W-2"].worked = ((SPAN[1], SPAN[1] + 5 * HOUR),)


def too_young(market: Market) -> None:
    worker = market.state.workers["W-2"]
    assert worker.available is not None
    worker.available = msgspec.structs.replace(worker.available, birth_year=2015)


def badly_paid(market: Market) -> None:
    job = market.state.jobs["J-2"]
    job.posted = msgspec.structs.replace(job.posted, pay=Pay(amount_fen=100))


def gone(market: Market) -> None:
    market.state.workers["W-1"].available = None


def too_poor(market: Market) -> None:
    market.state.workers["W-1"].available = msgspec.structs.replace(
        WORKER, pay_floor_fen_day=20_000
    )


def yesterdays_worker(market: Market) -> None:
    market.state.workers["W-1"].valid_until = NOW


def stale_offer(market: Market) -> None:
    next(iter(market.state.offers.values())).expires_at = NOW


def certain_offer(market: Market) -> None:
    next(iter(market.state.offers.values())).p_accept = 1.5


def withdrawn_offer(market: Market) -> None:
    next(iter(market.state.offers.values())).status = "withdrawn"


def forgiven(market: Market) -> None:
    market.state.employers["E-9"] = Employer(listed=True)


def unblocked(market: Market) -> None:
    market.state.employers["E-9"] = Employer(claims={"a": 1, "b": 1, "c": 1})


def left_over(market: Market) -> None:
    market.ledger.to_seek["W-1"] = None


def lost_offer(market: Market) -> None:
    market.state.jobs["J-2"].offer_ids.clear()


def wrong_plan(market: Market) -> None:
    market.ledger.hiring.lacking().add("J-2")


def no_deadlines(market: Market) -> None:
    market.ledger.deadlines = type(market.ledger.deadlines)(lambda deadline: True)


def gone_from_the_pool(market: Market) -> None:
    market.ledger.pool.drop_worker("W-1")


def another_in_the_pool(market: Market) -> None:
    skilled = msgspec.structs.replace(market.ledger.worker_terms("W-1"), pay_floor_fen_day=99_000)
    market.ledger.pool.put_worker(skilled)


def nobody_asked(market: Market) -> None:
    worker = msgspec.structs.replace(WORKER, worker_id="W-8")
    market.state.workers["W-8"] = Worker(available=worker, valid_until=WORKER.windows[0].end)
    market.ledger.worker_changed("W-8")


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (overfill, "places_never_overfilled"),
        (reopen, "standing_fits_places_and_time"),
        (empty_place_past_closing, "standing_fits_places_and_time"),
        (block, "only_open_jobs_are_on_offer"),
        (offer_nobody_knows, "offers_of_a_job_are_its_own"),
        (empty_calendar, "bookings_of_a_job_are_known"),
        (two_places_at_once, "bookings_never_overlap"),
        (booking_nobody_knows, "bookings_of_a_worker_are_known"),
        (worked_all_night, "the_booked_can_rest"),
        (works_all_day, "the_booked_can_rest"),
        (too_young, "the_booked_are_of_age"),
        (badly_paid, "postings_are_lawful"),
        (gone, "only_the_available_are_asked"),
        (yesterdays_worker, "nobody_is_available_for_ever"),
        (too_poor, "offers_are_feasible"),
        (stale_offer, "open_offers_are_in_time"),
        (certain_offer, "open_offers_are_in_time"),
        (withdrawn_offer, "offers_of_a_job_are_its_own"),
        (unblocked, "claims_and_the_list_decide_who_is_blocked"),
        (forgiven, "claims_and_the_list_decide_who_is_blocked"),
        (left_over, "nothing_is_left_to_do"),
        (lost_offer, "offers_are_listed_once"),
        (wrong_plan, "hiring_agrees_with_state"),
        (no_deadlines, "everything_that_ends_has_a_deadline"),
        (gone_from_the_pool, "pool_holds_the_available"),
        (another_in_the_pool, "pool_answers_by_the_constraints"),
        (nobody_asked, "who_may_be_asked_has_been"),
    ],
)
def test_a_spoiled_market_is_noticed(town: Scenario, spoil: Spoil, rule: str) -> None:
    inspector = Inspector(town.engine)
    record = record_of(ClockTicked(now=NOW), 99)
    inspector.sweep(record)
    spoil(town.market)
    with pytest.raises(Violation) as caught:
        inspector.sweep(record)
    assert caught.value.breach.rule == rule
    assert (caught.value.zone, caught.value.record.offset) == (ZONE, 99)


def test_a_violation_says_how_to_get_there_again(town: Scenario) -> None:
    overfill(town.market)
    with pytest.raises(Violation, match=r"market\.events/0/7, zone 511181: places_never_over.*7\)"):
        Inspector(town.engine).sweep(record_of(ClockTicked(now=NOW), 7))


@pytest.mark.parametrize("spoil", [overfill, two_places_at_once, gone, too_poor, stale_offer])
def test_what_an_event_has_not_touched_waits_for_the_next_look_at_everything(
    town: Scenario, spoil: Spoil
) -> None:
    inspector = Inspector(town.engine, sweep_every=2)
    spoil(town.market)
    _apply(town.engine, inspector, 90)
    with pytest.raises(Violation):
        _apply(town.engine, inspector, 91)


def test_what_an_event_has_touched_is_checked_at_once(town: Scenario) -> None:
    inspector = Inspector(town.engine, sweep_every=1_000)
    town.market.state.workers["W-1"].bookings["J-0"] = ((NOW, NOW + HOUR),)
    answer = OfferDeclined(offer_id=town.offer_of("W-1"), worker_id="W-1", zone=ZONE)
    record = record_of(answer, 90)
    with pytest.raises(Violation, match="bookings_of_a_worker_are_known"):
        inspector.inspect(record, town.engine.step(record))


def test_an_offer_that_was_never_said_is_noticed(town: Scenario) -> None:
    inspector = Inspector(Engine(0, 1, rules_only))
    record = record_of(ClockTicked(now=NOW), 90)
    inspector._engine.markets[ZONE] = town.market
    with pytest.raises(Violation, match="what_is_said_is_so"):
        inspector.sweep(record)


def test_a_clock_that_goes_back_is_noticed(town: Scenario) -> None:
    inspector = Inspector(town.engine)
    town.market.state.now -= HOUR
    with pytest.raises(Violation, match="only_ticks_move_the_clock"):
        _apply(town.engine, inspector, 90, NOW - HOUR)


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (MatchRanked, {"pool": 9}, "rankings_add_up"),
        (MatchRanked, {"ranking": ()}, "rankings_add_up"),
        (MatchRanked, {"at": 5}, "told_at_the_markets_time"),
        (OfferMade, {"expires_at": NOW}, "offers_keep_to_the_policy"),
        (BookingConfirmed, {"remaining": -1}, "places_add_up"),
        (JobExpired, {"booked": 9}, "places_add_up"),
    ],
)
def test_outcomes_that_cannot_be_are_noticed(
    kind: type[msgspec.Struct], changes: dict[str, object], rule: str
) -> None:
    town = Scenario()
    inspector = Inspector(town.engine)
    facts = (
        WORKER,
        JOB,
        msgspec.structs.replace(JOB, job_id="J-2", skills=("cleaning",)),
        WageClaimOpened(claim_id="C-1", employer_id="E-1", zone=ZONE),
        None,
        ClockTicked(now=NOW + 24 * HOUR),
    )

    def live() -> None:
        for offset, fact in enumerate(facts, start=10):
            record = record_of(_yes(town) if fact is None else fact, offset)
            step = town.engine.step(record)
            inspector.inspect(record, _changed(step, kind, changes))

    with pytest.raises(Violation, match=rule):
        live()


def _yes(town: Scenario) -> OfferAccepted:
    return OfferAccepted(offer_id=town.offer_of("W-1"), worker_id="W-1", zone=ZONE)


def _changed(step: Step, kind: type[msgspec.Struct], changes: dict[str, object]) -> Step:
    emissions = tuple(
        msgspec.structs.replace(one, outcome=msgspec.structs.replace(one.outcome, **changes))
        if isinstance(one.outcome, kind)
        else one
        for one in step.emissions
    )
    return Step(emissions=emissions)


def _apply(engine: Engine, inspector: Inspector, offset: int, now: int = NOW) -> None:
    record = record_of(ClockTicked(now=now), offset)
    inspector.inspect(record, engine.step(record))
