"""Bytes by id: a compiled store where it has been built, a dict where not. Equal dumps are read."""

import struct
from importlib.util import find_spec
from typing import Final, Protocol

MOST_GROUPS: Final = 256

_HEAD: Final = struct.Struct("=IH")


class ByteStore(Protocol):
    """Bytes by short strings, in no order."""

    def get(self, id: str, /) -> bytes | None:
        """The value of an id, or None."""
        ...

    def put(self, id: str, value: bytes, /) -> None:
        """Add or replace."""
        ...

    def drop(self, id: str, /) -> bool:
        """Remove an id; whether it was there."""
        ...

    def ids(self) -> list[str]:
        """All ids, in no order."""
        ...

    def dump(self, groups: int, /) -> list[bytes]:
        """All entries as bytes, in no order, by `group_of`; a power of two up to MOST_GROUPS."""
        ...

    def load(self, dump: bytes, /) -> None:
        """Add the entries of a dump. Raises ValueError when it is cut off."""
        ...

    def __len__(self) -> int: ...

    def __contains__(self, id: str, /) -> bool: ...


class DictStore:
    """A store over a dict."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, id: str, /) -> bytes | None:
        """See `ByteStore.get`."""
        return self._values.get(id)

    def put(self, id: str, value: bytes, /) -> None:
        """See `ByteStore.put`."""
        self._values[id] = value

    def drop(self, id: str, /) -> bool:
        """See `ByteStore.drop`."""
        return self._values.pop(id, None) is not None

    def ids(self) -> list[str]:
        """See `ByteStore.ids`."""
        return list(self._values)

    def dump(self, groups: int, /) -> list[bytes]:
        """See `ByteStore.dump`."""
        if not 1 <= groups <= MOST_GROUPS or groups & (groups - 1):
            raise ValueError(f"groups are a power of two up to {MOST_GROUPS}")
        dumps = [bytearray() for _ in range(groups)]
        for id, value in self._values.items():
            head = _HEAD.pack(len(value), len(id.encode()))
            dumps[group_of(id, groups)] += head + id.encode() + value
        return [bytes(dump) for dump in dumps]

    def load(self, dump: bytes, /) -> None:
        """See `ByteStore.load`."""
        at = 0
        while at < len(dump):
            if len(dump) - at < _HEAD.size:
                raise ValueError("the dump is cut off")
            size, id_length = _HEAD.unpack_from(dump, at)
            middle = at + _HEAD.size + id_length
            at, begin = middle + size, at + _HEAD.size
            if at > len(dump):
                raise ValueError("the dump is cut off")
            self._values[dump[begin:middle].decode()] = dump[middle:at]

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, id: str, /) -> bool:
        return id in self._values


def group_of(id: str, groups: int) -> int:
    """Which of `groups`, a power of two, an id belongs to: by FNV-1a of 32 bits."""
    found = 2166136261
    for byte in id.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found & (groups - 1)


def smallest_store() -> ByteStore:
    """An empty store."""
    if find_spec("matching._bytestore") is not None:
        from matching import _bytestore  # noqa: PLC0415 (there only when compiled)

        return _bytestore.ByteStore()
    return DictStore()
