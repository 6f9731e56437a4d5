"""Phone and ID numbers: finding them, so that none gets into the market, and masking them.

Bytes are searched as they stand, which is quick, and once more in plain writing when they could be
disguised: JSON escapes, full-width digits, invisible characters.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import msgspec

from events.nesting import is_too_deep

# Mobile numbers begin with 13-19; written in one run or as 3-4-4 with spaces or hyphens.
_PHONE: Final = re.compile(rb"1[3-9]\d(?:\d{8}|([ -])\d{4}\1\d{4})(?!\d)")
# GB 11643: region, date of birth, serial number, check character.
_ID_NUMBER: Final = re.compile(
    rb"(?<!\d)[1-8]\d{5}(?:19\d\d|20[01]\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = b"10X98765432"
_DIGITS: Final = bytes(
    ord("0") if chr(code).isdigit() and code < 128 else 32 for code in range(256)
)
_LONG: Final = b"0" * 17

_COUNTRY: Final = re.compile(rb"(?<![\d.])(?:00)?86[ -]?$")
_MONEY: Final = re.compile(rb'_fen"\s*:\s*$')
_HEX_BEFORE: Final = re.compile(rb"[0-9a-fA-F-]*$")
_HEX_FROM: Final = re.compile(rb"[0-9a-fA-F-]*")
_HASH: Final = re.compile(rb"[0-9a-fA-F]{32,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_DISGUISE: Final = re.compile(
    rb"\\u|\xef\xbc[\x90-\x99]|\xf0\x9d\x9f|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xef\xbb\xbf|\xc2\xad"
)
_INVISIBLE: Final = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))
_MASK: Final = b"***"


def plain(data: bytes) -> bytes:
    """JSON or text with escapes, full-width forms and invisible characters made plain."""
    if (data.isascii() and b"\\u" not in data) or not _DISGUISE.search(data):
        return data
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        if not is_too_deep(data):
            data = msgspec.json.encode(msgspec.json.decode(data))
    written = data.decode(errors="replace").translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", written).encode()


def holds_personal_data(data: bytes) -> bool:
    """Whether plain bytes hold a phone or ID number."""
    return next(_spans(data), None) is not None


def masked(text: str) -> str:
    """A text with every phone and ID number replaced by asterisks."""
    data = text.encode(errors="replace")
    if not holds_personal_data(found := plain(data)):
        return text
    kept, last = [], 0
    for start, end in sorted(_spans(found)):
        kept += [found[last:start], _MASK]
        last = max(last, end)
    return b"".join((*kept, found[last:])).decode(errors="replace")


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the numbers stand: (start, end)."""
    at = 0
    while found := _PHONE.search(data, at):
        if _is_phone(data, found.start(), found.end()):
            yield found.span()
            at = found.end()
        else:
            at = found.start() + 1
    if _LONG in data.translate(_DIGITS):
        for found in _ID_NUMBER.finditer(data):
            if _has_check(found.group()) and not _in_hash(data, *found.span()):
                yield found.span()


def _is_phone(data: bytes, start: int, end: int) -> bool:
    """Whether eleven digits stand like a phone number, not inside a number, a hash or an amount."""
    before = data[max(0, start - 40) : start]
    if before[-1:] in b".0123456789" and before and not _COUNTRY.search(before):
        return False
    return not (_MONEY.search(before) or _in_hash(data, start, end))


def _has_check(number: bytes) -> bool:
    """Whether the last character is the ISO 7064 MOD 11-2 check of the others."""
    total = sum(weight * (digit - 48) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[17:].upper() == _CHECKS[total % 11 : total % 11 + 1]


def _in_hash(data: bytes, start: int, end: int) -> bool:
    """Whether a span belongs to a hash or a UUID, whose digits mean nothing."""
    before = _HEX_BEFORE.search(data, max(0, start - 64), start)
    after = _HEX_FROM.match(data, end, end + 64)
    first = before.start() if before else start
    last = after.end() if after else end
    return any(
        found.start() <= start and end <= found.end() for found in _HASH.finditer(data, first, last)
    )
