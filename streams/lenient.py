"""Reading record batches although a header's name is not UTF-8.

Kafka lets any client write such a name; aiokafka then fails to read the whole partition, for ever.
Here that one record comes without headers, as `gigmatch.logread` gives it too, and the market
refuses it like any record without a CloudEvents context.

Looks inside aiokafka 0.14.0 (pinned): its compiled parser is used for everything, its Python one
for the batch that the compiled one could not read.
"""

import dataclasses
import struct
from collections.abc import Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH_AT: Final = 8
_OVERHEAD: Final = 12


def install() -> None:
    """Make every aiokafka consumer of this process read leniently."""
    fetcher.MemoryRecords = LenientRecords


class LenientRecords:
    """The batches in the bytes of a fetch; stands in for aiokafka's `MemoryRecords`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._records = MemoryRecords(data)
        self._position = 0

    def size_in_bytes(self) -> int:
        """How many bytes came."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another whole batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> "_LenientBatch":
        """The next batch."""
        begin = self._position
        (length,) = struct.unpack_from(">i", self._data, begin + _LENGTH_AT)
        self._position = begin + _OVERHEAD + length
        return _LenientBatch(self._records.next_batch(), self._data[begin : self._position])


class _LenientBatch:
    """A batch that is read again, by hand, from the record on that could not be read."""

    def __init__(self, batch: Any, data: bytes) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        last = -1
        try:
            for record in self._batch:
                last = record.offset
                yield record
        except UnicodeDecodeError:
            yield from (record for record in _by_hand(self._data) if record.offset > last)


def _by_hand(data: bytes) -> Iterator[Any]:
    batch: Any = _DefaultRecordBatchPy(data)
    batch._maybe_uncompress()
    batch._buffer = _Buffer(batch._buffer)
    for record in batch:
        readable = all(_is_text(name) for name, _ in record.headers)
        yield record if readable else dataclasses.replace(record, headers=[])


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Buffer(bytearray):
    """Bytes whose slices decode whatever they hold; what is not UTF-8 becomes surrogates."""

    def __getitem__(self, where: Any) -> Any:
        part = super().__getitem__(where)
        return _Slice(part) if isinstance(where, slice) else part


class _Slice(bytearray):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "surrogateescape")
