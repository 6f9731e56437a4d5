"""Cutting a bad run down to what matters of it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shortest(run: Sequence[T], is_bad: Callable[[Sequence[T]], bool]) -> list[T]:
    """What is left of a bad run when nothing more can be left out of it, at most half at a time."""
    kept = list(run)
    size = len(kept) // 2
    while size:
        for start in range(len(kept) - size, -1, -size):
            without = kept[:start] + kept[start + size :]
            if is_bad(without):
                kept = without
        size //= 2
    return kept
