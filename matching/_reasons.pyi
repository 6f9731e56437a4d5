"""The types of the compiled search for reasons."""

from typing_extensions import Buffer

def strongest(
    features: Buffer,
    effects: Buffer,
    rows: int,
    silent_at: bytes,
    helps: bytes,
    hurts: bytes,
    km: int,
    minutes: int,
    most: int,
    rounding: float,
    smallest: float,
    /,
) -> list[list[tuple[int, float]]]: ...
