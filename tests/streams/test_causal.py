"""Two topics put into the order of the log, however they arrive."""

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.codec import Event, decode, decode_outcome
from events.envelope import Record
from events.examples import FACTS
from events.facts import ClockTicked, Fact, WorkerUnavailable
from events.topics import EVENTS
from streams.causal import CausalOrder, FactRead, OutcomeRead
from tests.projecting import answered
from tests.town import NOW, ZONE
from tests.worlds import record_of, worlds

NOBODY_KNOWN = WorkerUnavailable(worker_id="W-0", zone=ZONE)


def event_of(fact: Fact) -> Event:
    return Event(id="e-1", source="/tests", time=None, fact=fact)


def take(order: CausalOrder, record: Record) -> None:
    if record.topic == EVENTS:
        order.read_fact(record.offset, decode(record))
    else:
        envelope, outcome = decode_outcome(record)
        order.read_outcome(record.offset, envelope.id, outcome)


def told(steps: list[FactRead | OutcomeRead]) -> list[tuple[str, int]]:
    return [("fact" if isinstance(step, FactRead) else "outcome", step.offset) for step in steps]


@given(worlds(max_size=20), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_topics_arrive(
    log: tuple[Record, ...], random: Random
) -> None:
    records = answered(log)
    end = len(log)
    together = CausalOrder()
    for record in records:
        take(together, record)
    expected = told(list(together.ready(end)))

    apart = CausalOrder()
    steps: list[FactRead | OutcomeRead] = []
    facts = [record for record in records if record.topic == EVENTS]
    outcomes = [record for record in records if record.topic != EVENTS]
    while facts or outcomes:
        from_facts = facts and (not outcomes or random.random() < 0.5)
        take(apart, (facts if from_facts else outcomes).pop(0))
        steps += list(apart.ready())
    assert told(steps + list(apart.ready(end))) == expected
    assert (apart.events, apart.outcomes, apart.position) == (
        together.events,
        together.outcomes,
        together.position,
    )


def test_a_fact_waits_until_the_matcher_has_passed_it() -> None:
    order = CausalOrder()
    order.read_fact(0, event_of(ClockTicked(now=NOW)))
    assert list(order.ready()) == []
    assert order.events == 0
    assert [step.offset for step in order.ready(1)] == [0]
    assert order.events == 1


def test_an_outcome_waits_for_its_fact() -> None:
    [fact, refused] = answered([record_of(NOBODY_KNOWN, 0)])  # nobody knows this worker
    order = CausalOrder()
    take(order, refused)
    assert list(order.ready()) == []
    take(order, fact)
    assert told(list(order.ready())) == [("outcome", 0)]  # and the fact itself never counted
    assert order.events == 1


def test_an_outcome_that_is_said_again_is_dropped() -> None:
    [fact, refused] = answered([record_of(NOBODY_KNOWN, 0)])
    envelope, outcome = decode_outcome(refused)
    order = CausalOrder()
    take(order, fact)
    order.read_outcome(0, envelope.id, outcome)
    order.read_outcome(1, envelope.id, outcome)
    assert told(list(order.ready())) == [("outcome", 0)]
    assert order.outcomes == 2


def test_a_posting_without_an_answer_was_a_repetition() -> None:
    order = CausalOrder()
    order.read_fact(0, event_of(FACTS["job.posted"]))
    assert list(order.ready(1)) == []
    assert order.events == 1


def test_undecodable_records_are_passed_over() -> None:
    order = CausalOrder()
    order.read_fact(0, None)
    order.read_fact(1, event_of(ClockTicked(now=NOW)))
    assert told(list(order.ready(2))) == [("fact", 1)]


def test_facts_before_the_cause_of_an_outcome_need_not_wait_for_it() -> None:
    """However many they are: who reads no further until they are taken would wait for ever."""
    [_, outcome] = answered([record_of(NOBODY_KNOWN, 0)])
    envelope, refused = decode_outcome(outcome)
    cause = msgspec.structs.replace(refused.cause, offset=3)
    order = CausalOrder()
    order.read_outcome(0, envelope.id, msgspec.structs.replace(refused, cause=cause))
    order.read_fact(0, event_of(ClockTicked(now=NOW)))
    order.read_fact(1, event_of(ClockTicked(now=NOW + 1)))
    assert told(list(order.ready())) == [("fact", 0), ("fact", 1)]
    assert (order.events, order.waiting_facts, order.waiting_outcomes) == (2, 0, 1)
