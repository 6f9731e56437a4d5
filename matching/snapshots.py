"""A market's or a partition's state as bytes, and back."""

import hashlib
from typing import Final, TypeVar

import msgspec
import zstandard

from matching.state import STATE_VERSION, Defaults, MarketState

S = TypeVar("S", MarketState, Defaults)

_MAGIC: Final = b"GMS1"
_ENCODER: Final = msgspec.msgpack.Encoder()


class SnapshotError(Exception):
    """A snapshot that cannot be used: damaged, or from a newer version."""


def pack(state: MarketState | Defaults) -> bytes:
    """A state as compressed bytes with a checksum."""
    payload = zstandard.ZstdCompressor(level=3).compress(canonical(state))
    return _MAGIC + hashlib.sha256(payload).digest() + payload


def unpack(blob: bytes, kind: type[S]) -> S:
    """The state in a snapshot. Raises SnapshotError."""
    magic, digest, payload = blob[:4], blob[4:36], blob[36:]
    if magic != _MAGIC:
        raise SnapshotError("not a snapshot of this version")
    if hashlib.sha256(payload).digest() != digest:
        raise SnapshotError("the checksum does not fit the bytes")
    try:
        state = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(payload), type=kind)
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise SnapshotError(str(error)) from error
    if state.version != STATE_VERSION:
        raise SnapshotError(f"state version {state.version}, this is {STATE_VERSION}")
    return state


def canonical(state: MarketState | Defaults) -> bytes:
    """A state as bytes that are equal exactly when the states are.

    Dictionaries keep their order, which is that of the events and part of the state: offers are
    withdrawn in the order they were made.
    """
    return _ENCODER.encode(state)
