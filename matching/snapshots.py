"""A market's or a partition's state as bytes, and back.

Beside the state lie the pool's workers as the pool itself writes them: derived, but quick to read.
"""

from typing import Any, Final, TypeVar

import msgspec
import zstandard

from matching.market_state import STATE_VERSION, Defaults, MarketState
from matching.roster import Roster

S = TypeVar("S", MarketState, Defaults)

_MAGIC: Final = b"GMS4"
_LEVEL: Final = 1
"""zstd's quickest: a snapshot is written often and read once."""
_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=Roster.dump)
_CANONICAL: Final = msgspec.msgpack.Encoder(enc_hook=Roster.canonical)


class _Parts(msgspec.Struct, array_like=True):
    """Both compressed: the pool's part is nothing when there is no pool."""

    state: memoryview
    pool: memoryview


class PoolDump:
    """A pool's workers beside a state: unpacked piece by piece, as the pool reads them."""

    def __init__(self, frame: memoryview) -> None:
        """Raises zstandard.ZstdError when it is no frame."""
        self.length = zstandard.frame_content_size(frame)
        self._reader = zstandard.ZstdDecompressor().stream_reader(frame)

    def readinto(self, room: memoryview, /) -> int:
        """See `matching.pool.Dump`. Raises SnapshotError for damaged bytes, at the end at last."""
        try:
            return self._reader.readinto(room)
        except zstandard.ZstdError as error:
            raise SnapshotError(str(error)) from error


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
    """A state, and a dump of its pool's workers, as compressed bytes with checksums."""
    frame = _compressed(pool) if pool else b""
    parts = _Parts(memoryview(_compressed(_ENCODER.encode(state))), memoryview(frame))
    return _MAGIC + _ENCODER.encode(parts)


def unpack(blob: bytes, kind: msgspec.msgpack.Decoder[S]) -> tuple[S, PoolDump | None]:
    """The state in a snapshot, of the kind MARKET or DEFAULTS, and the dump beside it.

    Raises SnapshotError.
    """
    view = memoryview(blob)
    if view[: len(_MAGIC)] != _MAGIC:
        raise SnapshotError("not a snapshot of this version")
    try:
        parts = _PARTS.decode(view[len(_MAGIC) :])
        state = kind.decode(zstandard.ZstdDecompressor().decompress(parts.state))
        dump = PoolDump(parts.pool) if parts.pool else None
    except (msgspec.DecodeError, zstandard.ZstdError, ValueError) as error:
        raise SnapshotError(str(error)) from error
    if state.version != STATE_VERSION:
        raise SnapshotError(f"state version {state.version}, this is {STATE_VERSION}")
    return state, dump


def _compressed(part: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(part)


def canonical(state: MarketState | Defaults) -> bytes:
    """A state as bytes that are equal exactly when the states are.

    Dictionaries keep their order, which is that of the events and part of the state: offers are
    withdrawn in the order they were made. Workers are in order of id.
    """
    return _CANONICAL.encode(state)
