"""Facts of the small town as the records of a log."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events.codec import ce_type, encode, event_headers
from events.envelope import Envelope, Record, structured_value
from events.examples import OFFICE
from events.facts import ClockTicked, Fact
from events.notices import AnyFact
from events.outcomes import AnyOutcome
from events.topics import ALL_ZONES, EVENTS
from tests.strategies import facts
from tests.town import NOW, ZONE


def record_of(
    fact: AnyFact | AnyOutcome,
    offset: int = 0,
    *,
    partition: int = 0,
    id: str | None = None,
    source: str | None = None,
    time: int | None = NOW,
    structured: bool = False,
) -> Record:
    """The record that carries a message on `market.events`; `id` defaults to one an offset.

    Without a `source` it comes from the station it names, or from one of its zone.
    """
    ce_id = id if id is not None else f"e-{offset}"
    source = source or source_of(fact)
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


def source_of(message: AnyFact | AnyOutcome) -> str:
    """Who may say a message: the station it names, one of its zone, or the county for all zones.

    And for what names a station of another zone than its own.
    """
    station = getattr(message, "station_id", f"{message.zone}-05")
    zone, _, number = station.partition("-")
    if zone != message.zone or zone == ALL_ZONES:
        return OFFICE
    return f"/zones/{zone}/stations/{number}"


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
