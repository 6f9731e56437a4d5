"""Narrowing rows by one constraint after the other, counting whom each one excludes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matching.columns import Rows

Mask = NDArray[np.bool_]


class Sieve:
    """The rows that have passed so far, and how many fell at each constraint."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.excluded: dict[str, int] = {}

    def keep(self, code: str, passes: Callable[[Rows], Mask]) -> None:
        """Keep the rows that pass a constraint; `passes` gives (n,) booleans for (n,) rows."""
        if len(self.rows) == 0:
            return
        kept = self.rows[passes(self.rows)]
        if fallen := len(self.rows) - len(kept):
            self.excluded[code] = self.excluded.get(code, 0) + fallen
        self.rows = kept

    def keep_all_or_none(self, code: str, passes: bool) -> None:
        """Keep all rows or none, for a constraint that is the same for every row."""
        if not passes:
            self.keep(code, lambda rows: np.zeros(len(rows), dtype=np.bool_))


def masked(rows: Rows, doubtful: Mask, passes: Callable[[int], bool]) -> Mask:
    """True for each row, except where a doubtful one does not pass when looked at alone."""
    mask = np.ones(len(rows), dtype=np.bool_)
    for index in np.flatnonzero(doubtful).tolist():
        mask[index] = passes(int(rows[index]))
    return mask
