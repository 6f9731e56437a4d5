"""What is wrong with a field, in words, read from the type that refused it.

msgspec says where (`$.shifts[0].end`) and in its own words what; the type at that place and the
value that stands there say the same for a clerk: the allowed words, the bounds, the unit.
"""

import re
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from events.phrases import translated
from events.rejections import Rejection
from events.values import CODE, EARLIEST_MS, IDENTIFIER, LATEST_MS, RELEASE, ZONE, ZONE_OR_ALL

_PATH: Final = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING: Final = re.compile(r"missing required field `(?P<name>[^`]+)`")
_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_PATTERNS: Final = {
    IDENTIFIER: "bad_identifier",
    CODE: "bad_code",
    ZONE: "bad_zone",
    ZONE_OR_ALL: "bad_zone",
    RELEASE: "bad_release",
}
_BYTE: Final = re.compile(r"\(byte (\d+)\)")
_NO_NUMBER: Final = re.compile(rb"[:\[,]\s*-?(?:NaN|Infinity)\b")
_KINDS: Final[dict[type[inspect.Type], tuple[type, ...]]] = {
    inspect.BoolType: (bool,),
    inspect.StrType: (str,),
    inspect.IntType: (int,),
    inspect.FloatType: (int, float),
    inspect.VarTupleType: (list,),
    inspect.StructType: (dict,),
}
_WRONG_KIND: Final[dict[type[inspect.Type], str]] = {
    inspect.BoolType: "not_yes_or_no",
    inspect.StrType: "not_text",
    inspect.IntType: "not_whole_number",
    inspect.FloatType: "not_number",
    inspect.VarTupleType: "not_list",
    inspect.StructType: "not_object",
}


def fault(message: type[msgspec.Struct], data: bytes, error: msgspec.ValidationError) -> Rejection:
    """The rejection that says what `error` found wrong with JSON `data` as a `message`."""
    found = _PATH.match(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    if missing := _MISSING.search(what):
        return Rejection("missing_field", f"{path}.{missing['name']}" if path else missing["name"])
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as malformed:
        if "out of range" in str(malformed):
            return Rejection("number_out_of_range", path or "value")
        return not_json(data, malformed)
    expected = _expected(message)
    try:
        for index, name in _STEP.findall(path):
            expected, value = _step(expected, value, index, name)
        said = _judge(expected, value, path or "value")
    except (LookupError, TypeError):
        said = None
    return said or Rejection("wrong_field", path or "value", what=translated(what))


def not_json(data: bytes, error: Exception) -> Rejection:
    """The rejection of data that is no JSON: what it looks like, or where it breaks off."""
    if not data.strip():
        return Rejection("empty_value", "value")
    if data.startswith(b"\xef\xbb\xbf"):
        return Rejection("byte_order_mark", "value")
    try:
        data.decode()
    except UnicodeDecodeError:
        return Rejection("not_utf8", "value")
    if _NO_NUMBER.search(data):
        return Rejection("not_a_number", "value")
    found = _BYTE.search(str(error))
    return Rejection("not_json", "value", at=int(found[1]) + 1 if found else len(data))


@cache
def _expected(message: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(message)


def _step(expected: inspect.Type, value: Any, index: str, name: str) -> tuple[inspect.Type, Any]:
    """One step down a path, in the type and in the value."""
    match _bare(expected):
        case inspect.VarTupleType(item_type=inner) if index:
            return inner, value[int(index)]
        case inspect.StructType(fields=fields):
            return {field.encode_name: field.type for field in fields}[name], value[name]
        case _:
            raise LookupError(name)


def _bare(expected: inspect.Type) -> inspect.Type:
    """A type without its description and without its `| None`."""
    if isinstance(expected, inspect.Metadata):
        return _bare(expected.type)
    if isinstance(expected, inspect.UnionType):
        return _bare(next(one for one in expected.types if not isinstance(one, inspect.NoneType)))
    return expected


def _judge(expected: inspect.Type, value: Any, field: str) -> Rejection | None:
    """What is wrong with a value for its type; None when it looks right."""
    expected = _bare(expected)
    if value is None:
        return Rejection("null_field", field)
    if isinstance(expected, inspect.LiteralType):
        return _judge_choice(tuple(expected.values), value, field)
    if not _has_kind(expected, value):
        if _is_moment(expected) and isinstance(value, str):
            return Rejection("time_is_text", field)
        shown = f'"{_shown(value)}"' if isinstance(value, str) else _shown(value)
        return Rejection(_WRONG_KIND[type(expected)], field, value=shown)
    return _judge_bounds(expected, value, field)


def _judge_bounds(expected: inspect.Type, value: Any, field: str) -> Rejection | None:
    match expected:
        case inspect.IntType() | inspect.FloatType():
            return _judge_number(expected, value, field)
        case inspect.StrType():
            return _judge_text(expected, value, field)
        case inspect.VarTupleType():
            return _judge_length(expected, len(value), field, "too_few", "too_many")
        case _:
            return None


def _judge_choice(words: tuple[object, ...], value: Any, field: str) -> Rejection | None:
    if value in words:
        return None
    return Rejection("not_one_of", field, value=_shown(value), allowed=words)


def _judge_number(
    expected: inspect.IntType | inspect.FloatType, value: float, field: str
) -> Rejection | None:
    if _is_moment(expected) and not EARLIEST_MS <= value <= LATEST_MS:
        return _judge_moment(value, field)
    if field.endswith("lat") and 90 < value <= 180:
        return Rejection("latitude_is_longitude", field, value=value)
    for limit, is_wrong, code in (
        (expected.ge, expected.ge is not None and value < expected.ge, "below"),
        (expected.gt, expected.gt is not None and value <= expected.gt, "not_above"),
        (expected.le, expected.le is not None and value > expected.le, "above"),
    ):
        if is_wrong:
            return Rejection(code, field, limit=limit, value=_shown(value))
    return None


def _judge_moment(value: float, field: str) -> Rejection:
    if EARLIEST_MS <= value * 1_000 <= LATEST_MS:
        return Rejection("time_in_seconds", field, value=value)
    if any(EARLIEST_MS * finer <= value <= LATEST_MS * finer for finer in (1_000, 1_000_000)):
        return Rejection("time_too_fine", field, value=_shown(value))
    return Rejection("time_out_of_range", field, value=_shown(value))


def _judge_text(expected: inspect.StrType, value: str, field: str) -> Rejection | None:
    if wrong := _judge_length(expected, len(value), field, "text_too_short", "text_too_long"):
        return wrong
    if expected.pattern and not re.search(expected.pattern, value):
        code = _PATTERNS.get(expected.pattern, "bad_characters")
        return Rejection(code, field, value=_shown(value))
    return None


def _judge_length(
    expected: inspect.StrType | inspect.VarTupleType, length: int, field: str, few: str, many: str
) -> Rejection | None:
    if expected.min_length is not None and length < expected.min_length:
        return Rejection(few, field, limit=expected.min_length, count=length)
    if expected.max_length is not None and length > expected.max_length:
        return Rejection(many, field, limit=expected.max_length, count=length)
    return None


def _has_kind(expected: inspect.Type, value: Any) -> bool:
    """Whether a value is of the JSON kind that a type wants. In Python a bool is an int too."""
    kinds = _KINDS[type(expected)]
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _is_moment(expected: inspect.Type) -> bool:
    return isinstance(expected, inspect.IntType) and expected.ge == EARLIEST_MS


def _shown(value: Any) -> str:
    """A value short enough to repeat to the person who sent it."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
