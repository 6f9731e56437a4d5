"""A market's or a partition's state as bytes, and back.

Beside the state lie the pool's workers as the pool itself writes them: derived, but quick to read.
"""

from typing import Any, Final, TypeVar

import msgspec
import zstandard

from matching.market_state import STATE_VERSION, Defaults, MarketState
from matching.roster import Roster

S = TypeVar("S", MarketState, Defaults)

_MAGIC: Final = b"GMS3"
_LEVEL: Final = 1
"""zstd's quickest: a snapshot is written often and read once."""
_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=Roster.dump)
_CANONICAL: Final = msgspec.msgpack.Encoder(enc_hook=Roster.canonical)


class _Parts(msgspec.Struct, array_like=True):
    state: msgspec.Raw
    pool: memoryview


def _load_roster(kind: type[Roster], dump: Any) -> Roster:
    roster = kind()
    roster.load(dump)
    return roster


# Made at import: msgspec crashes when two threads are the first to decode a type.
_PARTS: Final = msgspec.msgpack.Decoder(_Parts)
MARKET: Final = msgspec.msgpack.Decoder(MarketState, dec_hook=_load_roster)
DEFAULTS: Final = msgspec.msgpack.Decoder(Defaults, dec_hook=_load_roster)


class SnapshotError(Exception):
    """A snapshot that cannot be used: damaged, or from a newer version."""


def pack(state: MarketState | Defaults, pool: bytes = b"") -> bytes:
    """A state, and a dump of its pool's workers, as compressed bytes with a checksum."""
    parts = _ENCODER.encode(_Parts(msgspec.Raw(_ENCODER.encode(state)), memoryview(pool)))
    return _MAGIC + zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(parts)


def unpack(blob: bytes, kind: msgspec.msgpack.Decoder[S]) -> tuple[S, memoryview]:
    """The state in a snapshot, of the kind MARKET or DEFAULTS, and the dump beside it.

    Raises SnapshotError.
    """
    view = memoryview(blob)
    if view[: len(_MAGIC)] != _MAGIC:
        raise SnapshotError("not a snapshot of this version")
    try:
        plain = zstandard.ZstdDecompressor().decompress(view[len(_MAGIC) :])
        parts = _PARTS.decode(plain)
        state = kind.decode(parts.state)
    except (msgspec.DecodeError, zstandard.ZstdError, ValueError) as error:
        raise SnapshotError(str(error)) from error
    if state.version != STATE_VERSION:
        raise SnapshotError(f"state version {state.version}, this is {STATE_VERSION}")
    return state, parts.pool


def canonical(state: MarketState | Defaults) -> bytes:
    """A state as bytes that are equal exactly when the states are.

    Dictionaries keep their order, which is that of the events and part of the state: offers are
    withdrawn in the order they were made. Workers are in order of id.
    """
    return _CANONICAL.encode(state)
