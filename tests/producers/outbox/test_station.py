"""A station speaks for itself only."""

import msgspec
import pytest

from events.codec import FACT_TYPES
from events.examples import FACTS
from events.facts import Fact, JobPosted, WorkerAvailable
from events.tracing import begun, trace_of
from gigmatch.errors import UserError
from producers.outbox.station import Station
from tests.matching.scenario import JOB, WORKER
from tests.refused import refused

STATION = Station("511181", "05")
NOT_THEIRS = {
    *("clock.ticked", "model.promoted", "policy.changed"),
    *("station.quarantined", "station.released"),
    *("employer.listed", "employer.delisted"),
}


def test_a_station_is_known_by_its_name() -> None:
    station = Station.parse("511181-05", "511181")
    assert station == STATION
    assert (station.name, station.source) == ("511181-05", "/zones/511181/stations/05")


@pytest.mark.parametrize("name", ["", "05", "51118-05", "511181", "511181-", "511181-0/5", "*-05"])
def test_what_is_no_name_of_a_station_is_told(name: str) -> None:
    with pytest.raises(UserError, match="511181-05"):
        Station.parse(name)


def test_a_zone_that_is_not_the_stations_is_told() -> None:
    with pytest.raises(UserError, match="511102"):
        Station.parse("511181-05", "511102")


@pytest.mark.parametrize("name", sorted(FACT_TYPES))
def test_it_may_say_everything_but_what_is_the_offices(name: str) -> None:
    fact = FACTS[name]
    assert isinstance(fact, Fact)
    rejection = refused(lambda: Station("511181", _number(fact)).check(fact))
    assert (rejection is not None and rejection.code == "not_for_stations") == (name in NOT_THEIRS)
    assert (rejection is None) == (name not in NOT_THEIRS)


@pytest.mark.parametrize("fact", [JOB, WORKER])
def test_facts_of_others_are_not_theirs(fact: JobPosted | WorkerAvailable) -> None:
    elsewhere = msgspec.structs.replace(fact, zone="511102")
    rejection = refused(lambda: STATION.check(elsewhere))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("other_zone", "zone")
    neighbour = msgspec.structs.replace(fact, station_id="511181-06")
    rejection = refused(lambda: STATION.check(neighbour))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("other_station", "station_id")


def test_no_other_source_can_be_claimed() -> None:
    assert refused(lambda: STATION.check(JOB, STATION.source)) is None
    rejection = refused(lambda: STATION.check(JOB, "/zones/511181/stations/06"))
    assert rejection is not None
    assert rejection.code == "other_source"


def _number(fact: object) -> str:
    return str(getattr(fact, "station_id", "511181-05")).rpartition("-")[2]


def test_a_fact_begins_the_same_trace_however_often_it_is_sent() -> None:
    station = Station.parse("511181-05")
    once, again = (station.headers("job.posted.v1", id="n-1", time=time) for time in (1, 2))
    assert trace_of(once) == trace_of(again) == begun(station.source, "n-1")
    sampled = station.headers("job.posted.v1", id="n-1", time=1, trace_share=1.0)
    assert trace_of(sampled) == begun(station.source, "n-1", share=1.0)
