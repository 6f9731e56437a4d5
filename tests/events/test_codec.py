"""The door into the market: everything valid passes unchanged, everything else is a Rejection."""

import json
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.codec import (
    FACT_TYPES,
    OUTCOME_TYPES,
    ce_type,
    decode,
    decode_fact,
    decode_outcome,
    encode,
    event_headers,
)
from events.emission import Emission
from events.envelope import Record
from events.examples import FACTS
from events.facts import Fact
from events.outcomes import AnyOutcome
from events.topics import OUTCOMES
from tests.messages import any_fact, any_outcome
from tests.refused import refused
from tests.town import NOW, SOURCE
from tests.worlds import record_of, records, source_of, worlds

HEADERS = event_headers(FACTS["job.posted"], id="e-1", source=SOURCE, time=NOW)
NAMES = st.sampled_from(
    ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def record(value: bytes | None, headers: object = HEADERS, key: bytes | None = None) -> Record:
    made: Record = msgspec.structs.replace(
        record_of(FACTS["job.posted"]), value=value, headers=headers, key=key
    )
    return made


@given(any_fact())
def test_every_fact_comes_back_as_it_was_sent(fact: Fact) -> None:
    event = decode(record_of(fact, id="e-1", time=NOW))
    assert (event.fact, event.id, event.source, event.time) == (fact, "e-1", source_of(fact), NOW)
    assert decode(record_of(fact, structured=True)).fact == fact
    assert encode(event.fact) == encode(fact)


@given(any_outcome())
def test_every_outcome_comes_back_as_it_was_sent(outcome: AnyOutcome) -> None:
    sent = Emission(id="511181-7-0", time=NOW, outcome=outcome)
    envelope, back = decode_outcome(
        Record(
            topic=OUTCOMES,
            partition=0,
            offset=0,
            timestamp=NOW,
            key=sent.key,
            value=sent.value,
            headers=sent.headers,
        )
    )
    assert back == outcome
    assert (envelope.id, envelope.type, envelope.time) == ("511181-7-0", ce_type(outcome), NOW)


@given(worlds(max_size=10))
@settings(max_examples=25)
def test_a_small_world_is_all_valid(log: tuple[Record, ...]) -> None:
    assert [decode(one).id for one in log] == [f"e-{offset}" for offset in range(len(log))]


@given(value=st.none() | st.binary() | JSON.map(lambda tree: json.dumps(tree).encode()))
def test_any_bytes_are_taken_or_rejected(value: bytes | None) -> None:
    for name in FACT_TYPES:
        headers = event_headers(FACTS[name], id="e-1", source=source_of(FACTS[name]), time=NOW)
        one = record(value, headers)
        refused(partial(decode, one))


@given(
    value=st.sampled_from([encode(fact) for fact in FACTS.values()]) | st.binary(),
    headers=st.lists(
        st.tuples(
            NAMES | st.text(max_size=20),
            st.none()
            | st.binary(max_size=30)
            | st.sampled_from([b"1.0", b"job.posted.v1", b"application/cloudevents+json"]),
        ),
        max_size=8,
    ),
    key=st.none() | st.binary(max_size=8),
)
def test_any_headers_and_key_are_taken_or_rejected(
    value: bytes, headers: list[tuple[str, bytes]], key: bytes | None
) -> None:
    refused(lambda: decode(record(value, tuple(headers), key)))


@given(records(), st.data())
def test_a_record_with_a_byte_changed_is_taken_or_rejected(
    one: Record, data: st.DataObject
) -> None:
    assert one.value is not None
    at = data.draw(st.integers(0, len(one.value) - 1))
    byte = data.draw(st.binary(min_size=0, max_size=2))
    changed = one.value[:at] + byte + one.value[at + 1 :]
    refused(lambda: decode(msgspec.structs.replace(one, value=changed)))


@given(
    name=st.sampled_from(sorted(FACT_TYPES)),
    data=st.data(),
    wrong=JSON,
)
def test_a_field_with_any_other_value_is_taken_or_rejected_by_its_name(
    name: str, data: st.DataObject, wrong: object
) -> None:
    tree = msgspec.to_builtins(FACTS[name])
    field = data.draw(st.sampled_from(sorted(tree)))
    tree[field] = wrong
    rejection = refused(lambda: decode_fact(f"{name}.v1", json.dumps(tree).encode()))
    assert rejection is None or rejection.code != "wrong_field"


@given(st.sampled_from(sorted(OUTCOME_TYPES)), st.binary())
def test_any_outcome_bytes_are_taken_or_rejected(name: str, value: bytes) -> None:
    headers = tuple((k, v) for k, v in HEADERS if k != "ce_type")
    headers = (*headers, ("ce_type", f"{name}.v1".encode()))
    refused(lambda: decode_outcome(record(value, headers)))


def test_equal_messages_are_equal_bytes() -> None:
    fact = FACTS["job.posted"]
    again = msgspec.json.decode(encode(fact), type=type(fact))
    assert encode(again) == encode(fact)


def test_unknown_fields_are_ignored() -> None:
    data = json.loads(encode(FACTS["work.completed"])) | {"colour": "blue", "later": [1, {"a": 2}]}
    assert decode_fact("work.completed.v1", json.dumps(data).encode()) == FACTS["work.completed"]


def test_a_field_left_out_takes_its_default() -> None:
    fact = decode_fact("clock.ticked.v1", b'{"now": 1805068800000}')
    assert fact == FACTS["clock.ticked"]


@pytest.mark.parametrize("key", [None, b"511181"])
def test_the_key_may_be_left_out_or_be_the_zone(key: bytes | None) -> None:
    assert decode(record(encode(FACTS["job.posted"]), key=key)).fact == FACTS["job.posted"]


def test_a_message_for_all_zones_may_have_any_key() -> None:
    tick = msgspec.structs.replace(record_of(FACTS["clock.ticked"]), key=b"p3")
    assert decode(tick).fact == FACTS["clock.ticked"]


def test_the_example_of_the_readme_is_the_example_of_the_contract() -> None:
    data = Path("examples/job.json").read_bytes()
    assert decode_fact("job.posted.v1", data) == FACTS["job.posted"]
