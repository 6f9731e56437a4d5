"""Values at the limits of the contract, read from its types."""

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
from msgspec import inspect

from events.codec import EVENT_TYPES, OUTCOME_TYPES
from events.values import Policy

Slot = tuple[Any, Any, inspect.Type]
"""A place in a tree of JSON values: the object or list, the key or index, the type it has there."""
_TYPES: dict[str, type[msgspec.Struct]] = {**EVENT_TYPES, **OUTCOME_TYPES}
_MANY = 60
"""Entries of a long list where the contract has a longer one: enough, and quick."""


def expected_type(name: str) -> inspect.Type | None:
    """The type of a message by its CloudEvents type without the version; None when unknown."""
    message = _TYPES.get(name)
    return None if message is None else inspect.type_info(message)


def slots(expected: inspect.Type, tree: Any) -> Iterator[Slot]:
    """Every place of a tree that the contract knows, filled or not."""
    expected = _bare(expected)
    if isinstance(expected, inspect.StructType) and isinstance(tree, dict):
        for field in expected.fields:
            yield tree, field.encode_name, field.type
            if field.encode_name in tree:
                yield from slots(field.type, tree[field.encode_name])
    elif isinstance(expected, inspect.VarTupleType) and isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield tree, index, expected.item_type
            yield from slots(expected.item_type, inner)


def extreme(expected: inspect.Type, random: Random) -> Any:
    """A value at a limit of a type, or just beyond it."""
    if isinstance(expected, inspect.UnionType) and random.random() < 0.3:
        return None
    match _bare(expected):
        case inspect.IntType(ge=low, le=high):
            least = -(2**63) if low is None else low
            most = 2**63 - 1 if high is None else high
            return random.choice((least, least, most, most, least - 1, most + 1, least + 1))
        case inspect.FloatType(gt=above, ge=from_, le=up_to):
            bound = from_ if above is None else above
            bounds = [-1.7e308 if bound is None else bound, 1.7e308 if up_to is None else up_to]
            return random.choice((*bounds, *bounds, 5e-324, -0.0, 1e-9, 0.1 + 0.2))
        case inspect.StrType(min_length=shortest, max_length=longest):
            return random.choice("a0-.采\u3000é") * random.choice(
                (shortest or 0, longest or 300, (longest or 300) + 1, 1)
            )
        case inspect.LiteralType(values=words):
            return random.choice(list(words))
        case inspect.BoolType():
            return random.random() < 0.5
        case inspect.VarTupleType() as listed:
            return _long_list(listed, random)
        case inspect.StructType(fields=fields):
            return {
                field.encode_name: extreme(field.type, random)
                for field in fields
                if field.required or random.random() < 0.5
            }
        case inspect.DictType(key_type=keys, value_type=values):
            return {extreme(keys, random): extreme(values, random) for _ in range(2)}
        case _:
            return None


def _long_list(expected: inspect.VarTupleType, random: Random) -> list[Any]:
    """None, one, as many as may be or one more; all alike, or each another."""
    longest = min(expected.max_length or _MANY, _MANY)
    count = random.choice((expected.min_length or 0, 1, longest, longest + 1))
    if random.random() < 0.5:
        return [extreme(expected.item_type, random)] * count
    return [extreme(expected.item_type, random) for _ in range(count)]


def _bare(expected: inspect.Type) -> inspect.Type:
    if isinstance(expected, inspect.Metadata):
        return _bare(expected.type)
    if isinstance(expected, inspect.UnionType):
        return _bare(next(one for one in expected.types if not isinstance(one, inspect.NoneType)))
    return expected


def policy_at_bounds(random: Random) -> dict[str, Any]:
    """A valid policy, half of its fields at the least or most that may be."""
    fields = inspect.type_info(Policy).fields  # type: ignore[attr-defined]
    return {
        field.encode_name: _bound(field.type, random) for field in fields if random.random() < 0.5
    }


def _bound(expected: inspect.Type, random: Random) -> Any:
    match _bare(expected):
        case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high) if (
            low is not None
        ):
            return random.choice((low, high))
        case inspect.FloatType(le=high):
            return random.choice((1e-9, high))
        case inspect.VarTupleType(item_type=item, max_length=longest):
            return [_bound(item, random) for _ in range(random.choice((0, longest or 1)))]
        case _:
            return extreme(expected, random)
