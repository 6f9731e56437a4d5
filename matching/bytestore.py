"""Bytes by id: a compiled store where it has been built, a dict where not. Equal dumps are read."""

import struct
from importlib.util import find_spec
from typing import Final, Protocol

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

    def dump(self) -> bytes:
        """All entries as bytes, in no order."""
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

    def dump(self) -> bytes:
        """See `ByteStore.dump`."""
        return b"".join(
            _HEAD.pack(len(value), len(id.encode())) + id.encode() + value
            for id, value in self._values.items()
        )

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


def smallest_store() -> ByteStore:
    """An empty store."""
    if find_spec("matching._bytestore") is not None:
        from matching import _bytestore  # noqa: PLC0415 (there only when compiled)

        return _bytestore.ByteStore()
    return DictStore()
