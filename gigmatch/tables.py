"""Tables for a terminal that keep what one types from them whole, however narrow it is."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.table import Column

_NO_LIMIT: Final = 10_000
_MOST_KEPT: Final = 40


def typed(header: str, values: Iterable[str]) -> Column:
    """A column of what one types: the others give way to it, and what is too long is folded."""
    longest = max(map(len, values), default=0)
    return Column(header, overflow="fold", no_wrap=longest <= _MOST_KEPT)


def told(*headers: str) -> list[Column]:
    """Columns of what one reads: Chinese has no spaces, so that alone would cut it off."""
    return [Column(header, overflow="fold") for header in headers]


def is_terminal() -> bool:
    """Whether somebody reads what is printed as it comes."""
    return Console().is_terminal


def paper() -> Console:
    """A console as wide as the terminal; a file or a pipe has no width, so nothing is folded."""
    return Console() if is_terminal() else Console(width=_NO_LIMIT)
