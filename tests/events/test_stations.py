"""Which station a record says it is from, and what it may say then."""

import msgspec
import pytest

from events.codec import decode
from events.examples import FACTS, OFFICE
from events.facts import Fact
from tests.refused import refused
from tests.town import SOURCE, ZONE
from tests.worlds import record_of, source_of

JOB = FACTS["job.posted"]
ELSEWHERE = "/zones/511102/stations/05"
SAID_TO_ALL = sorted(name for name, fact in FACTS.items() if fact.zone == "*")
OF_ONE_ZONE = sorted(FACTS.keys() - SAID_TO_ALL - {"offer.accepted", "offer.declined"})


def code_of(fact: Fact, source: str, *, structured: bool = False) -> str:
    """Why a fact is not taken from a source; "" when it is."""
    record = record_of(fact, source=source, structured=structured)
    rejection = refused(lambda: decode(record))
    if rejection is None:
        return ""
    assert rejection.field == "ce_source"
    assert source in rejection.reason("en")
    assert source in rejection.reason("zh-CN")
    return rejection.code


@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("name", OF_ONE_ZONE)
def test_a_station_speaks_for_its_own_zone(name: str, structured: bool) -> None:
    assert code_of(FACTS[name], source_of(FACTS[name]), structured=structured) == ""
    assert code_of(FACTS[name], ELSEWHERE, structured=structured) == "source_is_other_zone"


@pytest.mark.parametrize("name", SAID_TO_ALL)
def test_no_station_speaks_for_all_zones(name: str) -> None:
    assert code_of(FACTS[name], SOURCE) == "source_is_other_zone"
    assert code_of(FACTS[name], OFFICE) == ""


@pytest.mark.parametrize("name", ["offer.accepted", "offer.declined"])
def test_a_visitor_answers_at_the_station_of_their_home(name: str) -> None:
    assert code_of(FACTS[name], ELSEWHERE) == ""


@pytest.mark.parametrize(("by", "code"), [("worker", ""), ("employer", "source_is_other_zone")])
def test_a_visitor_rates_at_the_station_of_their_home(by: str, code: str) -> None:
    rated = msgspec.structs.replace(FACTS["work.rated"], rated_by=by)
    assert code_of(rated, ELSEWHERE) == code


@pytest.mark.parametrize("name", ["job.posted", "worker.available"])
def test_a_station_speaks_as_itself(name: str) -> None:
    for station, code in (
        (f"{ZONE}-05", ""),
        ("05", ""),  # keys may be made of any name, for a zone that is named beside it
        ("market-05", ""),
        (f"{ZONE}-06", "source_is_other_station"),
        ("06", "source_is_other_station"),
        ("511102-05", "source_is_other_station"),
    ):
        fact = msgspec.structs.replace(FACTS[name], station_id=station)
        assert code_of(fact, SOURCE) == code


@pytest.mark.parametrize(
    "source", ["/import", "/cli", f"/zones/{ZONE}/workers/W-1", "/zones/511102/market", "urn:x"]
)
def test_who_is_no_station_is_taken_as_before(source: str) -> None:
    assert code_of(JOB, source) == ""
