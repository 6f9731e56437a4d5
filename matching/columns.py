"""Growable columns with stable slots: the storage of the columnar pool.

Put and drop are O(1) amortised: a dropped slot is used again, and nothing is ever rebuilt.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Number = TypeVar("Number", np.float64, np.uint8)

_FIRST_CAPACITY: Final = 256


class Slots:
    """Which id lives in which slot; a slot is a row number of every column."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._slot: dict[str, int] = {}
        self._free: list[int] = []
        self._rows: Rows | None = None

    def take(self, id: str) -> int:
        """The slot of an id, a free one when it has none."""
        slot = self._slot.get(id)
        if slot is not None:
            return slot
        self._rows = None
        if self._free:
            slot = self._free.pop()
            self.ids[slot] = id
        else:
            slot = len(self.ids)
            self.ids.append(id)
        self._slot[id] = slot
        return slot

    def release(self, id: str) -> int | None:
        """The slot an id leaves, or None when it has none."""
        slot = self._slot.pop(id, None)
        if slot is not None:
            self._rows = None
            self._free.append(slot)
        return slot

    def rows(self) -> Rows:
        """All used slots."""
        if self._rows is None:
            self._rows = np.fromiter(self._slot.values(), dtype=np.intp, count=len(self._slot))
        return self._rows


class Facts:
    """Named float64 columns: a row a fact, a column a slot. Integers up to 2**53 stay exact."""

    def __init__(self, names: Sequence[str]) -> None:
        self._index = {name: index for index, name in enumerate(names)}
        self._data = np.zeros((len(names), _FIRST_CAPACITY))

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        row: NDArray[np.float64] = self._data[self._index[name]]
        return row

    def put(self, slot: int, values: Sequence[float]) -> None:
        """Write one slot, values in the order of the names."""
        if slot >= self._data.shape[1]:
            self._data = _wider(self._data, slot)
        self._data[:, slot] = values


class Codes:
    """Small numbers by code: the level of a skill, 1 for a certificate, 0 for neither."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._data = np.zeros((8, _FIRST_CAPACITY), dtype=np.uint8)

    def put(self, slot: int, levels: Iterable[tuple[str, int]]) -> None:
        """Write one slot: the codes it has; all others become 0."""
        if slot >= self._data.shape[1]:
            self._data = _wider(self._data, slot)
        self._data[:, slot] = 0
        for code, level in levels:
            row = self._row_of(code)  # before the subscript: it may replace the array
            self._data[row, slot] = level

    def levels(self, code: str, rows: Rows) -> NDArray[np.uint8]:
        """The level of a code in each row, (n,)."""
        index = self._index.get(code)
        if index is None:
            return np.zeros(len(rows), dtype=np.uint8)
        found: NDArray[np.uint8] = self._data[index, rows]
        return found

    def _row_of(self, code: str) -> int:
        index = self._index.setdefault(code, len(self._index))
        if index >= self._data.shape[0]:
            self._data = np.vstack([self._data, np.zeros_like(self._data)])
        return index


def _wider(data: NDArray[Number], slot: int) -> NDArray[Number]:
    """The same columns with room for a slot, at least doubled."""
    room = max(slot + 1, 2 * data.shape[1]) - data.shape[1]
    return np.hstack([data, np.zeros((data.shape[0], room), dtype=data.dtype)])
