"""Facts of the small town as the records of a log."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events.codec import ce_type, encode, event_headers
from events.envelope import Envelope, Record, structured_value
from events.facts import ClockTicked, Fact
from events.notices import AnyFact
from events.outcomes import AnyOutcome
from events.topics import EVENTS
from tests.strategies import facts
from tests.town import NOW, SOURCE, ZONE


def record_of(
    fact: AnyFact | AnyOutcome,
    offset: int = 0,
    *,
    partition: int = 0,
    id: str | None = None,
    source: str = SOURCE,
    time: int | None = NOW,
    structured: bool = False,
) -> Record:
    """The record that carries a message on `market.events`; `id` defaults to one an offset."""
    ce_id = id if id is not None else f"e-{offset}"
    headers = event_headers(fact, id=ce_id, source=source, time=time)
    value = encode(fact)
    if structured:
        headers = (("content-type", b"application/cloudevents+json"),)
        value = structured_value(
            Envelope(id=ce_id, source=source, type=ce_type(fact), time=time, data=value)
        )
    return Record(
        topic=EVENTS,
        partition=partition,
        offset=offset,
        timestamp=time or 0,
        key=fact.zone.encode(),
        value=value,
        headers=headers,
    )


def records(zone: str = ZONE, *, offset: int = 0) -> SearchStrategy[Record]:
    """One record of any fact, in either CloudEvents mode, sometimes with an id seen before."""
    return st.builds(
        record_of,
        facts(zone),
        st.just(offset),
        id=st.none() | st.sampled_from(("again-0", "again-1")),
        time=st.none() | st.just(NOW),
        structured=st.booleans(),
    )


def worlds(
    zone: str = ZONE, *, min_size: int = 1, max_size: int = 40
) -> SearchStrategy[tuple[Record, ...]]:
    """A log: records of one partition at the offsets 0, 1, 2, …, begun by a tick."""

    def log(drawn: list[Fact]) -> tuple[Record, ...]:
        begun: list[Fact] = [ClockTicked(now=NOW), *drawn]
        return tuple(record_of(fact, offset) for offset, fact in enumerate(begun))

    return st.lists(facts(zone), min_size=min_size, max_size=max_size).map(log)
