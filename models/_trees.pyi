"""The types of the compiled trees."""

from typing import Final

MOST_LEAVES: Final[int]

class Trees:
    def __init__(
        self,
        features: int,
        ensemble: bytes,
        count: bytes,
        feature: bytes,
        threshold: bytes,
        left: bytes,
        right: bytes,
        nan_left: bytes,
        value: bytes,
        accept_base: int,
        complete_base: int,
        quantum: float,
        curve: bytes,
        limit: float,
        steps: float,
        /,
    ) -> None: ...
    def probabilities(self, columns: memoryview, rows: int, /) -> bytes: ...
    def best(
        self, columns: memoryview, rows: int, waiting: memoryview, trust: memoryview, k: int, /
    ) -> bytes: ...
    def contributions(self, columns: memoryview, rows: int, /) -> bytes: ...
