"""Hostile records without end: from a field at its limit to 10 MB of noise, all to be refused.

All chance comes from a seed, so that a run can be had again.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random

import msgspec

from events.codec import decode
from events.envelope import Record
from events.examples import FACTS
from events.rejections import Rejection
from tests.fuzz.mutations import spoil
from tests.town import ZONE
from tests.worlds import record_of

LARGE = 10_000_000
LARGE_EVERY = 20_000
"""One in so many is LARGE bytes long."""
MOST_DIFFERENT = 50_000
_DEEP = (40, 1_000, 30_000)
_TRICKS = (
    *(
        "\u202e采茶工",
        "\ufeff",
        "e\u0301" * 400,
        "👩‍🌾" * 300,
        "\x00",
        "İſ",
        "\U000e0041\U000e0042",
    ),
    *("１３８００１３８０００", "\u200b".join("13800138000"), "\ud83d"),
)
_EXAMPLES = tuple(FACTS.values())


def garbage(count: int, seed: int) -> Iterator[Record]:
    """So many records, each of which the decoder refuses; offsets are the caller's matter.

    After MOST_DIFFERENT of them they come again.
    """
    random = Random(seed)
    made = [_refused(random) for _ in range(min(count, MOST_DIFFERENT))]
    large = _large(random)
    for number in range(count):
        is_large = number % LARGE_EVERY == min(count, LARGE_EVERY) // 2
        yield large if is_large else made[number % MOST_DIFFERENT]


def mixed(good: Sequence[Record], count: int, seed: int) -> Iterator[tuple[Record, bool]]:
    """Good records in their order, spread among `count` bad ones, and whether each is good."""
    every, given = max(1, count // len(good)), 0
    for number, bad in enumerate(garbage(count, seed)):
        if number % every == 0 and given < len(good):
            yield good[given], True
            given += 1
        yield bad, False
    for record in good[given:]:
        yield record, True


def _refused(random: Random) -> Record:
    while True:
        example = record_of(
            random.choice(_EXAMPLES), id=f"{random.getrandbits(64):x}", source=_source(random)
        )
        record = random.choices(_KINDS, _WEIGHTS)[0](example, random)
        try:
            decode(record)
        except Rejection:
            return record


def _source(random: Random) -> str:
    station = random.choice(("88", "89", "x1", "", "00/../05", "\u202e05", "05" * 200))
    return random.choice((f"/zones/{ZONE}/stations/{station}", "/matcher", "/gateway", "x"))


def _spoilt(record: Record, random: Random) -> Record:
    return spoil(record, random)


def _noise(record: Record, random: Random) -> Record:
    value = random.randbytes(random.choice((0, 1, 60, 600, 6_000)))
    return msgspec.structs.replace(record, value=value, key=random.randbytes(6))


def _deep(record: Record, random: Random) -> Record:
    levels = random.choice(_DEEP)
    value = random.choice((b"[" * levels, b'{"a":' * levels + b"1" + b"}" * levels))
    return msgspec.structs.replace(record, value=value)


def _tricky(record: Record, random: Random) -> Record:
    """Text that hides, mirrors or swells, where the text of a message stands."""
    said = random.choice(_TRICKS).encode(errors="surrogatepass")
    value = (record.value or b"").replace(b'":"', b'":"' + said, random.randint(1, 4))
    return msgspec.structs.replace(record, value=value)


def _forged(record: Record, random: Random) -> Record:
    """Headers that claim what is ours to say, and far too many of them."""
    ours = random.choice(
        (
            (("dead_letter.origin", b"market.events/0/0"), ("dead_letter.code", b"")),
            (("dead_letter.replayed", b"market.events/0/1"),),
            (("ce_type", b"booking.confirmed.v1"), ("ce_source", b"/matcher")),
            (("ce_type", b"booking.answered.v1"),),
            tuple((f"h{n}", random.randbytes(8)) for n in range(900)),
            (("ce_time", b"9" * 4_000),),
        )
    )
    value = random.choice((record.value, None, b"{}"))
    return msgspec.structs.replace(record, headers=(*record.headers, *ours), value=value)


def _large(random: Random) -> Record:
    record = record_of(random.choice(_EXAMPLES))
    return msgspec.structs.replace(record, value=random.randbytes(1_000) * (LARGE // 1_000))


_KINDS: tuple[Callable[[Record, Random], Record], ...] = (
    *(_spoilt, _noise, _deep, _tricky, _forged),
)
_WEIGHTS = (60, 15, 5, 10, 10)
