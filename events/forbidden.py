"""What no message may carry: protected attributes, phone or ID numbers."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from events.discrimination import what_discriminates
from events.first_look import PROTECTED
from events.personal import holds_personal_data, plain
from events.rejections import Rejection

_NAMES: Final = "|".join(PROTECTED)
_QUOTED: Final = re.compile(f'"(?:{_NAMES})"'.encode())  # quick to search for, also finds values
_PROTECTED: Final = re.compile(f'"({_NAMES})"\\s*:'.encode())


def forbid(data: bytes) -> None:
    """Raise Rejection when JSON data carries what no message may."""
    written = plain(data)
    small = written.lower()
    if _QUOTED.search(small) and (protected := _PROTECTED.search(small)):
        raise Rejection("discrimination", protected.group(1).decode())
    if holds_personal_data(written):
        raise Rejection("personal_data", _where(written))


def forbid_in_title(title: str) -> None:
    """Raise Rejection when a posting's title asks for what somebody is, not for what they can."""
    if (found := what_discriminates(title)) is not None:
        raise Rejection("discrimination_text", "title", value=found)


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
