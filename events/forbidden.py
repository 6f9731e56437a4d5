"""What no message may carry: protected attributes, and phone or ID numbers."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from events.first_look import PROTECTED
from events.personal import holds_personal_data, plain
from events.rejections import Rejection

_NAMES: Final = "|".join(PROTECTED)
_QUOTED: Final = re.compile(f'"(?:{_NAMES})"'.encode())  # quick to search for, also finds values
_PROTECTED: Final = re.compile(f'"({_NAMES})"\\s*:'.encode())
# 招男女工 asks for both, 限男装店 is a shop: neither asks for a sex.
_DISCRIMINATES: Final = re.compile(
    r"(?:仅|只|限|不|要求)(?:招|限|要|收)?(?:男|女)(?![男女装鞋包])"
    r"|(?<!子)(?:男|女)(?:士|性|生|工)?优先|(?:仅|只|限|不招|不要)(?:汉族|少数民族|本地户口|外地户口)"
    r"|\b(?:men|women|males?|females?) only\b",
    re.IGNORECASE,
)


def forbid(data: bytes) -> None:
    """Raise Rejection when JSON data carries what no message may."""
    written = plain(data)
    small = written.lower()
    if _QUOTED.search(small) and (protected := _PROTECTED.search(small)):
        raise Rejection("discrimination", protected.group(1).decode())
    if holds_personal_data(written):
        raise Rejection("personal_data", _where(written))


def forbid_in_title(title: str) -> None:
    """Raise Rejection when a posting's title asks for a sex, ethnicity or household register."""
    if found := _DISCRIMINATES.search(title):
        raise Rejection("discrimination_text", "title", value=found.group())


def _where(data: bytes) -> str:
    """The path of the first field that holds a phone or ID number."""
    try:
        leaves = _leaves(msgspec.json.decode(data))
        return next((p for p, leaf in leaves if holds_personal_data(leaf.encode())), "value")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "value"


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number of decoded JSON with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield "value", str(key)
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path or "value", str(value)
