"""What a real market's log makes due."""

from collections.abc import Sequence
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.emission import Telling
from events.envelope import Record
from events.facts import (
    ClockTicked,
    Fact,
    JobAmended,
    JobCancelled,
    OfferAccepted,
    OfferDeclined,
    WorkerForgotten,
)
from events.notices import AnyFact, BookingAnswered, VisitorAnnounced, market_source
from events.notifications import NotificationCancelled, NotificationDue, NotificationErased
from events.values import Interval, Pay, Place
from streams.causal import CausalOrder
from streams.causal_reading import read_into
from streams.notifier.announcer import Announcer
from streams.notifier.state import PartitionState
from tests.matching.scenario import JOB, WORKER
from tests.projecting import answered
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of, worlds

ASKED = msgspec.structs.replace(WORKER, channels=("sms", "page"))
OFFER = f"O-{ZONE}-2-1"
YES = OfferAccepted(offer_id=OFFER, worker_id="W-1", zone=ZONE)
THREE_DAYS = tuple(
    Interval(start=NOW + hours * HOUR, end=NOW + (hours + 9) * HOUR) for hours in (24, 48, 72)
)


def log_of(*facts: Fact) -> list[Record]:
    begun = [ClockTicked(now=NOW), *facts]
    return answered(record_of(fact, offset) for offset, fact in enumerate(begun))


def announced(log: Sequence[Record], announcer: Announcer | None = None) -> list[Telling]:
    announcer = announcer or Announcer()
    order = CausalOrder()
    told: list[Telling] = []
    for record in log:
        read_into(order, record)
        for step in order.ready():
            told += announcer.apply(step)
    for step in order.ready(order.events_read):
        told += announcer.apply(step)
    return told


def test_an_offer_is_due_with_all_that_its_worker_needs_to_know() -> None:
    (told,) = announced(log_of(ASKED, JOB))
    due = told.message
    assert isinstance(due, NotificationDue)
    assert told.id == f"{due.notification_id}-due"
    assert due.offer_id == f"O-{due.notification_id}"
    assert (due.worker_id, due.job_id, due.kind) == ("W-1", "J-1", "offer")
    assert due.channels == ("sms", "page")
    assert due.pay_fen_day == 15_000
    assert due.first_shift == JOB.shifts[0]
    assert due.distance_km == 1.1
    assert due.expires_at > NOW


def test_a_slip_in_the_pay_by_the_piece_keeps_nobody_from_being_told() -> None:
    """What a day brings was read back within the bounds of an amount, and refused."""
    paid = Pay(amount_fen=1_200, unit="piece", pieces_per_day=100_000)
    (told,) = announced(log_of(ASKED, msgspec.structs.replace(JOB, pay=paid)))
    assert isinstance(told.message, NotificationDue)
    assert told.message.pay_fen_day == 120_000_000
    encoded = msgspec.json.encode(told.message)
    assert msgspec.json.decode(encoded, type=NotificationDue) == told.message


def test_an_answered_offer_is_due_no_more() -> None:
    accepted = announced(
        log_of(ASKED, JOB, OfferAccepted(offer_id=OFFER, worker_id="W-1", zone=ZONE))
    )
    declined = announced(
        log_of(ASKED, JOB, OfferDeclined(offer_id=OFFER, worker_id="W-1", zone=ZONE))
    )
    for told, reason in ((accepted, "accepted"), (declined, "declined")):
        assert [type(one.message) for one in told] == [NotificationDue, NotificationCancelled]
        assert told[1].message.reason == reason  # type: ignore[union-attr]
        assert told[1].id == f"{told[0].message.notification_id}-cancelled"  # type: ignore[union-attr]


def test_a_withdrawn_offer_is_due_no_more() -> None:
    told = announced(log_of(ASKED, JOB, JobCancelled(job_id="J-1", zone=ZONE)))
    assert isinstance(told[1].message, NotificationCancelled)
    assert told[1].message.reason == "job_cancelled"


def test_who_was_booked_is_told_that_the_work_is_off() -> None:
    yes = OfferAccepted(offer_id=OFFER, worker_id="W-1", zone=ZONE)
    told = announced(log_of(ASKED, JOB, yes, JobCancelled(job_id="J-1", zone=ZONE)))
    due = told[-1].message
    assert isinstance(due, NotificationDue)
    assert due.kind == "cancelled"
    assert due.expires_at == JOB.shifts[0].end


def last_due(log: Sequence[Record], announcer: Announcer | None = None) -> NotificationDue:
    dues = [one.message for one in announced(log, announcer)]
    return [one for one in dues if isinstance(one, NotificationDue) and one.kind == "cancelled"][-1]


def test_who_was_booked_is_told_not_to_go_where_and_when_they_said_yes_to() -> None:
    other_day = (Interval(start=NOW + 72 * HOUR, end=NOW + 80 * HOUR),)
    elsewhere = Place(lat=29.7, lon=103.5, name="峨眉山")
    amended = JobAmended(job_id="J-1", zone=ZONE, shifts=other_day, place=elsewhere)
    due = last_due(log_of(ASKED, JOB, YES, amended))
    assert due.reason == "terms_changed"
    assert (due.first_shift, due.shifts) == (JOB.shifts[0], 1)
    assert due.expires_at == JOB.shifts[0].end
    assert (due.place, due.distance_km) == (JOB.place.name, 1.1)


def test_what_was_booked_is_known_to_a_notifier_that_goes_on() -> None:
    announcer = Announcer()
    announced(log_of(ASKED, JOB, YES), announcer)
    announcer.state.prune()
    kept = msgspec.msgpack.encode(PartitionState(announcer=announcer.state))
    again = Announcer(msgspec.msgpack.decode(kept, type=PartitionState).announcer)
    other_day = (Interval(start=NOW + 72 * HOUR, end=NOW + 80 * HOUR),)
    log = log_of(ASKED, JOB, YES, JobAmended(job_id="J-1", zone=ZONE, shifts=other_day))
    amended = next(n for n, one in enumerate(log) if b"job.amended" in dict(one.headers)["ce_type"])
    assert last_due(log[amended:], again).first_shift == JOB.shifts[0]


def test_work_of_days_that_is_off_on_the_second_is_told_until_the_last_one_ends() -> None:
    job = msgspec.structs.replace(JOB, shifts=THREE_DAYS)
    second_day = ClockTicked(now=THREE_DAYS[1].start + HOUR)
    off = JobCancelled(job_id="J-1", zone=ZONE)
    due = last_due(log_of(ASKED, job, YES, second_day, off))
    assert due.reason == "job_cancelled"
    assert (due.first_shift, due.shifts) == (THREE_DAYS[2], 1)
    assert due.expires_at == THREE_DAYS[2].end > due.at
    last_day = ClockTicked(now=THREE_DAYS[2].start + HOUR)
    due = last_due(log_of(ASKED, job, YES, last_day, off))
    assert (due.first_shift, due.shifts) == (THREE_DAYS[2], 1)


def test_work_of_days_by_the_hour_is_told_to_its_last_day_and_in_its_unit() -> None:
    hourly = Pay(amount_fen=2_500, unit="hour")
    job = msgspec.structs.replace(JOB, shifts=THREE_DAYS, pay=hourly)
    [due] = [one.message for one in announced(log_of(ASKED, job))]
    assert isinstance(due, NotificationDue)
    assert (due.shifts, due.last_start, due.pay) == (3, THREE_DAYS[2].start, hourly)
    [due] = [one.message for one in announced(log_of(ASKED, JOB))]
    assert isinstance(due, NotificationDue)
    assert (due.shifts, due.last_start, due.pay) == (1, None, None)


def test_bookings_are_remembered_until_they_end() -> None:
    announcer = Announcer()
    announced(log_of(ASKED, JOB, YES), announcer)
    assert len(announcer.state.bookings) == 1
    announcer.state.clock = JOB.shifts[0].end
    announcer.state.prune()
    assert announcer.state.bookings == {}
    announced(log_of(ASKED, JOB, YES, JobCancelled(job_id="J-1", zone=ZONE)), announcer)
    assert announcer.state.bookings == {}


def test_who_cancels_their_own_booking_is_told_nothing() -> None:
    yes = OfferAccepted(offer_id=OFFER, worker_id="W-1", zone=ZONE)
    no = OfferDeclined(offer_id=OFFER, worker_id="W-1", zone=ZONE)
    told = announced(log_of(ASKED, JOB, yes, no))
    assert [type(one.message) for one in told] == [NotificationDue, NotificationCancelled]


def test_new_terms_are_told_as_they_are_now() -> None:
    more = JobAmended(job_id="J-1", zone=ZONE, pay=Pay(amount_fen=20_000))
    told = announced(log_of(JOB, more, ASKED))
    assert [one.message.pay_fen_day for one in told] == [20_000]  # type: ignore[union-attr]


def test_a_forgotten_worker_is_erased_once_and_not_remembered() -> None:
    announcer = Announcer()
    forgotten = WorkerForgotten(worker_id="W-1", zone=ZONE)
    announced(log_of(ASKED, JOB, YES, forgotten), announcer)
    assert b"W-1" not in msgspec.msgpack.encode(announcer.state)
    announcer = Announcer()
    told = announced(log_of(ASKED, JOB, forgotten), announcer)
    assert [type(one.message) for one in told] == [NotificationDue, NotificationErased]
    assert b"W-1" not in msgspec.msgpack.encode(announcer.state)


def test_a_late_repetition_of_an_erasure_erases_nobody() -> None:
    forgotten = WorkerForgotten(worker_id="W-1", zone=ZONE)
    said: list[tuple[Fact, str]] = [
        (ClockTicked(now=NOW), "c"),
        (ASKED, "a"),
        (forgotten, "f"),
        (ASKED, "b"),
        (forgotten, "f"),
        (JOB, "j"),
    ]
    facts = [record_of(fact, offset, id=id) for offset, (fact, id) in enumerate(said)]
    told = announced(answered(facts))
    assert [type(one.message) for one in told] == [NotificationErased, NotificationDue]


VISITOR = VisitorAnnounced(
    worker_id="W-1",
    zone=ZONE,
    from_zone="511102",
    version=1,
    since=NOW,
    available=msgspec.structs.replace(ASKED, zone="511102", other_zones=(ZONE,)),
    valid_until=NOW + 100 * HOUR,
)


def test_a_visitor_is_told_by_the_channels_they_chose_at_home() -> None:
    (told,) = announced(visited(VISITOR, JOB))
    assert isinstance(told.message, NotificationDue)
    assert told.message.channels == ("sms", "page")


@pytest.mark.parametrize("settled", [False, True])
def test_only_their_home_erases_a_visitor_and_nobody_elses_a_resident(settled: bool) -> None:
    gone = msgspec.structs.replace(VISITOR, version=2, available=None, valid_until=None)
    forgotten = msgspec.structs.replace(gone, version=3, forgotten=True)
    announcer = Announcer()
    between: tuple[AnyFact, ...] = (gone, ASKED) if settled else ()
    told = announced(visited(VISITOR, *between, JOB, forgotten), announcer)
    kinds = [NotificationDue] if settled else [NotificationDue, NotificationErased]
    assert [type(one.message) for one in told] == kinds
    assert (f"{ZONE}/W-1" in announcer.state.workers) == settled


ANSWER = BookingAnswered(worker_id="W-1", zone=ZONE, from_zone="511102", offer_id=OFFER)


@pytest.mark.parametrize(
    "then",
    [
        (ClockTicked(now=NOW + HOUR), ClockTicked(now=NOW + 2 * HOUR)),
        (msgspec.structs.replace(ANSWER, denied="taken"),),
        (msgspec.structs.replace(ANSWER, denied="unavailable"),),
        (JobCancelled(job_id="J-1", zone=ZONE),),
        (JobAmended(job_id="J-1", zone=ZONE, place=Place(lat=29.7, lon=103.5, name="峨眉山")),),
    ],
)
def test_a_visitor_whose_yes_was_pending_is_told_that_it_did_not_come_about(
    then: tuple[AnyFact, ...],
) -> None:
    announcer = Announcer()
    told = announced(visited(VISITOR, JOB, YES, *then, YES), announcer)
    [due] = [
        one.message
        for one in told
        if isinstance(one.message, NotificationDue) and one.message.kind == "cancelled"
    ]
    assert (due.reason, due.worker_id, due.offer_id) == ("not_granted", "W-1", OFFER)
    assert (due.first_shift, due.place, due.channels) == (JOB.shifts[0], "", ("sms", "page"))
    assert announcer.state.pending == {}


@pytest.mark.parametrize(
    "then",
    [
        (ANSWER,),
        (ANSWER, YES),
        (OfferDeclined(offer_id=OFFER, worker_id="W-1", zone=ZONE),),
    ],
)
def test_a_visitor_who_is_booked_or_said_no_themselves_is_not(then: tuple[AnyFact, ...]) -> None:
    announcer = Announcer()
    told = announced(visited(VISITOR, JOB, YES, *then), announcer)
    assert [type(one.message) for one in told] == [NotificationDue, NotificationCancelled]
    assert announcer.state.pending == {}


def test_a_pending_yes_is_forgotten_with_its_worker_and_with_its_time() -> None:
    announcer = Announcer()
    announced(visited(VISITOR, JOB, YES), announcer)
    assert len(announcer.state.pending) == 1
    announcer.state.clock = JOB.shifts[0].end
    announcer.state.prune()
    assert announcer.state.pending == {}
    announcer = Announcer()
    gone = msgspec.structs.replace(VISITOR, version=2, available=None, valid_until=None)
    forgotten = msgspec.structs.replace(gone, forgotten=True)
    told = announced(visited(VISITOR, JOB, YES, forgotten), announcer)
    assert isinstance(told[-1].message, NotificationErased)
    assert b"W-1" not in msgspec.msgpack.encode(announcer.state)


def visited(*facts: AnyFact) -> list[Record]:
    """The log of a zone that another zone's market tells of its worker."""
    records = [record_of(ClockTicked(now=NOW), 0)]
    for offset, fact in enumerate(facts, 1):
        is_notice = isinstance(fact, VisitorAnnounced | BookingAnswered)
        source = market_source("511102") if is_notice else None
        records.append(record_of(fact, offset, source=source))
    return answered(records)


@given(worlds(max_size=25), st.randoms(use_true_random=False))
def test_going_on_from_any_moment_says_what_an_undisturbed_fold_says(
    log: tuple[Record, ...], random: Random
) -> None:
    records = answered(log)
    expected = announced(records)
    order, announcer = CausalOrder(), Announcer()
    told: list[Telling] = []
    for record in records:
        read_into(order, record)
        for step in order.ready():
            told += announcer.apply(step)
        if random.random() < 0.2:
            announcer.state.prune()
            kept = msgspec.msgpack.encode(PartitionState(announcer=announcer.state))
            announcer = Announcer(msgspec.msgpack.decode(kept, type=PartitionState).announcer)
    for step in order.ready(order.events_read):
        told += announcer.apply(step)
    assert told == expected
    ids = [one.id for one in told]
    assert len(ids) == len(set(ids))
