"""A market's or a partition's state as bytes, and back.

Beside the state lie its resting workers, sealed as they are, and the pool's workers as the pool
itself writes them: derived, but quick to read. Neither is looked at before it is needed.
"""

from typing import Final, TypeVar

import msgspec
import zstandard

from matching.market_state import STATE_VERSION, Defaults, MarketState
from matching.roster import Roster

S = TypeVar("S", MarketState, Defaults)

_MAGIC: Final = b"GMS6"
_LEVEL: Final = -1
"""A twentieth more bytes than with zstd's level 1, unpacked in three quarters of the time."""


def _aside(_: Roster) -> None:
    """A roster lies beside its state."""


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_aside)
_CANONICAL: Final = msgspec.msgpack.Encoder(enc_hook=Roster.canonical)


class _Parts(msgspec.Struct, array_like=True):
    """Both compressed: the pool's part is nothing when there is no pool."""

    market: memoryview
    pool: memoryview


class _Market(msgspec.Struct, array_like=True):
    """A state, its workers in sealed groups, which stay where they were read, and the end next."""

    state: memoryview
    workers: list[memoryview]
    next_end: int | None


class PoolDump:
    """A pool's workers beside a state: unpacked piece by piece, as the pool reads them."""

    def __init__(self, frame: memoryview, next_end: int | None) -> None:
        """Raises zstandard.ZstdError when it is no frame."""
        self.length = zstandard.frame_content_size(frame)
        self.next_end = next_end
        self._reader = zstandard.ZstdDecompressor().stream_reader(frame)

    def readinto(self, room: memoryview, /) -> int:
        """See `matching.pool.Dump`. Damage is found at the end at last."""
        try:
            return self._reader.readinto(room)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error


def _beside(kind: type[Roster], _: None) -> Roster:
    return kind()


# Made at import: msgspec crashes when two threads are the first to decode a type.
_PARTS: Final = msgspec.msgpack.Decoder(_Parts)
_MARKET: Final = msgspec.msgpack.Decoder(_Market)
MARKET: Final = msgspec.msgpack.Decoder(MarketState, dec_hook=_beside)
DEFAULTS: Final = msgspec.msgpack.Decoder(Defaults, dec_hook=_beside)


class SnapshotError(Exception):
    """A snapshot that cannot be used: damaged, or from a newer version."""


def pack(state: MarketState | Defaults, pool: bytes = b"", next_end: int | None = None) -> bytes:
    """A state, and a dump of its pool's workers, as compressed bytes with checksums."""
    frame = _compressed(pool) if pool else b""
    workers = state.workers.dump() if isinstance(state, MarketState) else []
    market = _Market(memoryview(_ENCODER.encode(state)), workers, next_end)
    parts = _Parts(memoryview(_compressed(_ENCODER.encode(market))), memoryview(frame))
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
        market = _MARKET.decode(zstandard.ZstdDecompressor().decompress(parts.market))
        state = kind.decode(market.state)
        if isinstance(state, MarketState):
            state.workers.load(market.workers)
        dump = PoolDump(parts.pool, market.next_end) if parts.pool else None
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
