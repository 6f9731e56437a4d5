"""Ways to spoil bytes that were JSON: cut off, nested deep, a key twice, numbers nobody writes."""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.events.bad_fields import PHONE


def _cut(value: bytes, random: Random) -> bytes:
    return value[: random.randrange(len(value) + 1)]


def _insert(value: bytes, random: Random) -> bytes:
    at = random.randrange(len(value) + 1)
    odd = (
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\\u",
        b"\\ud83d",
        b"{",
        b"]",
        b"1e",
        b"NaN",
        b'"',
        b" ",
    )
    return value[:at] + random.choice(odd) + value[at:]


def _nest(value: bytes, random: Random) -> bytes:
    deep = random.choice((10, 900, 1_500, 30_000))
    inner = random.choice(
        (b"[" * deep + b"]" * deep, b"[" * deep, b'{"a":' * deep + b"1" + b"}" * deep)
    )
    return random.choice((inner, value[:1] + b'"deep":' + inner + b"," + value[1:]))


def _double_key(value: bytes, random: Random) -> bytes:
    names = (
        b"zone",
        b"worker_id",
        b"job_id",
        b"shifts",
        b"now",
        b"policy",
        b"data",
        b"type",
        b"id",
    )
    said = (b'"511102"', b"null", b"1", b"[]", b'"' + PHONE.encode() + b'"')
    pair = b'"' + random.choice(names) + b'":' + random.choice(said)
    return (
        value[:1] + pair + b"," + value[1:]
        if random.random() < 0.5
        else value[:-1] + b"," + pair + b"}"
    )


def _number(value: bytes, random: Random) -> bytes:
    """Another way to write a number where one stands."""
    ways = (
        b"1e400",
        b"-1e400",
        b"1E2",
        b"0.0",
        b"-0",
        b"1e-400",
        b"00",
        b"+1",
        b".5",
        b"9" * 5_000,
    )
    where = [at for at, byte in enumerate(value) if 48 <= byte <= 57]
    if not where:
        return value
    first = last = random.choice(where)
    while last < len(value) and 48 <= value[last] <= 57:
        last += 1
    way = random.choice((*ways, value[first:last] + b".0", value[first:last] + b"e0"))
    return value[:first] + way + value[last:]


def _escape(value: bytes, random: Random) -> bytes:
    """A character of the text written as an escape."""
    text = value.decode(errors="replace")
    if not text:
        return value
    at = random.randrange(len(text))
    return (text[:at] + f"\\u{ord(text[at]) & 0xFFFF:04x}" + text[at + 1 :]).encode()


def _mark(value: bytes, random: Random) -> bytes:
    return random.choice(
        (
            b"\xef\xbb\xbf" + value,
            value + b"\x00",
            value.decode(errors="replace").encode("utf-16"),
            value + value,
            b" " + value + b"\n",
        )
    )


GARBLERS: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    *(_cut, _insert, _nest, _double_key),
    *(_number, _escape, _mark),
)
