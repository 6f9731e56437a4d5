"""Hypothesis strategies for any valid message, read from its type: all of each field's range."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import inspect

from events.checks import CHINA_LATITUDES, CHINA_LONGITUDES
from events.codec import FACT_TYPES, OUTCOME_TYPES, decode_fact, encode
from events.facts import Fact
from events.outcomes import AnyOutcome
from events.values import (
    CODE,
    EVERYWHERE,
    IDENTIFIER,
    PRINTABLE,
    RELEASE,
    STATION,
    ZONE,
    ZONE_OR_ALL,
    Place,
)
from tests.refused import refused
from tests.town import shifts, windows

_ZONES = st.from_regex(r"[0-9]{6}", fullmatch=True)
_BY_PATTERN: dict[str, SearchStrategy[str]] = {
    ZONE: _ZONES,
    EVERYWHERE: st.just("*"),
    ZONE_OR_ALL: _ZONES | st.just("*"),
    STATION: st.from_regex(r"[0-9]{6}-[A-Za-z0-9]{1,20}", fullmatch=True),
    RELEASE: st.from_regex(r"sha256:[0-9a-f]{64}|rules:v[0-9]{1,3}", fullmatch=True),
}
_ALPHABETS = {
    IDENTIFIER: st.sampled_from("abzABZ019_.:-"),
    CODE: st.sampled_from("abzABZ019_.-"),
    PRINTABLE: st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")),
    None: st.characters(codec="utf-8"),
}
_PLACES = st.builds(
    Place,
    lat=st.floats(*CHINA_LATITUDES),
    lon=st.floats(*CHINA_LONGITUDES),
    name=st.text(_ALPHABETS[PRINTABLE], max_size=20),
)
_FIELDS: dict[str, SearchStrategy[Any]] = {"shifts": shifts(), "windows": windows()}


def any_fact() -> SearchStrategy[Fact]:
    """A fact of any type that the codec takes."""
    drawn: SearchStrategy[Fact] = st.one_of([_values(_info(one)) for one in FACT_TYPES.values()])
    return drawn.filter(_is_taken)


def any_outcome() -> SearchStrategy[AnyOutcome]:
    """An outcome of any type."""
    return st.one_of([_values(_info(one)) for one in OUTCOME_TYPES.values()])


def _is_taken(fact: Fact) -> bool:
    """Whether chance has kept clear of what one message alone can say wrong."""
    rejection = refused(lambda: decode_fact(f"{fact.TYPE}.v1", encode(fact)))
    assert rejection is None or rejection.code in {
        "personal_data",
        "discrimination_text",
        "personal_name",
    }
    return rejection is None


def _info(message: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(message)


def _values(expected: inspect.Type) -> SearchStrategy[Any]:
    if isinstance(expected, inspect.Metadata):
        return _values(expected.type)
    if isinstance(expected, inspect.UnionType):
        return st.one_of([_values(one) for one in expected.types])
    drawn: SearchStrategy[Any] = _MAKERS[type(expected)](expected)
    return drawn


def _field(field: inspect.Field) -> SearchStrategy[Any]:
    if field.name not in _FIELDS:
        return _values(field.type)
    return _FIELDS[field.name] if field.required else st.none() | _FIELDS[field.name]


def _structs(expected: inspect.StructType) -> SearchStrategy[Any]:
    if expected.cls is Place:
        return _PLACES
    return st.builds(expected.cls, **{field.name: _field(field) for field in expected.fields})


def _lists(expected: inspect.VarTupleType) -> SearchStrategy[Any]:
    longest = min(expected.max_length or 4, 4)
    items = _values(expected.item_type)
    return st.lists(items, min_size=expected.min_length or 0, max_size=longest).map(tuple)


def _counts(expected: inspect.DictType) -> SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(("skill", "time")), _values(expected.value_type))


def _integers(expected: inspect.IntType) -> SearchStrategy[int]:
    low = -(2**53) if expected.ge is None else expected.ge
    return st.integers(low, 2**53 if expected.le is None else expected.le)


def _floats(expected: inspect.FloatType) -> SearchStrategy[float]:
    low, high = expected.ge if expected.gt is None else expected.gt, expected.le
    return st.floats(
        low,
        high,
        allow_nan=False,
        allow_infinity=False,
        exclude_min=expected.gt is not None,
    )


def _texts(expected: inspect.StrType) -> SearchStrategy[str]:
    if expected.pattern in _BY_PATTERN:
        return _BY_PATTERN[expected.pattern]
    drawn = st.text(
        _ALPHABETS[expected.pattern],
        min_size=expected.min_length or 0,
        max_size=min(expected.max_length or 20, 20),
    )
    pattern = re.compile(expected.pattern or "")
    return drawn.filter(lambda text: pattern.search(text) is not None)


_MAKERS: dict[type[inspect.Type], Callable[[Any], SearchStrategy[Any]]] = {
    inspect.NoneType: lambda _: st.none(),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.LiteralType: lambda expected: st.sampled_from(expected.values),
    inspect.IntType: _integers,
    inspect.FloatType: _floats,
    inspect.StrType: _texts,
    inspect.VarTupleType: _lists,
    inspect.DictType: _counts,
    inspect.StructType: _structs,
}
