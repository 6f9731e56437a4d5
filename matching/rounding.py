"""Decimals of what is published: the numbers that `round` gives.

`round` writes a float's digits out and reads them back, which for the seven numbers of a ranking's
line took longer than to score and to explain it.
"""

from importlib.util import find_spec
from typing import Final

COMPILED: Final = find_spec("matching._rounding") is not None

if COMPILED:
    from matching._rounding import rounded
else:

    def rounded(value: float, digits: int, /) -> float:
        """A float with so many decimals; a half goes to the even one."""
        return round(value, digits)


__all__ = ["COMPILED", "rounded"]
