"""The pool to use: the compiled table where it has been built, otherwise the obvious pool."""

from importlib.util import find_spec
from typing import Final

from matching.obvious_pool import ObviousPool
from matching.pool import Pool

COMPILED: Final = find_spec("matching._table") is not None
"""Whether the compiled table is there. Without it the same bytes come out, only later."""


def fastest_pool() -> Pool:
    """An empty pool."""
    if COMPILED:
        from matching.table_pool import TablePool  # noqa: PLC0415 (there only when compiled)

        return TablePool()
    return ObviousPool()
