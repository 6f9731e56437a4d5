"""The JSON Schemas say what the codec takes."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from events.codec import FACT_TYPES, decode_fact, encode
from events.examples import FACTS
from events.facts import Fact
from events.outcomes import AnyOutcome
from events.schemas import MESSAGE_TYPES, schema
from tests.events.bad_fields import FIELDS
from tests.messages import any_fact, any_outcome
from tests.refused import refused

VALIDATORS = {name: Draft202012Validator(schema(name)) for name in MESSAGE_TYPES}
REQUIRED = [(name, field) for name in sorted(FACT_TYPES) for field in schema(name)["required"]]
BY_SCHEMA_ALONE = {
    "missing_field", "not_one_of", "below", "above", "not_whole_number", "too_few", "too_many",
    "not_list", "not_object", "not_yes_or_no", "not_text", "not_number", "text_too_short",
    "text_too_long", "bad_identifier", "bad_code", "bad_zone", "bad_characters", "time_is_text",
    "time_in_seconds", "time_too_fine", "time_out_of_range", "latitude_is_longitude",
}  # fmt: skip


def is_valid(name: str, data: bytes) -> bool:
    return bool(VALIDATORS[name].is_valid(json.loads(data)))


@pytest.mark.parametrize("name", sorted(MESSAGE_TYPES))
def test_a_schema_is_one(name: str) -> None:
    made = schema(name)
    Draft202012Validator.check_schema(made)
    assert made["$id"] == f"{name}.v1.json"
    assert made["description"]
    assert json.loads(json.dumps(made)) == made


@given(any_fact())
def test_every_fact_is_valid(fact: Fact) -> None:
    assert is_valid(fact.TYPE, encode(fact))


@given(any_outcome())
def test_every_outcome_is_valid(outcome: AnyOutcome) -> None:
    assert is_valid(outcome.TYPE, encode(outcome))


@pytest.mark.parametrize(("changes", "code", "field", "en", "zh"), FIELDS)
def test_what_the_types_refuse_the_schema_refuses(
    changes: dict[str, Any], code: str, field: str, en: str, zh: str
) -> None:
    data = json.loads(encode(FACTS["job.posted"])) | changes
    data = {name: value for name, value in data.items() if value is not None}
    # Python's `$`, alone among the engines that read a schema, passes over a last line break.
    ends_in_line_break = any(str(value).endswith("\n") for value in changes.values())
    is_refused = code in BY_SCHEMA_ALONE and not ends_in_line_break
    assert VALIDATORS["job.posted"].is_valid(data) != is_refused


@pytest.mark.parametrize(("name", "field"), REQUIRED)
def test_a_field_that_a_schema_requires_the_codec_requires(name: str, field: str) -> None:
    data = msgspec.to_builtins(FACTS[name])
    del data[field]
    rejection = refused(lambda: decode_fact(f"{name}.v1", json.dumps(data).encode()))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("missing_field", field)
