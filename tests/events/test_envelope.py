"""CloudEvents over Kafka, both modes, both ways, with the CloudEvents Python SDK as the judge."""

from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import msgspec
import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_kafka,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from events.codec import FACT_TYPES, ce_type, decode, encode
from events.emission import Emission
from events.envelope import Record, format_time, may_be, open_envelope, parse_time
from events.examples import FACTS, OUTCOMES
from events.nesting import DEEPEST
from tests.refused import refused
from tests.town import NOW, SOURCE
from tests.worlds import record_of, source_of

JOB = FACTS["job.posted"]
MOMENT = datetime(2027, 3, 15, tzinfo=UTC)


def sdk_event(name: str, **extra: object) -> CloudEvent:
    """A fact as the SDK builds it."""
    return CloudEvent(
        {
            "type": f"{name}.v1",
            "source": source_of(FACTS[name]),
            "id": "e-1",
            "time": MOMENT,
            "datacontenttype": "application/json",
            "dataschema": "https://example.org/job.json",
            "partitionkey": FACTS[name].zone,
            "stationclerk": "c-7",
            **extra,
        },
        msgspec.to_builtins(FACTS[name]),
    )


def received(message: KafkaMessage) -> Record:
    """What a Kafka client hands over for a message of the SDK."""
    key = message.key.encode() if isinstance(message.key, str) else message.key
    return msgspec.structs.replace(
        record_of(JOB), key=key, value=message.value, headers=tuple(message.headers.items())
    )


def sent(record: Record) -> KafkaMessage:
    """A record of ours as the SDK takes it from a Kafka client."""
    assert record.value is not None
    return KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)


@pytest.mark.parametrize("name", sorted(FACT_TYPES))
@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_we_read_what_the_sdk_writes(name: str, write: object) -> None:
    assert callable(write)
    event = decode(received(write(sdk_event(name))))
    assert event.fact == FACTS[name]
    assert (event.id, event.source, event.time) == ("e-1", source_of(FACTS[name]), NOW)


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_we_read_the_sdk_s_times_with_offset_and_microseconds(write: object) -> None:
    assert callable(write)
    chinese = timezone(timedelta(hours=8))
    moment = datetime(2027, 3, 15, 8, 0, 0, 123_456, tzinfo=chinese)
    assert decode(received(write(sdk_event("job.posted", time=moment)))).time == NOW + 123


@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("name", sorted(FACT_TYPES))
def test_the_sdk_reads_the_facts_we_write(name: str, structured: bool) -> None:
    record = record_of(FACTS[name], id="e-1", structured=structured)
    event = from_kafka(sent(record), JSONFormat())
    assert event.get_id() == "e-1"
    assert event.get_type() == f"{name}.v1"
    assert event.get_source() == source_of(FACTS[name])
    assert event.get_specversion() == "1.0"
    assert event.get_time() == MOMENT
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("partitionkey") == FACTS[name].zone
    assert msgspec.convert(event.get_data(), FACT_TYPES[name]) == FACTS[name]


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_the_sdk_reads_the_outcomes_we_write(name: str) -> None:
    emission = Emission(id="511181-88121-0", time=NOW, outcome=OUTCOMES[name])
    message = KafkaMessage(dict(emission.headers), emission.key, emission.value)
    event = from_kafka(message, JSONFormat())
    assert (event.get_id(), event.get_type()) == ("511181-88121-0", ce_type(OUTCOMES[name]))
    assert event.get_source() == "/zones/511181/market"
    assert msgspec.convert(event.get_data(), type(OUTCOMES[name])) == OUTCOMES[name]


@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("name", sorted(FACT_TYPES))
def test_no_event_of_a_type_is_passed_over_unopened(name: str, structured: bool) -> None:
    record = record_of(FACTS[name], structured=structured)
    shouting = tuple((key, value.upper()) for key, value in record.headers)
    assert may_be(record, name)
    if structured:
        assert may_be(msgspec.structs.replace(record, headers=shouting), name)
    else:
        assert not may_be(record, "policy.unchanged")


def test_header_names_are_read_in_any_case() -> None:
    record = record_of(JOB)
    shouting = tuple((name.upper(), value) for name, value in record.headers)
    assert decode(msgspec.structs.replace(record, headers=shouting)).fact == JOB


def test_a_structured_event_may_carry_its_data_in_base64() -> None:
    value = msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": "e-1",
            "source": SOURCE,
            "type": "job.posted.v1",
            "data_base64": encode(JOB),
        }
    )
    headers = (("Content-Type", b"application/cloudevents+json"),)
    record = msgspec.structs.replace(record_of(JOB), value=value, headers=headers)
    assert decode(record).fact == JOB


@pytest.mark.parametrize("content_type", [None, b"text/plain", b"application/json; charset=utf-8"])
def test_binary_data_is_json_whatever_the_client_calls_it(content_type: bytes | None) -> None:
    record = record_of(JOB)
    headers = tuple(pair for pair in record.headers if pair[0] != "content-type")
    if content_type is not None:
        headers = (*headers, ("content-type", content_type))
    assert decode(msgspec.structs.replace(record, headers=headers)).fact == JOB


def test_headers_of_others_are_left_alone() -> None:
    record = record_of(JOB)
    others = (("traceparent", b"\xff\x00"), ("", b""), ("ce_clerk", b"\xfe"), *record.headers)
    assert decode(msgspec.structs.replace(record, headers=others)).fact == JOB


def test_a_record_without_time_has_none() -> None:
    assert open_envelope(record_of(JOB, time=None)).time is None
    assert open_envelope(record_of(JOB, time=None, structured=True)).time is None


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("2027-03-15T00:00:00Z", NOW),
        ("2027-03-15T08:00:00+08:00", NOW),
        ("2027-03-14T19:30:00.000-04:30", NOW),
        ("2027-03-15T00:00:00.123456789Z", NOW + 123),
        ("2027-03-15t00:00:00z", NOW),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00:00+14:00", -62_135_596_800_000),
        ("9999-12-31T23:59:59.999999-14:00", 253_402_300_799_999),
    ],
)
def test_times_of_rfc_3339(text: str, millis: int) -> None:
    assert parse_time(text) == millis


@pytest.mark.parametrize(
    "text",
    ["", "now", "1805068800000", "2027-03-15", "2027-03-15T00:00:00", "2027-13-01T00:00:00Z"],
)
def test_what_is_no_time_with_offset(text: str) -> None:
    rejection = refused(lambda: parse_time(text))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("bad_time", "ce_time")


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_times_come_back(millis: int) -> None:
    assert parse_time(format_time(millis)) == millis


def test_how_deep_an_event_may_be_does_not_depend_on_the_stack_or_the_mode() -> None:
    """The decoder's own limit is what is left of the stack: one took what another refused."""

    def codes(depth: int) -> list[str]:
        binary, structured = (record_of(FACTS["clock.ticked"], structured=s) for s in (False, True))
        data = encode(FACTS["clock.ticked"])
        deep = data.replace(b"}", b',"x":%s}' % (b"[" * depth + b"]" * depth))
        assert structured.value is not None
        values = ((binary, deep), (structured, structured.value.replace(data, deep)))
        refusals = [
            refused(partial(decode, msgspec.structs.replace(one, value=value)))
            for one, value in values
        ]
        return ["" if refusal is None else refusal.code for refusal in refusals]

    def far_down(frames: int, depth: int) -> list[str]:
        return codes(depth) if frames == 0 else far_down(frames - 1, depth)

    for frames in (0, 600):
        assert far_down(frames, DEEPEST - 1) == ["", ""]
        assert far_down(frames, DEEPEST) == ["nested_too_deep", "nested_too_deep"]


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_broker_timestamp_can_be_written(millis: int) -> None:
    assert parse_time(format_time(millis)) is not None
