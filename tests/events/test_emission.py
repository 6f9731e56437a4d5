"""Outcomes on their way out: ids and bytes decided by their cause alone."""

from hypothesis import given
from hypothesis import strategies as st

from events.emission import Emission, emission_id, emission_position
from events.examples import OUTCOMES
from events.outcomes import AnyOutcome
from tests.messages import any_outcome
from tests.town import NOW

ZONES = st.sampled_from(("*", "110101", "511102", "511181"))


@given(ZONES, st.integers(0, 2**63 - 1), st.integers(0, 10**6))
def test_an_id_tells_where_its_emission_stands(zone: str, offset: int, index: int) -> None:
    assert emission_position(emission_id(zone, offset, index)) == (offset, zone, index)


@given(st.lists(st.tuples(st.integers(0, 10**12), ZONES, st.integers(0, 99)), max_size=20))
def test_positions_have_the_order_of_the_log(places: list[tuple[int, str, int]]) -> None:
    ids = [emission_id(zone, offset, index) for offset, zone, index in sorted(places)]
    assert sorted(ids, key=emission_position) == ids


@given(any_outcome())
def test_the_same_outcome_has_the_same_bytes(outcome: AnyOutcome) -> None:
    one = Emission(id="511181-7-0", time=NOW, outcome=outcome)
    two = Emission(id="511181-7-0", time=NOW, outcome=outcome)
    assert (one.key, one.value, one.headers) == (two.key, two.value, two.headers)
    assert one.key == outcome.zone.encode()


def test_headers_name_the_market_as_source() -> None:
    emission = Emission(id="511181-7-0", time=NOW, outcome=OUTCOMES["job.filled"])
    assert dict(emission.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"511181-7-0",
        "ce_type": b"job.filled.v1",
        "ce_source": b"/zones/511181/market",
        "ce_time": b"2027-03-15T00:00:00.000Z",
        "content-type": b"application/json",
    }


def test_what_is_not_known_is_left_out_of_the_bytes() -> None:
    value = Emission(id="x-1-0", time=NOW, outcome=OUTCOMES["match.ranked"]).value
    assert b'"worker_id":"W-0031"' in value
    assert b"null" not in value
