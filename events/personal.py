"""Phone and ID numbers: finding them, so that none gets into the market, and masking them.

Bytes are searched as they stand, which is quick, and once more in plain writing when they could be
disguised: JSON escapes, digits of other scripts, what is invisible, other spaces and dashes. Signs
that are digits only among their like (①, ², 三) are read both ways: they may stand beside a number,
or between two, as in 15000一18000.
`_scan.c` looks first: what is added here, it must know.
"""

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from events.nesting import is_too_deep

# Mobile numbers begin with 13-19; written in one run, as 3-4-4, or digit by digit.
_PHONE: Final = re.compile(
    rb"1(?:[3-9]\d(?:\d{8}|([ .])\d{4}\1\d{4}|(?: ?--? ?\d{4}){2})(?!\d)"
    rb"|(?<!\d[ .-]1)([ .-])[3-9](?:\2\d){9}(?!\2?\d))"
)

_MONTH_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_EIGHT: Final = r"[2-8]\d{3}[ -]?\d{4}"
_SEVEN: Final = r"[2-8]\d{2}(?:[ -]?\d{4}|\d[ -]?\d{3})"
_DAY: Final = r"20\d\d[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])(?!\d)"
"""With digits before it and a hyphen between, of a serial number more often than of a landline."""
_SHIFT: Final = r"(?:[01]\d[0-5][05]|2[0-3][0-5][05]){2}(?!\d)"
"""From when to when, behind an amount: `150 07001900`."""
_HOURS: Final = r"[5-9][0-5][05] ?- ?2[0-3][0-5][05] +\d"
"""From when to when, and an amount: `0830-2100 300`; nobody groups a landline like that."""


def _landline(between: str) -> str:
    """An area code without its 0 and the number there, which begins with 2-8."""
    short = rf"(?:10|2\d){between}{_EIGHT}"
    long = rf"(?:[3-9][1-9]\d|701){between}(?:{_EIGHT}(?!\d)|{_SEVEN})"
    return rf"(?:{short}|{long})(?!\d)"


_BETWEEN: Final = "(?: ?--? ?|[ .])?"
_CLOSED: Final = r" ?\) ?-? ?"
# After a letter, a hyphen or a dot it is part of an id, unless that says what it is.
_ALONE: Final = (
    r"(?<![0-9A-Za-z_.-])(?<![0-9A-Za-z]:)|(?<=\\[nrt])"
    r"|(?<=(?i:tel|fax))|(?<=(?i:tel|fax)[.:-])|(?<=(?i:phone))|(?<=(?i:phone)[.:-])"
)
_ABROAD: Final = (
    r"(?<=86)(?<![0-9A-Za-z.]86)|(?<=86[ .)-])(?<![0-9A-Za-z.]86[ .)-])"
    r"|(?<=0086)(?<![0-9A-Za-z.]0086)|(?<=0086[ .)-])(?<![0-9A-Za-z.]0086[ .)-])"
)
"""After the country's code."""
# Each begins with what is quickly searched for; what stands before it is looked at then.
_PARTED: Final = (
    (
        re.compile(rf"1[3-9]\d(?: ?--? ?| )(?!{_DAY}|{_SHIFT})\d{{8}}(?!\d)".encode()),
        re.compile(rf"{_ALONE}|{_ABROAD}".encode()),
    ),
    (
        re.compile(f"0(?!{_HOURS}){_landline(f'{_BETWEEN}(?!{_DAY})')}".encode()),
        re.compile(_ALONE.encode()),
    ),
    (
        re.compile(f"0{_landline(_CLOSED)}".encode()),
        re.compile(rb"(?<=\()|(?<=\( )"),
    ),
    (
        re.compile(rf"86\)?[ .-]?(?:\(0\) ?)?0?{_landline(_BETWEEN)}".encode()),
        re.compile(rb"(?<=\+)|(?<=00)(?<![0-9A-Za-z.]00)"),
    ),
)
"""Mobile numbers as 3-8; landlines alone, with the area code in brackets, from abroad."""

# GB 11643: region, date of birth, serial number, check character.
_BORN: Final = rf"(?:19\d\d|20[01]\d){_MONTH_DAY}"
_ID_NUMBER: Final = re.compile(rf"(?<!\d)[1-8]\d{{5}}{_BORN}\d{{3}}[\dXx](?!\d)".encode())
# A job's id may be zone, day and number with hyphens between: its day is of this century.
_ID_IN_PARTS: Final = re.compile(
    rf"(?<!\d)[1-8]\d{{5}}(?: {_BORN} |([.-])19\d\d{_MONTH_DAY}\1)\d{{3}}[\dXx](?!\d)".encode()
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = b"10X98765432"
_DIGITS: Final = bytes(
    ord("0") if chr(code).isdigit() and code < 128 else 32 for code in range(256)
)
_LONG: Final = b"0" * 17
_PARTS: Final = b"000000 00000000 000"

_COUNTRY: Final = re.compile(rb"(?:(?<![\d.])(?:00)?86[ -]?|(?:\+|(?<![\d.])00)86\.)$")
_MONEY: Final = re.compile(rb'_fen"\s*:\s*$')
_HEX_BEFORE: Final = re.compile(rb"[0-9a-fA-F-]*$")
_HEX_FROM: Final = re.compile(rb"[0-9a-fA-F-]*")
_HASH: Final = re.compile(rb"[0-9a-fA-F]{32,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# Digits among others only: raised and lowered, in circles and brackets, Hangzhou and Ethiopic
# numerals and older ones, Chinese numerals, also as contracts and people on the phone have them.
_NUMERALS: Final = (
    "²³¹⁰⁴-⁹₀-₉①-⒛⓪⓵-⓿❶-➓㆒-㆕㈠-㈨㉑-㉟㊀-㊈㊱-㊿〡-〩፩-፱᧚"
    "\U00010a40-\U00010a43\U00010e60-\U00010e68\U00011052-\U0001105a\U0001f100-\U0001f10c"
    "〇一二三四五六七八九零壹贰貳叁參肆伍陆陸柒捌玖幺○"
)
_AS_DIGITS: Final = {
    code: str(int(value))
    for first, last in re.findall("(.)(?:-(.))?", _NUMERALS)
    for code in range(ord(first), ord(last or first) + 1)
    if (value := unicodedata.numeric(chr(code), 0)) < 10  # a sign stays one sign
}
_OTHERS: Final = "⼀⼆⼋⼳￮\uf96b\uf9b2\uf9d1\uf9d3\U0001f214\U0001f229\U0001f22a"
"""What NFKC makes one of them."""

_INVISIBLE: Final = dict.fromkeys(
    (
        *(0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF),
        *(*range(0xFE00, 0xFE10), *range(0x20D0, 0x20F1)),  # an emoji's digit: its look, its key
    )
)
_SIGNS: Final = {
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0x2500, 0x30FC), "-"),
    **dict.fromkeys((0xB7, 0x2022, 0x2027, 0x30FB), "."),
}
"""Dashes and dots that NFKC leaves as they are."""
_DIGIT: Final = re.compile(r"[^\D0-9]")
# What ordinary Chinese JSON has none of, which is quick to see.
_UNUSUAL: Final = re.compile(r"[^\x00-\x5b\x5d-\x7f\u3001\u3002\u4e00-\u9fff\uff0c\uff1a]")
_DISGUISE: Final = re.compile(
    rf"\\u|[^\D0-9]|[{''.join(map(chr, _INVISIBLE))}{_OTHERS}]"
    # Between digits: NBSP, middle dots, thin spaces, dashes, bullets, minus, full-width forms.
    rf"|[0-9){_NUMERALS}] ?[\xa0\xb7\u2000-\u200a\u2010-\u2015\u2022\u2027\u202f\u205f\u2212"
    rf"\u2500\u3000\u30fb\u30fc\ufe58\ufe63\uff08\uff09\uff0d\uff0e]|\uff0b ?[08{_NUMERALS}]"
)
_IN_ONE: Final = re.compile(f"[^{_NUMERALS}]+")
_SIGN: Final = f"[{_NUMERALS}]"
_APART: Final = "[ .()-]{0,4}"
_READ: Final = re.compile(
    f"{_SIGN}(?:{_APART}{_SIGN})+|(?<=[0-9]){_APART}{_SIGN}(?!{_APART}[0-9{_NUMERALS}])"
)
"""Numerals that can be digits: several together, or one at the end of others. One that digits
follow counts what follows, or is a dash."""
_SEVERAL: Final = re.compile(f"{_SIGN}{{11,}}")
_WITHIN: Final = re.compile(rf"1[3-9]\d{{9}}|(?=([1-8]\d{{5}}{_BORN}\d{{4}}))")
_ONE_DASH: Final = {ord("一"): "-"}
_MASK: Final = b"***"


def plain(data: bytes) -> bytes:
    """JSON or text with escapes, other scripts' digits, dashes and what is invisible made plain."""
    if data.isascii() and b"\\u" not in data:
        return data
    text = data.decode(errors="replace")
    if not (_UNUSUAL.search(text) and _DISGUISE.search(text)):
        return data
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        if not is_too_deep(data):
            text = msgspec.json.encode(msgspec.json.decode(data)).decode()
    written = _IN_ONE.sub(_normal, text.translate(_INVISIBLE)).translate(_SIGNS)
    return _DIGIT.sub(_decimal, written).encode()


def _normal(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found.group())


def _decimal(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found.group()))


def holds_personal_data(data: bytes) -> bool:
    """Whether plain bytes hold a phone or ID number."""
    return next(_spans(data), None) is not None or any(_among_numerals(data))


def masked(text: str) -> str:
    """A text with every phone and ID number replaced by asterisks."""
    data = plain(text.encode(errors="replace"))
    spans = sorted((*_spans(data), *_among_numerals(data)))
    if not spans:
        return text
    kept, last = [], 0
    for start, end in spans:
        if start >= last:
            kept += [data[last:start], _MASK]
        last = max(last, end)
    return b"".join((*kept, data[last:])).decode(errors="replace")


def _among_numerals(data: bytes) -> Iterator[tuple[int, int]]:
    """Where numbers stand that are written in numerals, or with them for dashes: (start, end)."""
    if data.isascii():
        return
    text = data.decode(errors="replace")
    if _READ.search(text):
        yield from _spans_read(text, _READ.sub(_as_digits, text))
    if "一" in text:
        yield from _spans_read(text, text.translate(_ONE_DASH))
    for run in _SEVERAL.finditer(text):  # a number in it begins and ends anywhere
        found = _WITHIN.finditer(run.group().translate(_AS_DIGITS))
        if any(not one[1] or _has_check(one[1].encode()) for one in found):
            yield _in_bytes(text, *run.span())


def _as_digits(found: re.Match[str]) -> str:
    return found.group().translate(_AS_DIGITS)


def _spans_read(text: str, read: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand in a text that is read otherwise, sign by sign."""
    data = read.encode()
    for start, end in _spans(data):
        first = len(data[:start].decode())
        yield _in_bytes(text, first, first + len(data[start:end].decode()))


def _in_bytes(text: str, start: int, end: int) -> tuple[int, int]:
    first = len(text[:start].encode())
    return first, first + len(text[start:end].encode())


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the numbers stand: (start, end)."""
    yield from _found(_PHONE, data, _is_phone)
    for number, before in _PARTED:
        yield from _found(number, data, partial(_stands_alone, before))
    digits = data.translate(_DIGITS)
    if _PARTS in digits:
        for found in _ID_IN_PARTS.finditer(data):
            if _has_check(found.group().translate(None, b" .-")):
                yield found.span()
    if _LONG in digits:
        for found in _ID_NUMBER.finditer(data):
            if _has_check(found.group()) and not _in_hash(data, *found.span()):
                yield found.span()


def _found(
    pattern: re.Pattern[bytes], data: bytes, is_one: Callable[[bytes, int, int], bool]
) -> Iterator[tuple[int, int]]:
    """Where a pattern stands and is one by what is around it; in what is none another may begin."""
    at = 0
    while found := pattern.search(data, at):
        if is_one(data, *found.span()):
            yield found.span()
            at = found.end()
        else:
            at = found.start() + 1


def _stands_alone(before: re.Pattern[bytes], data: bytes, start: int, end: int) -> bool:
    """Whether what stands before a number is what may stand there, and it is in no hash."""
    return before.match(data, start) is not None and not _in_hash(data, start, end)


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
